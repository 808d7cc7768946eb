// The convolutional encoder and decoder of a VQ-VAE: images to a small grid of vectors, and back.
import * as tf from '@tensorflow/tfjs-core';
import { convolution, transposedConvolution } from '../layers';
import { glorotUniform, type Parameters } from '../parameters';

type Extent = readonly [height: number, width: number];

/** No side of the grid is longer. */
const longestSide = 8;

/** Every image is halved so often; beyond that no grid is made smaller than `leastSide` for the sake of `halvings`. */
const leastHalvings = 2;
const leastSide = 4;

/** The extents of an image after each halving, the image's own first, the grid's last: [[28, 28], [14, 14], [7, 7], [4, 4]].
 *  @param halvings as the option has them */
export function stagesOf(height: number, width: number, halvings: number): readonly Extent[] {
  const stages: Extent[] = [[height, width]];
  for (;;) {
    const last = stages.at(-1) as Extent;
    const next: Extent = [Math.ceil(last[0] / 2), Math.ceil(last[1] / 2)];
    const done = stages.length - 1;
    const isAsked = done < halvings && Math.max(...next) >= leastSide;
    if (done >= leastHalvings && Math.max(...last) <= longestSide && !isAsked) return stages;
    stages.push(next);
  }
}

interface NetworkShape {
  readonly stages: readonly Extent[];
  /** Of the image. */
  readonly channels: number;
  /** Channels of the hidden layers; the one nearest to the image has half of them. */
  readonly hidden: number;
  readonly codeDim: number;
}

type Network = (x: tf.Tensor4D) => tf.Tensor4D;

/** Channels after each halving: [channels, hidden / 2, hidden, hidden, …]. */
function channelsOf({ stages, channels, hidden }: NetworkShape): number[] {
  return stages.map((_, i) => (i === 0 ? channels : i === 1 ? Math.ceil(hidden / 2) : hidden));
}

/** 4×4 convolutions of stride 2, each with ReLU, a residual block, 1×1 to the codes' size: van den Oord et al. 2017,
 *  section 4.1, narrower. @returns [batch, height, width, channels] → [batch, grid height, grid width, codeDim] */
export function createCodeEncoder(parameters: Parameters, name: string, shape: NetworkShape): Network {
  const { hidden, codeDim } = shape;
  const widths = channelsOf(shape);
  const down = widths.slice(1).map((outputs, i) => {
    const inputs = widths[i] as number;
    return convolution(parameters, `${name}.conv${i + 1}`, {
      inputs,
      outputs,
      size: 4,
      stride: 2,
      kernel: glorotUniform(16 * inputs, 4 * outputs),
    });
  });
  const block = residual(parameters, `${name}.residual`, hidden);
  const output = square(parameters, `${name}.output`, 1, hidden, codeDim);
  return (images) => {
    const h = down.reduce((x, layer) => tf.relu(layer(x)), images);
    return output(tf.relu(block(h)));
  };
}

/** The encoder mirrored. @returns [batch, grid height, grid width, codeDim] → logits of pixels,
 *  [batch, height, width, channels] */
export function createCodeDecoder(parameters: Parameters, name: string, shape: NetworkShape): Network {
  const { stages, hidden, codeDim } = shape;
  const widths = channelsOf(shape);
  const input = square(parameters, `${name}.input`, 3, codeDim, hidden);
  const block = residual(parameters, `${name}.residual`, hidden);
  const up = stages.slice(0, -1).map((to, i) => {
    const [outputs, inputs] = [widths[i] as number, widths[i + 1] as number];
    return transposedConvolution(parameters, `${name}.deconv${i + 1}`, {
      inputs,
      outputs,
      size: 4,
      stride: 2,
      kernel: glorotUniform(4 * inputs, 16 * outputs),
      to,
    });
  });
  return (codes) => up.reduceRight((x, layer) => layer(tf.relu(x)), block(input(codes)));
}

/** x + 1×1(ReLU(3×3(ReLU(x)))), the last without a bias: TensorFlow adds up three terms in another order when it has a
 *  graph, and the compiled step would not have the bits of the eager one. */
function residual(parameters: Parameters, name: string, channels: number): Network {
  const wide = square(parameters, `${name}.wide`, 3, channels, channels);
  const narrow = parameters.add<tf.Rank.R4>(
    `${name}.narrow.kernel`,
    [1, 1, channels, channels],
    glorotUniform(channels, channels),
  );
  return (x) => tf.add(x, tf.conv2d(tf.relu(wide(tf.relu(x))), narrow, 1, 'same'));
}

function square(
  parameters: Parameters,
  name: string,
  size: number,
  inputs: number,
  outputs: number,
): Network {
  const area = size * size;
  const kernel = glorotUniform(area * inputs, area * outputs);
  return convolution(parameters, name, { inputs, outputs, size, stride: 1, kernel });
}
