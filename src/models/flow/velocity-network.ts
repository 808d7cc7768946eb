// The network of `flow`: a small U-Net that says how fast each pixel is to change at a time between noise and image.
import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../../dataset/image-set';
import { dense } from '../layers';
import { glorotUniform, type Initializer, type Parameters, zeros } from '../parameters';
import { halved } from '../stages';

interface NetworkShape {
  readonly image: ImageShape;
  /** Of the widest level; the ones below have twice as many. */
  readonly channels: number;
  /** No side of the lowest level is longer. */
  readonly lowestSide: number;
  /** Residual blocks at the lowest level, and half of them, at least one, on each way at the others. */
  readonly blocks: number;
  /** Numbers that say the time. */
  readonly times: number;
  /** 0 for a network that is told no class. */
  readonly classes: number;
}

/** What a network is told besides x. */
export interface Condition {
  /** [batch or 1, times] */
  readonly time: tf.Tensor2D;
  /** How much of each, [batch, classes], of a network that is told. */
  readonly classes: tf.Tensor2D | undefined;
}

/** @param x [batch, height, width, channels] @returns of x's shape */
export type VelocityNetwork = (x: tf.Tensor4D, condition: Condition) => tf.Tensor4D;

type Layer = (x: tf.Tensor4D) => tf.Tensor4D;
type Block = (x: tf.Tensor4D, condition: Condition) => tf.Tensor4D;

/** Halved once by the first layer, for most of the work is the widest level's, and again until it is small. */
function levelsOf({ image, channels: widest, lowestSide }: NetworkShape): readonly ImageShape[] {
  const levels: ImageShape[] = [image];
  for (let last = image; levels.length < 3 || longest(last) > lowestSide; ) {
    last = halved(last, levels.length === 1 ? widest : 2 * widest);
    levels.push(last);
  }
  return levels;
}

const longest = ({ height, width }: ImageShape) => Math.max(height, width);

/**
 * The U-Net of Ho et al. 2020, appendix B, arxiv.org/abs/2006.11239, for two cores: the first layer halves the image, what
 * goes across is added and not put beside, and there is no attention and no normalisation, so that nothing is summed over
 * images or pixels; the residual branches begin small instead. The condition scales and shifts the channels between the two
 * convolutions of a block (Dhariwal & Nichol 2021, section 3, arxiv.org/abs/2105.05233).
 *
 * No sum has more than two terms: TensorFlow, when it has a graph, adds up three in another order, and the compiled step
 * would not have the bits of the eager one.
 */
export function createVelocityNetwork(
  parameters: Parameters,
  name: string,
  shape: NetworkShape,
): VelocityNetwork {
  const { blocks } = shape;
  const levels = levelsOf(shape);
  const lowest = levels.at(-1) as ImageShape;
  const chain = (level: string, count: number, width: number): Block => {
    const parts = Array.from({ length: count }, (_, i) =>
      residualBlock(parameters, `${name}.${level}.block${i + 1}`, width, shape),
    );
    return (x, condition) => parts.reduce((h, part) => part(h, condition), x);
  };
  const side = Math.max(1, Math.floor(blocks / 2));
  // From one level to the next: down, what is done there, and the way back.
  const steps = levels.slice(1).map((level, i) => {
    const above = levels[i] as ImageShape;
    const isLowest = level === lowest;
    return {
      down: downward(parameters, `${name}.down${i + 1}`, above.channels, level),
      before: isLowest ? chain('lowest', blocks, level.channels) : chain(`in${i + 1}`, side, level.channels),
      after: isLowest ? undefined : chain(`out${i + 1}`, side, level.channels),
      up: upward(parameters, `${name}.up${i + 1}`, level.channels, above),
    };
  });
  return (x, condition) => {
    const across: tf.Tensor4D[] = [];
    let h = x;
    for (const { down, before } of steps) {
      h = before(down(h), condition); // [batch, ⌈h/2⌉, ⌈w/2⌉, channels]
      across.push(h);
    }
    for (const [i, { after, up }] of [...steps.entries()].reverse()) {
      if (after) h = after(tf.add(h, across[i] as tf.Tensor4D), condition);
      h = up(h);
    }
    return h;
  };
}

/** x + conv(relu((1 + scale) · conv(relu(x)) + shift)), 3×3 filters without a bias. */
function residualBlock(
  parameters: Parameters,
  name: string,
  channels: number,
  { blocks, times, classes }: NetworkShape,
): Block {
  const start = glorotUniform(9 * channels, 9 * channels);
  const first = filtered(parameters, `${name}.conv1`, [3, 3, channels, channels], start);
  const depth = 3 * blocks;
  const second = filtered(parameters, `${name}.conv2`, [3, 3, channels, channels], smaller(start, depth));
  const outputs = 2 * channels;
  const kernel: Initializer = { kind: 'normal', deviation: 0.02 };
  const ofTime = dense(parameters, `${name}.time`, { inputs: times, outputs, kernel });
  const ofClass =
    classes > 0 ? parameters.add<tf.Rank.R2>(`${name}.class.kernel`, [classes, outputs], kernel) : undefined;
  const modulation = (condition: Condition) => {
    const values = ofTime(condition.time);
    return ofClass ? tf.add(values, tf.matMul(condition.classes as tf.Tensor2D, ofClass)) : values;
  };
  return (x, condition) => {
    const [scale, shift] = tf.split(modulation(condition), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const each = (values: tf.Tensor) => tf.reshape(values, [-1, 1, 1, channels]) as tf.Tensor4D;
    const h = tf.add(tf.mul(first(tf.relu(x)), each(tf.add(scale, 1))), each(shift)) as tf.Tensor4D;
    return tf.add(x, second(tf.relu(h)));
  };
}

/** A residual branch that begins small, so that as many of them do not add up to more than their input. */
function smaller(initializer: Initializer, depth: number): Initializer {
  return initializer.kind === 'uniform'
    ? { kind: 'uniform', limit: initializer.limit / Math.sqrt(depth) }
    : initializer;
}

function filtered(
  parameters: Parameters,
  name: string,
  shape: [number, number, number, number],
  kernel: Initializer,
): Layer {
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, shape, kernel);
  return (x) => tf.conv2d(x, filter, 1, 'same');
}

/** Half the extents, and a bias of each place and channel: digits are centred. */
function downward(
  parameters: Parameters,
  name: string,
  inputs: number,
  { height, width, channels }: ImageShape,
): Layer {
  const kernel = glorotUniform(16 * inputs, 4 * channels);
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, [4, 4, inputs, channels], kernel);
  const place = parameters.add<tf.Rank.R4>(`${name}.place`, [1, height, width, channels], zeros);
  return (x) => tf.add(tf.conv2d(x, filter, 2, 'same'), place);
}

/** Back to twice the extents. */
function upward(
  parameters: Parameters,
  name: string,
  inputs: number,
  { height, width, channels }: ImageShape,
): Layer {
  const kernel = glorotUniform(4 * inputs, 16 * channels);
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, [4, 4, channels, inputs], kernel);
  return (x) => tf.conv2dTranspose(x, filter, [x.shape[0], height, width, channels], 2, 'same');
}
