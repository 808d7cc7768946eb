// Kernels that are layers of torch.nn, or take images.
import { type HostValue, isHost } from '../graph/graph';
import type { Arrangement } from '../graph/transpose';
import { type Pair, sidesOf, type Window, windowOf } from '../graph/window';
import { binary, call, type Expression, number, quoted, sides, tight, whole } from './expression';
import type { Operator, Use } from './use';

type Arrays = Record<string, readonly [HostValue, Arrangement?]>;

/** The kernel, when it and its bias are arrays that a layer can have. */
function layerWeights(
  use: Use,
  kernel: string,
): { kernel: HostValue; bias: HostValue | undefined } | undefined {
  const [weight, bias] = [use.value(kernel), use.has('bias') ? use.value('bias') : undefined];
  if (!isHost(weight) || (bias && !isHost(bias))) return undefined;
  return { kernel: weight, bias };
}

const withBias = (arrays: Arrays, bias: HostValue | undefined): Arrays =>
  bias ? { ...arrays, bias: [bias] } : arrays;

/** x W + b */
const product: Operator = (use) => {
  const { kernel, bias } = layerWeights(use, 'b') ?? {};
  const turned = { a: use.attribute('transposeA'), b: use.attribute('transposeB') };
  if (kernel && bias && !turned.a && !turned.b && kernel.shape.length === 2) {
    const make = `nn.Linear(${kernel.shape.join(', ')})`;
    const arrays = withBias({ weight: [kernel, { order: [1, 0] }] }, bias);
    return call(use.parameters.layer(kernel, make, arrays), use.operand('a'));
  }
  const [a, b] = (['a', 'b'] as const).map((name) =>
    turned[name] ? whole(`${tight(use.operand(name))}.mT`) : use.operand(name),
  ) as [Expression, Expression];
  const result = binary(a, '@', b);
  return use.has('bias') ? binary(result, '+', use.operand('bias')) : result;
};

const batchNorm: Operator = (use) => {
  const part = (name: string) => use.value(name) as HostValue;
  const gamma = part('scale');
  const kind = use.output.shape.length === 4 ? '2d' : '1d';
  const epsilon = number(use.attribute('varianceEpsilon'));
  const make = `nn.BatchNorm${kind}(${gamma.shape[0]}, eps=${epsilon})`;
  const layer = use.parameters.layer(gamma, make, {
    ...{ weight: [gamma], bias: [part('offset')] },
    ...{ running_mean: [part('mean')], running_var: [part('variance')] },
  });
  return call(layer, use.operand('x'));
};

/** What of the padding a layer of PyTorch cannot do, which pads as much before as after. */
function padded(x: Expression, { before, after }: Window, value?: string): Expression {
  const pads = [before[1], after[1], before[0], after[0]];
  return call('F.pad', x, `(${pads.join(', ')})`, ...(value ? [`value=${value}`] : []));
}

const isEven = ({ before, after }: Window) => before[0] === after[0] && before[1] === after[1];

/** "kernel, stride=2, padding=1", without what PyTorch takes anyway. */
function settings({ kernel, strides, dilations }: Window, more: Readonly<Record<string, Pair>>): string {
  const named = Object.entries({ stride: [strides, 1], dilation: [dilations, 1] } as const)
    .filter(([, [value, usual]]) => value.some((one) => one !== usual))
    .map(([name, [value]]) => `${name}=${sides(value)}`);
  const others = Object.entries(more)
    .filter(([, value]) => value.some((one) => one !== 0))
    .map(([name, value]) => `${name}=${sides(value)}`);
  return [sides(kernel), ...named, ...others].join(', ');
}

function convolution(grouped: boolean): Operator {
  return (use) => {
    const window = windowOf(use.node, use.refuse);
    const { kernel, bias } = layerWeights(use, 'filter') ?? use.refuse('its filter is no weight');
    const [height, width, inputs, each] = kernel.shape as [number, number, number, number];
    const outputs = grouped ? inputs * each : each;
    const padding = settings(window, isEven(window) ? { padding: window.before } : {});
    const rest = `${grouped ? `, groups=${inputs}` : ''}${bias ? '' : ', bias=False'}`;
    const how = grouped
      ? { order: [2, 3, 0, 1], shape: [outputs, 1, height, width] }
      : { order: [3, 2, 0, 1] };
    const make = `nn.Conv2d(${inputs}, ${outputs}, ${padding}${rest})`;
    const layer = use.parameters.layer(kernel, make, withBias({ weight: [kernel, how] }, bias));
    return call(layer, isEven(window) ? use.operand('x') : padded(use.operand('x'), window));
  };
}

const transposedConvolution: Operator = (use) => {
  const window = windowOf(use.node, use.refuse);
  const { kernel, bias } = layerWeights(use, 'filter') ?? use.refuse('its filter is no weight');
  const [, , outputs, inputs] = kernel.shape as [number, number, number, number];
  const to = sidesOf(use.output, use.refuse);
  const padding = settings(window, { padding: window.before, output_padding: window.left });
  const make = `nn.ConvTranspose2d(${inputs}, ${outputs}, ${padding}${bias ? '' : ', bias=False'})`;
  const layer = use.parameters.layer(
    kernel,
    make,
    withBias({ weight: [kernel, { order: [3, 2, 0, 1] }] }, bias),
  );
  const whole = call(layer, use.operand('dy'));
  return isEven(window) ? whole : { ...whole, text: `${whole.text}[:, :, :${to[0]}, :${to[1]}]` };
};

function pool(name: string, fill: string | undefined): Operator {
  return (use) => {
    const window = windowOf(use.node, use.refuse);
    const x = use.operand('x');
    const [kernel, stride] = [sides(window.kernel), sides(window.strides)];
    const padding = isEven(window) && window.before.some((side) => side > 0);
    if (isEven(window))
      return call(
        name,
        x,
        kernel,
        stride,
        ...(padding ? [sides(window.before)] : []),
        ...(padding && !fill ? ['count_include_pad=False'] : []),
      );
    if (!fill) use.refuse('it is padded on one side');
    return call(name, padded(x, window, fill), kernel, stride);
  };
}

function resize(mode: 'nearest' | 'bilinear'): Operator {
  return (use) => {
    const [aligned, centred] = [
      use.attribute<boolean>('alignCorners'),
      use.attribute<boolean>('halfPixelCenters'),
    ];
    if (mode === 'nearest' ? aligned || centred : !aligned && !centred)
      use.refuse('PyTorch has its pixels elsewhere');
    const size = sidesOf(use.output, use.refuse);
    const more = aligned ? ['align_corners=True'] : [];
    return call(
      'F.interpolate',
      use.operand('images'),
      `size=(${size[0]}, ${size[1]})`,
      `mode=${quoted(mode)}`,
      ...more,
    );
  };
}

/** Those that are written for images with channels first, and those that do not ask. */
export const layerOperators: Readonly<Record<string, Operator>> = {
  _FusedMatMul: product,
  BatchMatMul: product,
  FusedBatchNorm: batchNorm,
  Conv2D: convolution(false),
  FusedConv2D: convolution(false),
  DepthwiseConv2dNative: convolution(true),
  FusedDepthwiseConv2D: convolution(true),
  Conv2DBackpropInput: transposedConvolution,
  AigcFusedConv2DTranspose: transposedConvolution,
  MaxPool: pool('F.max_pool2d', "float('-inf')"),
  AvgPool: pool('F.avg_pool2d', undefined),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeBilinear: resize('bilinear'),
};
