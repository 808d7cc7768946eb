// Convolutions, transposed ones and pooling: TensorFlow.js has channels last and pads by name, ONNX has channels first and
// explicit pads.
import { isHost } from '../graph/graph';
import { type Window, windowOf } from '../graph/window';
import type { Attributes } from './builder';
import type { Operator, Use } from './use';

const attributesOf = ({ kernel, strides, dilations, before, after }: Window): Attributes => ({
  kernel_shape: { integers: kernel },
  strides: { integers: strides },
  dilations: { integers: dilations },
  pads: { integers: [...before, ...after] },
});

/** A filter in ONNX's order of axes. */
function filterOf(use: Use, order: readonly number[], shape?: readonly number[]): string {
  const filter = use.value('filter');
  if (isHost(filter)) return use.builder.host(filter, { order, ...(shape && { shape }) });
  const moved = use.add('Transpose', [use.layout.last(filter)], { perm: { integers: order } });
  return shape ? use.add('Reshape', [moved, use.builder.integers(shape)]) : moved;
}

const biasOf = (use: Use) => (use.value('bias') ? [use.layout.last(use.value('bias'))] : []);

const convolution: Operator = (use) => {
  const window = windowOf(use.node, use.refuse);
  const inputs = [use.operand('x'), filterOf(use, [3, 2, 0, 1]), ...biasOf(use)];
  return use.add('Conv', inputs, attributesOf(window));
};

const depthwise: Operator = (use) => {
  const window = windowOf(use.node, use.refuse);
  const [height, width, inputs, each] = use.value('filter').shape as [number, number, number, number];
  const kernel = filterOf(use, [2, 3, 0, 1], [inputs * each, 1, height, width]);
  return use.add('Conv', [use.operand('x'), kernel, ...biasOf(use)], {
    ...attributesOf(window),
    group: { integer: inputs },
  });
};

/** With the pads and what is left over given: output_shape alone shifts the image by a pixel in ONNX Runtime. */
const transposedConvolution: Operator = (use) => {
  const window = windowOf(use.node, use.refuse);
  const inputs = [use.operand('dy'), filterOf(use, [3, 2, 0, 1]), ...biasOf(use)];
  return use.add('ConvTranspose', inputs, {
    ...attributesOf(window),
    output_padding: { integers: window.left },
  });
};

function pool(op: string, own: Attributes): Operator {
  return (use) => {
    const { dilations: _none, ...attributes } = attributesOf(windowOf(use.node, use.refuse));
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
