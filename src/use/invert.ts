// From pictures to latents without an encoder: gradient descent on the latent, through the generator.
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../models/family';
import { randomStream } from '../rng';
import { adamUpdate } from '../tensor/ops/adam';

export interface Inversion {
  /** [count, height, width, channels] in [0, 1], flat. */
  readonly images: Float32Array;
  /** Of the same shape: 1 where the pixel counts, 0 where it is unknown. */
  readonly known: Float32Array;
  readonly count: number;
  /** [count], for a conditional model. */
  readonly labels?: Int32Array | undefined;
  readonly lastWeights?: boolean;
  readonly seed: number;
  /** Steps of Adam. */
  readonly steps: number;
  /** Told of the step that was done, and of how many there are, all batches together. */
  readonly onStep?: (done: number, total: number) => void;
}

/** Each image is sought from this many draws of the prior at once; the best end counts. */
const restarts = 4;
const imagesAtOnce = 16;
/** −log p(x|z) of Gaussian pixels with a standard deviation of 0.1, times 2 · 0.1²: the prior's ‖z‖² has this weight
 *  beside the sum of squared errors. */
const priorWeight = 0.01;
const learningRate = 0.1;
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * The latents whose images are nearest: argmin over z of Σ known (G(z) − x)² + 0.01 ‖z‖². Lipton & Tripathi 2017,
 * arxiv.org/abs/1702.04782, and for unknown pixels Yeh et al. 2017, arxiv.org/abs/1607.07539, whose L1 distance and
 * discriminator term we replace by squares and the prior. Adam, with a step that falls to 0 as a half cosine.
 * @returns [count, latentDim], flat
 */
export async function invertImages(model: Model, wanted: Inversion): Promise<Float32Array> {
  const { dimension } = model.latent;
  const { count, steps } = wanted;
  const latents = new Float32Array(count * dimension);
  const batches = Math.ceil(count / imagesAtOnce);
  for (let batch = 0; batch < batches; batch++) {
    const first = batch * imagesAtOnce;
    const found = await invertSome(model, wanted, first, Math.min(imagesAtOnce, count - first), (done) =>
      wanted.onStep?.(batch * steps + done, batches * steps),
    );
    latents.set(found, first * dimension);
  }
  return latents;
}

/** Latents and Adam's moments: one row for each restart of each image. */
type State = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

async function invertSome(
  model: Model,
  wanted: Inversion,
  first: number,
  count: number,
  onStep: (done: number) => void,
): Promise<Float32Array> {
  const { dimension } = model.latent;
  const rows = count * restarts;
  const distance = createDistance(model, wanted, first, count);
  const gradient = tf.grad((z) => tf.sum(distance.of(z as tf.Tensor2D)));
  let state: State = [
    tf.tensor2d(startingLatents(wanted.seed, first, count, dimension), [rows, dimension]),
    tf.zeros([rows, dimension]),
    tf.zeros([rows, dimension]),
  ];
  try {
    for (let step = 0; step < wanted.steps; step++) {
      const next = tf.tidy((): State => {
        const size = tf.scalar(stepSize(step, wanted.steps));
        return adamUpdate(state[0], state[1], state[2], gradient(state[0]), size, adam) as State;
      });
      tf.dispose(state);
      state = next;
      // Reading now and then keeps a GPU's queue short, and lets others of this process run.
      if (step % 20 === 19) await state[0].data();
      onStep(step + 1);
    }
    const ends = tf.tidy(() => distance.of(state[0]));
    const [values, distances] = [await state[0].data(), await ends.data()];
    ends.dispose();
    return bestOfRestarts(values as Float32Array, distances as Float32Array, count, dimension);
  } finally {
    tf.dispose(state);
    distance.dispose();
  }
}

/** @returns Σ known (G(z) − x)² + 0.01 ‖z‖² of each row, [rows] */
function createDistance(model: Model, wanted: Inversion, first: number, count: number) {
  const size = wanted.images.length / wanted.count;
  const repeated = (values: Float32Array) =>
    tf.tidy(() =>
      tf.tile(tf.tensor2d(values.slice(first * size, (first + count) * size), [count, size]), [restarts, 1]),
    );
  const [target, known] = [repeated(wanted.images), repeated(wanted.known)]; // [rows, pixels]
  const classes = wanted.labels?.subarray(first, first + count);
  const labels =
    classes &&
    tf.tensor1d(
      Int32Array.from({ length: count * restarts }, (_, row) => classes[row % count] as number),
      'int32',
    );
  const how = { lastWeights: wanted.lastWeights ?? false, ...(labels && { labels }) };
  return {
    of: (z: tf.Tensor2D): tf.Tensor1D => {
      const images = tf.reshape(model.sample(z, how), [count * restarts, size]);
      const errors = tf.sum(tf.mul(tf.square(tf.sub(images, target)), known), 1);
      return tf.add(errors, tf.mul(tf.sum(tf.square(z), 1), priorWeight)) as tf.Tensor1D;
    },
    dispose: () => tf.dispose(labels ? [target, known, labels] : [target, known]),
  };
}

/** Draws from the prior, from a stream of its own for each image: restart after restart, image after image. */
function startingLatents(seed: number, first: number, count: number, dimension: number): Float32Array {
  const latents = new Float32Array(restarts * count * dimension);
  for (let i = 0; i < count; i++) {
    const stream = randomStream(seed, 'invert', first + i);
    for (let restart = 0; restart < restarts; restart++) {
      for (let j = 0; j < dimension; j++) latents[(restart * count + i) * dimension + j] = stream.normal();
    }
  }
  return latents;
}

/** Adam's step with both moments' corrections folded in, under a falling learning rate. */
function stepSize(step: number, steps: number): number {
  const rate = learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  return (rate * Math.sqrt(1 - adam.beta2 ** (step + 1))) / (1 - adam.beta1 ** (step + 1));
}

function bestOfRestarts(
  latents: Float32Array,
  distances: Float32Array,
  count: number,
  dimension: number,
): Float32Array {
  const best = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    let row = i;
    for (let other = i; other < distances.length; other += count) {
      if ((distances[other] as number) < (distances[row] as number)) row = other;
    }
    best.set(latents.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  }
  return best;
}
