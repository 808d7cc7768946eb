// Each kernel of TensorFlow.js that is an expression of PyTorch.
import { fixed, openShape, reducedAxes, sliceOf, splitSizes } from '../graph/attributes';
import { type Extent, isPerImage } from '../graph/graph';
import { binary, call, type Expression, method, number, tight, tuple, whole, within } from './expression';
import { channelsFirst, channelsLast, isFlat, type Operator, type Use } from './use';

const called = (names: Readonly<Record<string, string>>): Record<string, Operator> =>
  Object.fromEntries(
    Object.entries(names).map(([kernel, name]): [string, Operator] => [
      kernel,
      (use) => call(name, ...use.operands),
    ]),
  );

const between = (names: Readonly<Record<string, string>>): Record<string, Operator> =>
  Object.fromEntries(
    Object.entries(names).map(([kernel, sign]): [string, Operator] => [
      kernel,
      (use) => binary(use.operands[0] as Expression, sign, use.operands[1] as Expression),
    ]),
  );

/** Of the larger or smaller of two, where PyTorch wants a tensor, or a bound by name. */
const bound =
  (name: string, side: string): Operator =>
  (use) => {
    const [a, b] = use.operands as [Expression, Expression];
    const { b: other } = use.node.inputs;
    return other?.kind === 'constant' && other.values.length === 1
      ? method(a, 'clamp', `${side}=${b.text}`)
      : call(name, a, b);
  };

/** Those of each element by itself, and those that treat axes by number: they leave images as they stand. */
export const freeOperators: Readonly<Record<string, Operator>> = {
  ...called({ Abs: 'torch.abs', Ceil: 'torch.ceil', Cos: 'torch.cos', Elu: 'F.elu', Erf: 'torch.erf' }),
  ...called({ Exp: 'torch.exp', Floor: 'torch.floor', Log: 'torch.log', Reciprocal: 'torch.reciprocal' }),
  ...called({ Relu: 'F.relu', Relu6: 'F.relu6', Round: 'torch.round', Rsqrt: 'torch.rsqrt', Selu: 'F.selu' }),
  ...called({ Sigmoid: 'torch.sigmoid', Sign: 'torch.sign', Sin: 'torch.sin', Softplus: 'F.softplus' }),
  ...called({ Sqrt: 'torch.sqrt', Square: 'torch.square', Tanh: 'torch.tanh', Select: 'torch.where' }),
  ...between({ Add: '+', Sub: '-', Multiply: '*', RealDiv: '/', Equal: '==', NotEqual: '!=' }),
  ...between({
    Less: '<',
    LessEqual: '<=',
    Greater: '>',
    GreaterEqual: '>=',
    LogicalAnd: '&',
    LogicalOr: '|',
  }),
  Pow: (use) => call('torch.pow', ...use.operands),
  Neg: (use) => ({ text: `-${within(use.operand('x'), 'sign')}`, binds: 'sign' }),
  LogicalNot: (use) => ({ text: `~${within(use.operand('x'), 'sign')}`, binds: 'sign' }),
  Maximum: bound('torch.maximum', 'min'),
  Minimum: bound('torch.minimum', 'max'),
  LeakyRelu: (use) => call('F.leaky_relu', use.operand('x'), number(use.attribute('alpha'))),
  Prelu: (use) => {
    const [x, alpha] = [use.operand('x'), use.operand('alpha')];
    return call('torch.where', binary(x, '>', whole('0')), x, binary(alpha, '*', x));
  },
  ClipByValue: (use) =>
    method(
      use.operand('x'),
      'clamp',
      number(use.attribute('clipValueMin')),
      number(use.attribute('clipValueMax')),
    ),
  SquaredDifference: (use) => call('torch.square', binary(use.operand('a'), '-', use.operand('b'))),
  Cast: (use) => {
    const { dtype } = use.output;
    return method(use.operand('x'), dtype === 'float32' ? 'float' : dtype === 'bool' ? 'bool' : 'long');
  },
  Concat: (use) => {
    const parts = `[${use.operands.map(({ text }) => text).join(', ')}]`;
    return call('torch.cat', parts, String(use.axis(use.attribute('axis'))));
  },
  PadV2: (use) => {
    const paddings = use.arranged(use.attribute<readonly (readonly [number, number])[]>('paddings'));
    while (paddings[0]?.every((side) => side === 0)) paddings.shift();
    const value = use.attribute<number>('constantValue');
    return call(
      'F.pad',
      use.operand('x'),
      tuple(paddings.reverse().flat()),
      ...(value ? [`value=${number(value)}`] : []),
    );
  },
  Slice: (use) => slice(use),
  SplitV: (use) => {
    const sizes = splitSizes(use.node, use.refuse);
    const place = String(use.axis(use.attribute('axis')));
    return sizes.every((size) => size === sizes[0])
      ? method(use.operand('x'), 'chunk', String(sizes.length), place)
      : method(use.operand('x'), 'split', `[${sizes.join(', ')}]`, place);
  },
};

