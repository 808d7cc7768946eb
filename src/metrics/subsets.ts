// Random subsets of images, by the features that they have.
import { permutation, randomStream } from '../rng';
import type { Features } from '../stats/neighbours';

/** `count` images without repetition, drawn by the stream (seed, name, step). */
export function drawSubset(set: Features, count: number, seed: number, name: string, step: number): Features {
  const order = permutation(randomStream(seed, name, step), set.count).subarray(0, count);
  const { featureCount } = set;
  const features = new Float32Array(count * featureCount);
  for (const [i, from] of order.entries())
    features.set(set.features.subarray(from * featureCount, (from + 1) * featureCount), i * featureCount);
  return { count, featureCount, features };
}
