// `kid`: the squared maximum mean discrepancy between the features of samples and of test images, without bias.

import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../stats/neighbours';
import { withFixedBits } from '../tensor/fixed-bits';
import { type Estimate, meanOf, type SampleMetric } from './metric';
import { drawSubset } from './subsets';

/** Of the protocol: how many subsets, of how many images each. */
const subsets = 100;
const imagesInSubset = 1000;

/**
 * KID = MMD²_u with k(x, y) = (xᵀy / d + 1)³ over features of dimension d: Bińkowski et al. 2018, section 4 and eq. 4,
 * arxiv.org/abs/1801.01401; unbiased, so that it may be below 0 and does not fall as more images are measured.
 * Departure: the features are those of a classifier of the data at hand, not of Inception.
 * Protocol: the mean over 100 subsets of 1,000 images of either set (of all, where a set has fewer), without repetition,
 * drawn by the streams (seed, "evaluate/kid/samples" and "evaluate/kid/test", subset). Its standard error is the spread
 * over the subsets times √(1,000 / n), n the smaller set: subsets of one set share images, so that their mean is no more
 * certain than all images make it.
 */
export const kid: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'kid',
  summary: "kernel distance in a classifier's features, without bias",
  figures: [{ name: 'kid', label: 'KID', better: 'lower' }],
  measure: async ({ samples, test, seed }) => ({ kid: await kernelDistance(samples, test, seed) }),
};

export function kernelDistance(samples: Features, test: Features, seed: number): Promise<Estimate> {
  return withFixedBits(() => meanDiscrepancy(samples, test, seed));
}

async function meanDiscrepancy(samples: Features, test: Features, seed: number): Promise<Estimate> {
  const smaller = Math.min(samples.count, test.count);
  const size = Math.min(imagesInSubset, smaller);
  const values: number[] = [];
  // Where subsets hold all there is, one says it all.
  for (let i = 0; i < (size === samples.count && size === test.count ? 1 : subsets); i++) {
    const first = drawSubset(samples, size, seed, 'evaluate/kid/samples', i);
    values.push(await discrepancy(first, drawSubset(test, size, seed, 'evaluate/kid/test', i)));
  }
  const { mean, standardError } = meanOf(values);
  return { mean, standardError: standardError * Math.sqrt(values.length * (size / smaller)) };
}

/** MMD²_u of sets of at least two images each. */
export async function discrepancy(first: Features, second: Features): Promise<number> {
  const [x, y] = [first, second].map(({ features, count, featureCount }) =>
    tf.tensor2d(features, [count, featureCount]),
  ) as [tf.Tensor2D, tf.Tensor2D];
  const within = async (set: tf.Tensor2D, { count, featureCount }: Features) =>
    (await kernelSum(set, set, featureCount, true)) / (count * (count - 1));
  const own = (await within(x, first)) + (await within(y, second));
  const between = (await kernelSum(x, y, first.featureCount, false)) / (first.count * second.count);
  tf.dispose([x, y]);
  return own - 2 * between;
}

/** Σ k(x_i, y_j), in float64; of pairs of different images when the sets are the same. */
async function kernelSum(
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  dimension: number,
  isSame: boolean,
): Promise<number> {
  const product = tf.matMul(x, y, false, true);
  const values = await product.data();
  product.dispose();
  const columns = y.shape[0];
  let sum = 0;
  for (let row = 0, at = 0; at < values.length; row++) {
    let [inRow, own] = [0, 0];
    for (let column = 0; column < columns; column++, at++) {
      const base = (values[at] as number) / dimension + 1;
      const kernel = base * base * base;
      inRow += kernel;
      if (column === row) own = kernel;
    }
    sum += isSame ? inRow - own : inRow;
  }
  return sum;
}