function slice(use: Use): Expression {
  const { begin, size } = sliceOf(use.node, use.refuse);
  const { shape } = use.value('x');
  const ranges = begin.map((start, axis) => {
    const extent = size[axis] as number;
    const end = extent === -1 || start + extent === shape[axis] ? '' : String(start + extent);
    return `${start || ''}:${end}`;
  });
  const arranged = use.arranged(ranges);
  while (arranged.at(-1) === ':') arranged.pop();
  return whole(`${tight(use.operand('x'))}[${arranged.join(', ')}]`);
}

/** Those that are written for the axes as the graph has them. */
export const plainOperators: Readonly<Record<string, Operator>> = {
  Softmax: (use) => call('torch.softmax', use.operand('logits'), '-1'),
  Transpose: (use) =>
    method(use.operand('x'), 'permute', ...use.attribute<readonly number[]>('perm').map(String)),
  Sum: reduction('sum'),
  Mean: reduction('mean'),
  Max: reduction('amax'),
  Min: reduction('amin'),
  ArgMin: (use) => method(use.operand('x'), 'argmin', String(use.attribute('axis'))),
  ArgMax: (use) => method(use.operand('x'), 'argmax', String(use.attribute('axis'))),
  Cumsum: (use) => {
    if (use.attribute('exclusive') || use.attribute('reverse')) use.refuse('PyTorch sums from the first on');
    return method(use.operand('x'), 'cumsum', String(use.attribute('axis')));
  },
  OneHot: (use) => {
    if (use.attribute('onValue') !== 1 || use.attribute('offValue') !== 0)
      use.refuse('its values are not 1 and 0');
    return call('F.one_hot', use.operand('indices'), String(use.attribute('depth')));
  },
  GatherV2: (use) => {
    if (use.attribute('batchDims') || use.value('indices').shape.length !== 1)
      use.refuse('its indices are no list');
    const indices = method(use.operand('indices'), 'long').text;
    return method(use.operand('x'), 'index_select', String(use.attribute('axis')), indices);
  },
  Pack: (use) =>
    call(
      'torch.stack',
      `[${use.operands.map(({ text }) => text).join(', ')}]`,
      String(use.attribute('axis')),
    ),
  Tile: (use) =>
    method(
      use.operand('x'),
      'repeat',
      ...fixed(use.attribute<readonly Extent[]>('reps'), use.refuse).map(String),
    ),
};

function reduction(name: string): Operator {
  return (use) => {
    const axes = reducedAxes(use.node).map(use.axis);
    const list = axes.length === 1 ? String(axes[0]) : tuple(axes);
    return method(use.operand('x'), name, list, ...(use.attribute('keepDims') ? ['keepdim=True'] : []));
  };
}

/** Reshapes see the numbers in the graph's order, channels last. @param x as it stands, images with channels first */
export function reshaped(
  x: Expression,
  from: readonly Extent[],
  to: readonly Extent[],
  refuse: Use['refuse'],
): Expression {
  if (to.filter(isPerImage).length > 1) refuse('it reshapes to more than one axis of images');
  const flat = isFlat(from) ? x : channelsLast(x, from);
  if (to.length === 2 && from.length > 2 && JSON.stringify(to[0]) === '{"perImage":1}')
    return method(flat, 'flatten', '1');
  if (to.length === 4 && isFlat(to)) {
    const [n, height, width, channels] = to as [Extent, Extent, Extent, Extent];
    return method(flat, 'reshape', ...openShape([n, channels, height, width]).map(String));
  }
  return channelsFirst(method(flat, 'reshape', ...openShape(to).map(String)), to);
}
