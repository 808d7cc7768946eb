// Each kernel of TensorFlow.js that ONNX can compute, as operators of opset 17.
import { fixed, openShape, reducedAxes, scalarOf, sliceOf, splitSizes } from '../graph/attributes';
import { type Extent, type GraphConstant, isPerImage } from '../graph/graph';
import type { Attributes } from './builder';
import { dataTypes, type OnnxType } from './proto';
import type { Operator, Use } from './use';

/** The same operator under another name. */
const named =
  (op: string): Operator =>
  (use) =>
    use.add(op, use.operands);

const withNames = (names: Readonly<Record<string, string>>): Record<string, Operator> =>
  Object.fromEntries(Object.entries(names).map(([kernel, op]) => [kernel, named(op)]));

const alike = withNames({
  ...{ Abs: 'Abs', Ceil: 'Ceil', Cos: 'Cos', Elu: 'Elu', Erf: 'Erf', Exp: 'Exp', Floor: 'Floor', Log: 'Log' },
  ...{ Neg: 'Neg', Reciprocal: 'Reciprocal', Relu: 'Relu', Round: 'Round', Selu: 'Selu', Sigmoid: 'Sigmoid' },
  ...{ Sign: 'Sign', Sin: 'Sin', Softplus: 'Softplus', Sqrt: 'Sqrt', Tanh: 'Tanh', Identity: 'Identity' },
  ...{ Add: 'Add', Sub: 'Sub', Multiply: 'Mul', RealDiv: 'Div', Pow: 'Pow', Maximum: 'Max', Minimum: 'Min' },
  ...{ Equal: 'Equal', Less: 'Less', LessEqual: 'LessOrEqual', Greater: 'Greater', LogicalNot: 'Not' },
  ...{ GreaterEqual: 'GreaterOrEqual', LogicalAnd: 'And', LogicalOr: 'Or', Select: 'Where', Prelu: 'PRelu' },
});

/** Those of each element by itself, and those that treat axes by number: they run in either layout. */
export const freeOperators: Readonly<Record<string, Operator>> = {
  ...alike,
  LeakyRelu: (use) => use.add('LeakyRelu', use.operands, { alpha: { float: use.attribute('alpha') } }),
  Relu6: (use) => clip(use, 0, 6),
  ClipByValue: (use) => clip(use, use.attribute('clipValueMin'), use.attribute('clipValueMax')),
  Square: (use) => use.add('Mul', [use.operand('x'), use.operand('x')]),
  Rsqrt: (use) => use.add('Reciprocal', [use.add('Sqrt', use.operands)]),
  SquaredDifference: (use) => {
    const difference = use.add('Sub', use.operands);
    return use.add('Mul', [difference, difference]);
  },
  NotEqual: (use) => use.add('Not', [use.add('Equal', use.operands)]),
  Cast: (use) => cast(use, use.operand('x')),
  Concat: (use) =>
    use.operands.length === 1
      ? use.add('Identity', use.operands)
      : use.add('Concat', use.operands, { axis: { integer: use.axis(use.attribute('axis')) } }),
  PadV2: (use) => {
    const paddings = use.arranged(use.attribute<readonly (readonly [number, number])[]>('paddings'));
    const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const value = use.builder.float(use.attribute('constantValue'));
    return use.add('Pad', [use.operand('x'), use.builder.integers(pads), value]);
  },
  Slice: (use) => slice(use),
  SplitV: (use) => {
    const split = use.builder.integers(splitSizes(use.node, use.refuse));
    const attributes = { axis: { integer: use.axis(use.attribute('axis')) } };
    return use.builder.addMany('Split', [use.operand('x'), split], attributes, use.outputs.length);
  },
};

/** Those that are written for the axes as the graph has them. */
export const plainOperators: Readonly<Record<string, Operator>> = {
  _FusedMatMul: (use) => product(use),
  BatchMatMul: (use) => product(use),
  Reshape: (use) => reshape(use, use.operand('x')),
  Transpose: (use) =>
    use.add('Transpose', use.operands, { perm: { integers: use.attribute<readonly number[]>('perm') } }),
  Softmax: (use) => use.add('Softmax', use.operands, { axis: { integer: -1 } }),
  LogSoftmax: (use) => use.add('LogSoftmax', use.operands, { axis: { integer: -1 } }),
  Sum: (use) => {
    const axes = use.builder.integers(axesOf(use));
    return use.add('ReduceSum', [use.operand('x'), axes], keepDims(use));
  },
  Mean: reduction('ReduceMean'),
  Prod: reduction('ReduceProd'),
  Min: reduction('ReduceMin'),
  Max: reduction('ReduceMax'),
  ArgMin: (use) => cast(use, use.add('ArgMin', use.operands, foundAlong(use))),
  ArgMax: (use) => cast(use, use.add('ArgMax', use.operands, foundAlong(use))),
  Cumsum: (use) => {
    const flags = (['exclusive', 'reverse'] as const).map(
      (name) => [name, { integer: use.attribute(name) ? 1 : 0 }] as const,
    );
    const axis = use.builder.integers([use.attribute('axis')]);
    return use.add('CumSum', [use.operand('x'), axis], Object.fromEntries(flags));
  },
  OneHot: (use) => oneHot(use),
  GatherV2: (use) => {
    if (use.attribute('batchDims')) use.refuse('it gathers in each image by itself');
    return use.add('Gather', use.operands, { axis: { integer: use.attribute('axis') } });
  },
  Pack: (use) => {
    const axis = use.attribute<number>('axis');
    const axes = use.builder.integers([axis]);
    const parts = use.operands.map((part) => use.add('Unsqueeze', [part, axes]));
    return use.add('Concat', parts, { axis: { integer: axis } });
  },
  Tile: (use) => {
    const repeats = fixed(use.attribute<readonly Extent[]>('reps'), use.refuse);
    return use.add('Tile', [use.operand('x'), use.builder.integers(repeats)]);
  },
  Fill: (use) => fill(use),
  ZerosLike: (use) => use.add('Sub', [use.operand('x'), use.operand('x')]),
};

