// Subsets of images, by chance.
import type { ImageSet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { permutation, randomStream } from '../rng';
import type { Features } from '../stats/points';
import type { MeasuredImages } from './metric';

/** `count` images without repetition, drawn by the stream (seed, name, step). */
export function drawSubset(set: Features, count: number, seed: number, name: string, step: number): Features {
  return pickFeatures(set, permutation(randomStream(seed, name, step), set.count).subarray(0, count));
}

/** The features of some images, in the order in which they are named. */
export function pickFeatures({ features, featureCount }: Features, indices: Uint32Array): Features {
  const picked = new Float32Array(indices.length * featureCount);
  for (const [i, from] of indices.entries())
    picked.set(features.subarray(from * featureCount, (from + 1) * featureCount), i * featureCount);
  return { count: indices.length, featureCount, features: picked };
}

/** The features of images from the first to before the last. */
export function rowsOf({ features, featureCount, count }: Features, first: number, last: number): Features {
  const end = Math.min(count, last);
  return {
    count: end - first,
    featureCount,
    features: features.subarray(first * featureCount, end * featureCount),
  };
}

/** As many images as there are, at most `count`, without repetition, in the order of the stream (seed, name). */
export function drawImages(images: MeasuredImages, count: number, seed: number, name: string): ImageSet {
  const order = permutation(randomStream(seed, name), images.count);
  return pickImages({ ...images, labels: undefined }, order.subarray(0, count));
}
