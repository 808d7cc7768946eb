// Draws images from a model: latents from their own streams, and pictures as bytes.
import * as tf from '@tensorflow/tfjs-core';
import { type ImageBytes, toBytes } from '../images/grid';
import type { Model } from '../models/family';
import { randomStream } from '../rng';

/** What to draw, besides the latents. */
export interface Drawing {
  /** [count], for a conditional model. */
  readonly labels?: Int32Array | undefined;
  /** Use the weights of the last step, not their average. */
  readonly lastWeights?: boolean;
}

/** Images that are drawn in one call of the model; a fixed size, so that an image's bits do not depend on how many
 *  were asked for. */
const batchSize = 64;

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
  { labels, lastWeights = false }: Drawing = {},
): Promise<ImageBytes> {
  const { dimension } = model.latent;
  const count = latents.length / dimension;
  const parts: Uint8Array[] = [];
  let shape = { height: 0, width: 0, channels: 0 };
  for (let first = 0; first < count; first += batchSize) {
    // The last batch is filled up with zeros, and what comes of them is dropped.
    const batch = new Float32Array(batchSize * dimension);
    batch.set(latents.subarray(first * dimension, (first + batchSize) * dimension));
    const classes = labels && new Int32Array(batchSize);
    classes?.set((labels as Int32Array).subarray(first, first + batchSize));
    const images = tf.tidy(() =>
      model.sample(tf.tensor2d(batch, [batchSize, dimension]), {
        lastWeights,
        ...(classes && { labels: tf.tensor1d(classes, 'int32') }),
      }),
    );
    const [, height, width, channels] = images.shape;
    shape = { height, width, channels };
    const wanted = Math.min(batchSize, count - first) * height * width * channels;
    parts.push(toBytes((await images.data()).subarray(0, wanted) as Float32Array, 'zero-one'));
    images.dispose();
  }
  return { ...shape, count, pixels: Buffer.concat(parts) };
}