/** Of statistics that were tracked. ONNX has it for channels at the second axis. */
export const batchNorm: Operator = (use) => {
  const parameters = ['scale', 'offset', 'mean', 'variance'].map((name) => use.layout.last(use.value(name)));
  return use.add('BatchNormalization', [use.operand('x'), ...parameters], {
    epsilon: { float: use.attribute('varianceEpsilon') },
  });
};

function clip(use: Use, from: number, to: number): string {
  return use.add('Clip', [...use.operands, use.builder.float(from), use.builder.float(to)]);
}

const typeNumber = (use: Use): Attributes => ({ to: { integer: dataTypes[use.output.dtype as OnnxType] } });

const cast = (use: Use, name: string) => use.add('Cast', [name], typeNumber(use));

/** At most one extent may follow from the batch when ONNX is to work it out. */
function reshape(use: Use, name: string): string {
  const { shape } = use.output;
  const free = shape.filter(isPerImage).length;
  const target = free === 1 ? use.builder.integers(openShape(shape)) : use.builder.shape(shape);
  return use.add('Reshape', [name, target]);
}

function product(use: Use): string {
  const [a, b] = [use.value('a'), use.value('b')];
  const [transposeA, transposeB] = [
    use.attribute<boolean>('transposeA'),
    use.attribute<boolean>('transposeB'),
  ];
  const bias = use.value('bias');
  if (a.shape.length === 2 && b.shape.length === 2) {
    if (!bias && !transposeA && !transposeB) return use.add('MatMul', [use.operand('a'), use.operand('b')]);
    return use.add('Gemm', use.operands, {
      transA: { integer: transposeA ? 1 : 0 },
      transB: { integer: transposeB ? 1 : 0 },
    });
  }
  const turned = (name: 'a' | 'b', turn: boolean) => {
    const axes = use.value(name).shape.map((_, axis) => axis);
    const [last, before] = [axes.pop() as number, axes.pop() as number];
    return turn
      ? use.add('Transpose', [use.operand(name)], { perm: { integers: [...axes, last, before] } })
      : use.operand(name);
  };
  const result = use.add('MatMul', [turned('a', transposeA), turned('b', transposeB)]);
  return bias ? use.add('Add', [result, use.operand('bias')]) : result;
}

function slice(use: Use): string {
  const { begin, size } = sliceOf(use.node, use.refuse);
  const ends = begin.map((start, axis) =>
    size[axis] === -1 ? Number.MAX_SAFE_INTEGER : start + (size[axis] as number),
  );
  const axes = begin.map((_, axis) => axis);
  const vectors = [use.arranged(begin), use.arranged(ends), axes].map(use.builder.integers);
  return use.add('Slice', [use.operand('x'), ...vectors]);
}

/** By comparison: ONNX's OneHot takes −1 for the last class. */
function oneHot(use: Use): string {
  if (use.attribute('onValue') !== 1 || use.attribute('offValue') !== 0)
    use.refuse('its values are not 1 and 0');
  const depth = use.attribute<number>('depth');
  const values = Int32Array.from({ length: depth }, (_, i) => i);
  const classes: GraphConstant = { kind: 'constant', dtype: 'int32', shape: [depth], values };
  const column = use.add('Unsqueeze', [use.operand('indices'), use.builder.integers([-1])]);
  return cast(use, use.add('Equal', [column, use.builder.host(classes)]));
}

function fill(use: Use): string {
  const { dtype, values } = scalarOf(use.output.dtype, use.attribute('value'));
  const bytes = new Uint8Array(values.buffer);
  return use.add('ConstantOfShape', [use.builder.shape(use.output.shape)], {
    value: { tensor: { name: 'value', type: dtype as OnnxType, dims: [1], bytes } },
  });
}

function reduction(op: string): Operator {
  return (use) => use.add(op, [use.operand('x')], { axes: { integers: axesOf(use) }, ...keepDims(use) });
}

const axesOf = (use: Use) => reducedAxes(use.node).map(use.axis);

const keepDims = (use: Use): Attributes => ({ keepdims: { integer: use.attribute('keepDims') ? 1 : 0 } });

const foundAlong = (use: Use): Attributes => ({
  axis: { integer: use.attribute('axis') },
  keepdims: { integer: 0 },
});
