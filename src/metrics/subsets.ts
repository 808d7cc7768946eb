// Subsets of images, by the features that they have.
import { permutation, randomStream } from '../rng';
import type { Features } from '../stats/neighbours';

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
