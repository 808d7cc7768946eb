// `mind`: how far apart the features of samples and of test images lie along random directions.
import * as tf from '@tensorflow/tfjs-core';
import { normals, permutation, randomStream } from '../rng';
import type { Features } from '../stats/points';
import { sorterOf } from '../stats/sort';
import { withFixedBits } from '../tensor/fixed-bits';
import { type Estimate, meanOf, type SampleMetric } from './metric';
import { drawSubset, pickFeatures } from './subsets';

/** Of the protocol, as in torch-fidelity 0.4.0. */
const directionCount = 1000;
const splits = 10;
/** So many directions say how far splits differ. */
const directionsOfSplits = 100;
const directionsAtOnce = 100;

/**
 * MIND = 3d / M Σ_i W₂²(u_iᵀX, u_iᵀY) with M random directions u_i of length 1 and d features, W₂² of n numbers each the
 * mean squared difference of the sorted ones: Berthet et al. 2026, Monge Inception Distance, arxiv.org/abs/2605.06797.
 * Departure: the features are those of the data's own network, not of Inception.
 * Protocol: 1,000 directions of the stream (seed, "evaluate/mind/directions"); as many images of either set as the
 * smaller has, drawn by (seed, "evaluate/mind/samples" and "evaluate/mind/test"). The standard error is the spread over
 * ten splits of both sets, by (seed, "evaluate/mind/splits"), along 100 of the directions, over √10.
 */
export const mind: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'mind',
  summary: 'distance along random directions of the features, sharp with few images',
  figures: [{ name: 'mind', label: 'MIND', better: 'lower' }],
  measure: async ({ samples, test, seed }) => ({ mind: await slicedDistance(samples, test, seed) }),
};

export async function slicedDistance(samples: Features, test: Features, seed: number): Promise<Estimate> {
  const count = Math.min(samples.count, test.count);
  const taken = (set: Features, name: string) =>
    set.count === count ? set : drawSubset(set, count, seed, `evaluate/mind/${name}`, 0);
  const directions = unitRows(seed, samples.featureCount);
  const pair = [taken(samples, 'samples'), taken(test, 'test')] as const;
  const parts = Math.min(splits, count);
  return withFixedBits(async () => {
    const mean = await distanceAlong(directions, ...pair);
    const few = directions.subarray(0, directionsOfSplits * samples.featureCount);
    const values: number[] = [];
    for (let part = 0; part < parts; part++) {
      const [first, second] = pair.map((set) => splitOf(set, seed, part, parts)) as [Features, Features];
      values.push(await distanceAlong(few, first, second));
    }
    return { mean, standardError: meanOf(values).standardError };
  });
}

/** MIND of two sets of as many images. @param directions [any number, featureCount], of length 1 */
export async function distanceAlong(
  directions: Float32Array,
  first: Features,
  second: Features,
): Promise<number> {
  const { featureCount } = first;
  const rows = directions.length / featureCount;
  let sum = 0;
  for (let from = 0; from < rows; from += directionsAtOnce) {
    const some = directions.subarray(from * featureCount, (from + directionsAtOnce) * featureCount);
    const [x, y] = [await sortedAlong(some, first), await sortedAlong(some, second)];
    for (let at = 0; at < x.length; at++) sum += ((x[at] as number) - (y[at] as number)) ** 2;
  }
  return (3 * featureCount * sum) / (rows * first.count);
}

/** [directions, count], each row in order */
async function sortedAlong(directions: Float32Array, set: Features): Promise<Float32Array> {
  const { features, featureCount, count } = set;
  const shape: [number, number] = [directions.length / featureCount, featureCount];
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d(directions, shape), tf.tensor2d(features, [count, featureCount]), false, true),
  );
  const values = await product.data<'float32'>();
  product.dispose();
  const sort = sorterOf(count);
  for (let at = 0; at < values.length; at += count) sort(values.subarray(at, at + count));
  return values;
}

/** One of so many parts of a set, in an order of chance: images may come class by class, or one of each in turn. */
function splitOf(set: Features, seed: number, part: number, parts: number): Features {
  const order = permutation(randomStream(seed, 'evaluate/mind/splits'), set.count);
  const size = Math.floor(set.count / parts);
  return pickFeatures(set, order.subarray(part * size, (part + 1) * size));
}

/** Directions of any kind alike, of length 1: [directionCount, width] */
function unitRows(seed: number, width: number): Float32Array {
  const rows = normals(randomStream(seed, 'evaluate/mind/directions'), directionCount * width);
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < width; j++) row[j] = (row[j] as number) / length;
  }
  return rows;
}
