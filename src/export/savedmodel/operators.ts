// Each kernel of TensorFlow.js that TensorFlow can compute, as its ops: most have the same name there.
import { fixed, openShape, reducedAxes, scalarOf, sliceOf, splitSizes } from '../graph/attributes';
import { type Extent, isPerImage } from '../graph/graph';
import { attribute } from './builder';
import { imageOperators } from './convolutions';
import type { Operator, Use } from './use';

const { bool, float, integer, type } = attribute;
const int32 = type('int32');

/** The same op under this name, whose type is that of what it reads first. */
const named =
  (op: string): Operator =>
  (use) =>
    use.add(op, use.operands, { T: use.type() });

const alike = Object.fromEntries(
  [
    ...[
      'Abs',
      'Ceil',
      'Cos',
      'Elu',
      'Erf',
      'Exp',
      'Expm1',
      'Floor',
      'Log',
      'Log1p',
      'Neg',
      'Reciprocal',
      'Relu',
      'Relu6',
    ],
    ...[
      'Round',
      'Rsqrt',
      'Selu',
      'Sigmoid',
      'Sign',
      'Sin',
      'Softplus',
      'Sqrt',
      'Square',
      'Tanh',
      'Identity',
      'ZerosLike',
    ],
    ...[
      'Sub',
      'RealDiv',
      'FloorDiv',
      'Pow',
      'Maximum',
      'Minimum',
      'SquaredDifference',
      'Softmax',
      'LogSoftmax',
    ],
    ...['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'],
  ].map((op) => [op, named(op)]),
);

const logical = Object.fromEntries(
  ['LogicalNot', 'LogicalAnd', 'LogicalOr'].map((op): [string, Operator] => [
    op,
    (use) => use.add(op, use.operands),
  ]),
);

export const operators: Readonly<Record<string, Operator>> = {
  ...alike,
  ...logical,
  ...imageOperators,
  Add: named('AddV2'),
  Multiply: named('Mul'),
  Mod: named('FloorMod'),
  Select: (use) => use.add('SelectV2', use.operands, { T: use.type('t') }),
  LeakyRelu: (use) =>
    use.add('LeakyRelu', [use.operand('x')], { T: use.type('x'), alpha: float(use.attribute('alpha')) }),
  Prelu: (use) => {
    const T = use.type('x');
    const positive = use.add('Relu', [use.operand('x')], { T });
    const negative = use.add('Sub', [use.operand('x'), positive], { T });
    return use.add('AddV2', [positive, use.add('Mul', [use.operand('alpha'), negative], { T })], { T });
  },
  ClipByValue: (use) => {
    const bounds = ['clipValueMin', 'clipValueMax'].map((name) => use.builder.float(use.attribute(name)));
    return use.add('ClipByValue', [use.operand('x'), ...bounds], { T: use.type('x') });
  },
  Cast: (use) => use.add('Cast', [use.operand('x')], { SrcT: use.type('x'), DstT: type(use.output.dtype) }),
  _FusedMatMul: (use) => product(use),
  BatchMatMul: (use) => product(use),
  Reshape: (use) => reshape(use),
  Transpose: (use) =>
    use.add('Transpose', [use.operand('x'), use.builder.integers(use.attribute<number[]>('perm'))], {
      T: use.type('x'),
      Tperm: int32,
    }),
  Concat: (use) => {
    const [only, more] = use.operands;
    if (more === undefined) return use.add('Identity', [only as string], { T: use.type() });
    return use.add('ConcatV2', [...use.operands, use.builder.integers(use.attribute<number>('axis'))], {
      N: integer(use.operands.length),
      T: use.type(),
      Tidx: int32,
    });
  },
  Pack: (use) =>
    use.add('Pack', use.operands, {
      N: integer(use.operands.length),
      T: use.type(),
      axis: integer(use.attribute('axis')),
    }),
  Slice: (use) => {
    const { begin, size } = sliceOf(use.node, use.refuse);
    return use.add('Slice', [use.operand('x'), use.builder.integers(begin), use.builder.integers(size)], {
      T: use.type('x'),
      Index: int32,
    });
  },
  SplitV: (use) => {
    const sizes = splitSizes(use.node, use.refuse);
    const axis = use.attribute<number>('axis');
    const inputs = [use.operand('x'), use.builder.integers(sizes), use.builder.integers(axis)];
    const first = use.add('SplitV', inputs, {
      num_split: integer(sizes.length),
      T: use.type('x'),
      Tlen: int32,
    });
    return sizes.map((_, i) => first.replace(/0$/, String(i)));
  },
  PadV2: (use) => {
    const inputs = [use.operand('x'), paddings(use), use.builder.float(use.attribute('constantValue'))];
    return use.add('PadV2', inputs, { T: use.type('x'), Tpaddings: int32 });
  },
  MirrorPad: (use) =>
    use.add('MirrorPad', [use.operand('x'), paddings(use)], {
      T: use.type('x'),
      Tpaddings: int32,
      mode: attribute.text(use.attribute<string>('mode').toUpperCase()),
    }),
  Tile: (use) =>
    use.add(
      'Tile',
      [use.operand('x'), use.builder.integers(fixed(use.attribute<readonly Extent[]>('reps'), use.refuse))],
      { T: use.type('x'), Tmultiples: int32 },
    ),
  Sum: reduction('Sum'),
  Mean: reduction('Mean'),
  Prod: reduction('Prod'),
  Min: reduction('Min'),
  Max: reduction('Max'),
  ArgMin: place('ArgMin'),
  ArgMax: place('ArgMax'),
  Cumsum: (use) =>
    use.add('Cumsum', [use.operand('x'), use.builder.integers(use.attribute<number>('axis'))], {
      T: use.type('x'),
      Tidx: int32,
      exclusive: bool(use.attribute('exclusive')),
      reverse: bool(use.attribute('reverse')),
    }),
  OneHot: (use) => {
    const [on, off] = ['onValue', 'offValue'].map((name) => scalar(use, use.attribute(name)));
    const depth = use.builder.integers(use.attribute<number>('depth'));
    return use.add('OneHot', [use.operand('indices'), depth, on as string, off as string], {
      T: type(use.output.dtype),
      TI: use.type('indices'),
      axis: integer(-1),
    });
  },
  GatherV2: (use) => {
    const axis = use.builder.integers(use.attribute<number>('axis'));
    return use.add('GatherV2', [use.operand('x'), use.operand('indices'), axis], {
      Tparams: use.type('x'),
      Tindices: use.type('indices'),
      Taxis: int32,
      batch_dims: integer(use.attribute<number | undefined>('batchDims') ?? 0),
    });
  },
};

