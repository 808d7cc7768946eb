// Convolutions, transposed ones, pooling and resizing: TensorFlow has them with the channels last, as TensorFlow.js.
import type { Extent, GraphAttribute } from '../graph/graph';
import { checkFormat, pair } from '../graph/window';
import { type Attributes, attribute } from './builder';
import type { Operator, Use } from './use';

const { bool, integers, text } = attribute;

const alongImage = (value: number | readonly number[] | undefined) => integers([1, ...pair(value), 1]);

function padding(use: Use): Attributes {
  const pad = use.attribute<GraphAttribute>('pad');
  if (typeof pad === 'string') return { padding: text(pad.toUpperCase()) };
  const pairs = typeof pad === 'number' ? [0, 0, pad, pad, pad, pad, 0, 0] : ([pad].flat(3) as number[]);
  return { padding: text('EXPLICIT'), explicit_paddings: integers(pairs) };
}

function windowOf(use: Use): Attributes {
  checkFormat(use.node, use.refuse);
  return {
    T: use.type('filter'),
    strides: alongImage(use.attribute('strides')),
    dilations: alongImage(use.attribute('dilations')),
    ...padding(use),
  };
}

const convolution =
  (op: string): Operator =>
  (use) => {
    const result = use.add(op, [use.operand('x'), use.operand('filter')], windowOf(use));
    if (!use.has('bias')) return result;
    return use.add('BiasAdd', [result, use.operand('bias')], { T: use.type('filter') });
  };

const transposedConvolution: Operator = (use) => {
  const shape = use.attribute<readonly Extent[]>('inputShape') ?? use.output.shape;
  const sizes = use.builder.shape(shape, use.operand('dy'), use.value('dy').dtype);
  return use.add('Conv2DBackpropInput', [sizes, use.operand('filter'), use.operand('dy')], windowOf(use));
};

const pool =
  (op: string): Operator =>
  (use) => {
    const pad = use.attribute<GraphAttribute>('pad');
    if (typeof pad !== 'string') use.refuse('its pads are numbers');
    return use.add(op, [use.operand('x')], {
      T: use.type('x'),
      ksize: alongImage(use.attribute('filterSize')),
      strides: alongImage(use.attribute('strides')),
      ...padding(use),
    });
  };

const resize =
  (op: string): Operator =>
  (use) => {
    const size = use.builder.integers(use.output.shape.slice(1, 3) as number[]);
    return use.add(op, [use.operand('images'), size], {
      T: use.type('images'),
      align_corners: bool(use.attribute('alignCorners') === true),
      half_pixel_centers: bool(use.attribute('halfPixelCenters') === true),
    });
  };

export const imageOperators: Readonly<Record<string, Operator>> = {
  Conv2D: convolution('Conv2D'),
  FusedConv2D: convolution('Conv2D'),
  DepthwiseConv2dNative: convolution('DepthwiseConv2dNative'),
  FusedDepthwiseConv2D: convolution('DepthwiseConv2dNative'),
  Conv2DBackpropInput: transposedConvolution,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AvgPool'),
  ResizeNearestNeighbor: resize('ResizeNearestNeighbor'),
  ResizeBilinear: resize('ResizeBilinear'),
};
