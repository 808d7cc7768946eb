// Draws images from a model: latents from their own streams, and pictures as bytes.
import * as tf from '@tensorflow/tfjs-core';
import { type ImageBytes, toBytes } from '../images/grid';
import type { Model, SampleSetting } from '../models/family';
import { randomStream } from '../rng';

/** What to draw, besides the latents. */
export interface Drawing {
  /** [count], for a conditional model. */
  readonly labels?: Int32Array | undefined;
  /** [count, classCount], flat, in place of labels: how much of each class. */
  readonly classShares?: Float32Array | undefined;
  /** Use the weights of the last step, not their average. */
  readonly lastWeights?: boolean;
  /** Call the model with as many as there are: faster for one or a few, whose last bits then depend on their number. */
  readonly unpadded?: boolean;
  /** Told how many are drawn, after each call of the model. */
  readonly onDrawn?: ((done: number, total: number) => void) | undefined;
}

/** Images that are drawn in one call of the model; a fixed size, so that an image's bits do not depend on how many
 *  were asked for. */
export const batchSize = 64;

/**
 * The latents of images first … first + count − 1. Image i has a stream of its own: it is the same image whatever
 * the count.
 * @param truncation latents beyond ±truncation are drawn again, from a second stream, so that the others stay: the
 *   truncation trick, Brock et al. 2019, section 3.1, arxiv.org/abs/1809.11096. The smaller, the more typical and the
 *   less varied the images.
 * @returns [count, latentDim], flat
 */
export function latentsAt(
  model: Model,
  seed: number,
  first: number,
  count: number,
  truncation = Number.POSITIVE_INFINITY,
): Float32Array {
  const { dimension } = model.latent;
  const latents = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const stream = randomStream(seed, 'latents', first + i);
    const again = randomStream(seed, 'latents/again', first + i);
    for (let j = 0; j < dimension; j++) {
      let value = stream.normal();
      while (Math.abs(value) > truncation) value = again.normal();
      latents[i * dimension + j] = value;
    }
  }
  return latents;
}

/**
 * Draws the images of some latents.
 * @param latents [count, latentDim], flat
 */
export async function drawImages(
  model: Model,
  latents: Float32Array,
  drawing: Drawing = {},
): Promise<ImageBytes> {
  const { dimension } = model.latent;
  const count = latents.length / dimension;
  const atOnce = drawing.unpadded ? Math.min(count, batchSize) : batchSize;
  let shape = { height: 0, width: 0, channels: 0 };
  let pixels = new Uint8Array(0);
  for (let first = 0; first < count; first += atOnce) {
    const images = tf.tidy(() => model.sample(...inputsOf(model, latents, drawing, first, atOnce)));
    const [, height, width, channels] = images.shape;
    const size = height * width * channels;
    if (first === 0) {
      shape = { height, width, channels };
      pixels = new Uint8Array(count * size);
    }
    const wanted = Math.min(atOnce, count - first) * size;
    pixels.set(toBytes((await images.data()).subarray(0, wanted) as Float32Array, 'zero-one'), first * size);
    images.dispose();
    drawing.onDrawn?.(Math.min(first + atOnce, count), count);
  }
  return { ...shape, count, pixels };
}

/** What the model is called with for `size` images from the `first`. Where there are fewer left, zeros fill it up, and
 *  what comes of them is dropped. */
function inputsOf(
  { latent: { dimension } }: Model,
  latents: Float32Array,
  { labels, classShares, lastWeights = false }: Drawing,
  first: number,
  size: number,
): [tf.Tensor2D, SampleSetting] {
  const batch = new Float32Array(size * dimension);
  batch.set(latents.subarray(first * dimension, (first + size) * dimension));
  const classes = labels && new Int32Array(size);
  classes?.set((labels as Int32Array).subarray(first, first + size));
  const classCount = classShares ? classShares.length / (latents.length / dimension) : 0;
  const shares = classShares && new Float32Array(size * classCount);
  shares?.set((classShares as Float32Array).subarray(first * classCount, (first + size) * classCount));
  return [
    tf.tensor2d(batch, [size, dimension]),
    {
      lastWeights,
      ...(classes && { labels: tf.tensor1d(classes, 'int32') }),
      ...(shares && { classShares: tf.tensor2d(shares, [size, classCount]) }),
    },
  ];
}
