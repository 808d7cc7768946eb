// `kid`: the squared maximum mean discrepancy between the features of samples and of test images, without bias.

import * as tf from '@tensorflow/tfjs-core';
import { oncePerSet } from '../stats/memo';
import type { Features } from '../stats/points';
import { withFixedBits } from '../tensor/fixed-bits';
import { type Estimate, meanOf, type SampleMetric } from './metric';
import { drawSubset, rowsOf } from './subsets';

/** Of the protocol: how many subsets, of how many images each. */
const subsets = 100;
const imagesInSubset = 1000;
/** Of products of a set with itself, of which half are wanted. */
const rowsAtOnce = 200;

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
    const second = drawTest(test, size, seed, i);
    values.push(await discrepancy(first, second, await withinTest(test, size, seed, i)));
  }
  const { mean, standardError } = meanOf(values);
  return { mean, standardError: standardError * Math.sqrt(values.length * (size / smaller)) };
}

const drawTest = (test: Features, size: number, seed: number, subset: number) =>
  drawSubset(test, size, seed, 'evaluate/kid/test', subset);

/** Samples and real images are held against the same subsets. */
const withinTest = oncePerSet((test: Features, size: number, seed: number, subset: number) =>
  within(drawTest(test, size, seed, subset)),
);

/** MMD²_u of sets of at least two images each. @param withinSecond the mean kernel within the second, where it is known */
export async function discrepancy(first: Features, second: Features, withinSecond?: number): Promise<number> {
  const own = (await within(first)) + (withinSecond ?? (await within(second)));
  return own - 2 * (await between(first, second));
}

/** The mean kernel of two different images of a set. */
async function within(set: Features): Promise<number> {
  const { count, featureCount } = set;
  // A kernel is that of the pair the other way about, to the last bit: each is found once, and added to both rows' sums,
  // which grow in the order of the columns.
  const [sums, own] = [new Float64Array(count), new Float64Array(count)];
  for (let first = 0; first < count; first += rowsAtOnce) {
    const values = await products(rowsOf(set, first, first + rowsAtOnce), rowsOf(set, first, count));
    const width = count - first;
    for (let row = first; row < Math.min(count, first + rowsAtOnce); row++) {
      const start = (row - first) * width - first;
      own[row] = kernel(values[start + row] as number, featureCount);
      let inRow = (sums[row] as number) + (own[row] as number);
      for (let column = row + 1; column < count; column++) {
        const value = kernel(values[start + column] as number, featureCount);
        inRow += value;
        (sums[column] as number) += value;
      }
      sums[row] = inRow;
    }
  }
  return sums.reduce((sum, inRow, row) => sum + (inRow - (own[row] as number)), 0) / (count * (count - 1));
}

/** The mean kernel of an image of each set. */
async function between(first: Features, second: Features): Promise<number> {
  const values = await products(first, second);
  let sum = 0;
  for (let row = 0, at = 0; row < first.count; row++) {
    let inRow = 0;
    for (let column = 0; column < second.count; column++)
      inRow += kernel(values[at++] as number, first.featureCount);
    sum += inRow;
  }
  return sum / (first.count * second.count);
}

function kernel(product: number, dimension: number): number {
  const base = product / dimension + 1;
  return base * base * base;
}

/** xᵀy: [first.count, second.count] */
async function products(first: Features, second: Features): Promise<Float32Array> {
  const matrix = ({ features, count, featureCount }: Features) =>
    tf.tensor2d(features, [count, featureCount]);
  const product = tf.tidy(() => tf.matMul(matrix(first), matrix(second), false, true));
  const values = await product.data<'float32'>();
  product.dispose();
  return values;
}
