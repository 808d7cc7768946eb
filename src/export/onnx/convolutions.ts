// Convolutions, transposed ones and pooling: TensorFlow.js has channels last and pads by name, ONNX has channels first and
// explicit pads.
import type { GraphAttribute, GraphValue } from '../graph/graph';
import type { Attributes } from './builder';
import { fixed, type Operator, type Use } from './use';

type Pair = readonly [number, number];

/** What a filter of some size does along both axes of an image, from `large` to `small`. */
interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Before each axis, then after each, as ONNX has them. */
  readonly pads: readonly [number, number, number, number];
  /** By how much the last steps stop short of the end of `large`. */
  readonly left: Pair;
}

const pair = (value: number | readonly number[] | undefined): Pair =>
  typeof value === 'object' ? [value[0] as number, value[1] as number] : [value ?? 1, value ?? 1];

function windowOf(use: Use, kernel: Pair, large: Pair, small: Pair): Window {
  const strides = pair(use.attribute('strides'));
  const dilations = pair(use.attribute('dilations'));
  const pad = use.attribute<GraphAttribute>('pad');
  const along = ([0, 1] as const).map((axis) => {
    const reach = (small[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
    const [before, after] = padding(pad, axis, Math.max(0, reach - large[axis]));
    return { before, after, left: large[axis] + before + after - reach };
  });
  const [y, x] = along as [(typeof along)[0], (typeof along)[0]];
  return {
    ...{ kernel, strides, dilations },
    pads: [y.before, x.before, y.after, x.after],
    left: [y.left, x.left],
  };
}

/** @param missing what the window reaches beyond the image: "same" adds it on both sides, the odd one at the end */
function padding(pad: GraphAttribute, axis: 0 | 1, missing: number): Pair {
  if (pad === 'same') return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  if (typeof pad === 'number') return [pad, pad];
  return Array.isArray(pad) ? (pad[axis + 1] as Pair) : [0, 0];
}

/** [height, width] */
function sidesOf({ shape }: Pick<GraphValue, 'shape'>, refuse: Use['refuse']): Pair {
  return fixed(shape.slice(1, 3), refuse) as unknown as Pair;
}

const attributesOf = ({ kernel, strides, dilations, pads }: Window): Attributes => ({
  kernel_shape: { integers: kernel },
  strides: { integers: strides },
  dilations: { integers: dilations },
  pads: { integers: pads },
});

/** A filter in ONNX's order of axes. */
function filterOf(use: Use, order: readonly number[], dims?: readonly number[]): string {
  const filter = use.value('filter');
  if (filter.kind === 'weight' || filter.kind === 'constant')
    return use.builder.host(filter, { order, ...(dims && { dims }) });
  const moved = use.add('Transpose', [use.layout.last(filter)], { perm: { integers: order } });
  return dims ? use.add('Reshape', [moved, use.builder.integers(dims)]) : moved;
}

const biasOf = (use: Use) => (use.value('bias') ? [use.layout.last(use.value('bias'))] : []);

function checkFormat(use: Use): void {
  const format = use.attribute<string | undefined>('dataFormat') ?? 'NHWC';
  if (format !== 'NHWC') use.refuse(`its images are ${format}, not NHWC`);
}

const convolution: Operator = (use) => {
  checkFormat(use);
  const [x, filter] = [use.value('x'), use.value('filter')];
  const [height, width] = fixed(filter.shape, use.refuse) as [number, number];
  const { refuse } = use;
  const window = windowOf(use, [height, width], sidesOf(x, refuse), sidesOf(use.output, refuse));
  const inputs = [use.operand('x'), filterOf(use, [3, 2, 0, 1]), ...biasOf(use)];
  return use.add('Conv', inputs, attributesOf(window));
};

const depthwise: Operator = (use) => {
  checkFormat(use);
  const [x, filter] = [use.value('x'), use.value('filter')];
  const [height, width, inputs, each] = fixed(filter.shape, use.refuse) as [number, number, number, number];
  const { refuse } = use;
  const window = windowOf(use, [height, width], sidesOf(x, refuse), sidesOf(use.output, refuse));
  const kernel = filterOf(use, [2, 3, 0, 1], [inputs * each, 1, height, width]);
  return use.add('Conv', [use.operand('x'), kernel, ...biasOf(use)], {
    ...attributesOf(window),
    group: { integer: inputs },
  });
};

/** With the pads and what is left over given: output_shape alone shifts the image by a pixel in ONNX Runtime. */
const transposedConvolution: Operator = (use) => {
  checkFormat(use);
  const { refuse } = use;
  const [height, width] = fixed(use.value('filter').shape, refuse) as [number, number];
  const window = windowOf(
    use,
    [height, width],
    sidesOf(use.output, refuse),
    sidesOf(use.value('dy'), refuse),
  );
  const inputs = [use.operand('dy'), filterOf(use, [3, 2, 0, 1]), ...biasOf(use)];
  return use.add('ConvTranspose', inputs, {
    ...attributesOf(window),
    output_padding: { integers: window.left },
  });
};

function pool(op: string, own: Attributes): Operator {
  return (use) => {
    const { refuse } = use;
    const kernel = pair(use.attribute('filterSize'));
    const window = windowOf(use, kernel, sidesOf(use.value('x'), refuse), sidesOf(use.output, refuse));
    const { dilations: _none, ...attributes } = attributesOf(window);
    return use.add(op, [use.operand('x')], { ...attributes, ...own });
  };
}

const resize =
  (mode: 'nearest' | 'linear'): Operator =>
  (use) => {
    const [aligned, centred] = [
      use.attribute<boolean>('alignCorners'),
      use.attribute<boolean>('halfPixelCenters'),
    ];
    if (mode === 'nearest' && (aligned || centred)) use.refuse('its pixels are not those at the corners');
    const { shape } = use.output;
    const sizes = use.builder.shape([shape[0], shape[3], shape[1], shape[2]] as typeof shape);
    return use.add('Resize', [use.operand('images'), '', '', sizes], {
      mode: { text: mode },
      coordinate_transformation_mode: {
        text: aligned ? 'align_corners' : centred ? 'half_pixel' : 'asymmetric',
      },
      ...(mode === 'nearest' && { nearest_mode: { text: 'floor' } }),
    });
  };

/** Those that take images, and give them, with channels first. */
export const imageOperators: Readonly<Record<string, Operator>> = {
  Conv2D: convolution,
  FusedConv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2D: depthwise,
  Conv2DBackpropInput: transposedConvolution,
  AigcFusedConv2DTranspose: transposedConvolution,
  MaxPool: pool('MaxPool', {}),
  AvgPool: pool('AveragePool', { count_include_pad: { integer: 0 } }),
  ResizeNearestNeighbor: resize('nearest'),
  ResizeBilinear: resize('linear'),
};