/** Of as many rows as there are images: it reads nothing, so the batch is that of a tensor of the graph. */
export function fill(use: Use, input: string, inputType: string): string {
  const dims = use.builder.shape(use.output.shape, input, inputType);
  return use.add('Fill', [dims, scalar(use, use.attribute('value'))], {
    T: type(use.output.dtype),
    index_type: int32,
  });
}

const scalar = ({ builder, output: { dtype } }: Use, value: number) => builder.host(scalarOf(dtype, value));

function product(use: Use): string {
  const [transposeA, transposeB] = [use.attribute('transposeA'), use.attribute('transposeB')].map((flag) =>
    bool(flag === true),
  ) as [ReturnType<typeof bool>, ReturnType<typeof bool>];
  const [a, b, T] = [use.operand('a'), use.operand('b'), use.type('a')];
  const isFlat = use.value('a').shape.length === 2 && use.value('b').shape.length === 2;
  const result = isFlat
    ? use.add('MatMul', [a, b], { T, transpose_a: transposeA, transpose_b: transposeB })
    : use.add('BatchMatMulV2', [a, b], { T, adj_x: transposeA, adj_y: transposeB });
  return use.has('bias') ? use.add('AddV2', [result, use.operand('bias')], { T }) : result;
}

/** At most one extent may follow from the batch when TensorFlow is to work it out. */
function reshape(use: Use): string {
  const { shape } = use.output;
  const { builder } = use;
  const target =
    shape.filter(isPerImage).length === 1
      ? builder.integers(openShape(shape))
      : builder.integers(fixed(shape, use.refuse));
  return use.add('Reshape', [use.operand('x'), target], { T: use.type('x'), Tshape: int32 });
}

/** [axes, 2] */
function paddings(use: Use): string {
  const pairs = use.attribute<readonly (readonly [number, number])[]>('paddings');
  const values = Int32Array.from(pairs.flat());
  return use.builder.host({ kind: 'constant', dtype: 'int32', shape: [pairs.length, 2], values });
}

function reduction(op: string): Operator {
  return (use) => {
    const inputs = [use.operand('x'), use.builder.integers(reducedAxes(use.node))];
    return use.add(op, inputs, {
      T: use.type('x'),
      Tidx: int32,
      keep_dims: bool(use.attribute('keepDims') === true),
    });
  };
}

function place(op: string): Operator {
  return (use) =>
    use.add(op, [use.operand('x'), use.builder.integers(use.attribute<number>('axis'))], {
      T: use.type('x'),
      Tidx: int32,
      output_type: int32,
    });
}
