// `fid`: the Fréchet distance between the features of samples and of test images.

import { Matrix } from 'ml-matrix';
import { oncePerPair, oncePerSet } from '../stats/memo';
import {
  columnMeans,
  columnSums,
  type Decomposed,
  decompose,
  multiply,
  outerProducts,
} from '../stats/outer-products';
import type { Estimate, MeasuredImages, MeasuredStream, SampleMetric } from './metric';

/** Eigenvalues below this share of the largest are taken for zero where one divides by them. */
const negligible = 1e-12;

/**
 * FID = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½): Heusel et al. 2017, eq. 6, arxiv.org/abs/1706.08500; the 2-Wasserstein
 * distance between normal distributions (Dowson & Landau 1982), squared.
 * Departure: the features are those of a classifier of the data at hand, not of Inception, so that figures compare
 * only under the same features.
 * Protocol: features of the whole test split and of all samples; covariances divided by n − 1, sums in float64;
 * tr (Σ₁Σ₂)^½ = Σ √λ(Σ₁^½ Σ₂ Σ₁^½), which singular covariances leave sound. The figure falls as either set grows:
 * compare at equal counts. Its standard error is the infinitesimal jackknife over the images of both sets (Jaeckel
 * 1972; Efron & Tibshirani 1993, chapter 21): no resampling, which would add a bias.
 */
export const fid: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'fid',
  judgesSamples: true,
  summary: "Fréchet distance in a classifier's features",
  figures: [{ name: 'fid', label: 'FID', better: 'lower' }],
  measure: async ({ samples, test }) => ({ fid: frechetDistance(samples, test) }),
  measureAll: async ({ samples, test }) => ({ fid: frechetDistanceOfAll(samples, test) }),
};

export type Features = Pick<MeasuredImages, 'features' | 'featureCount' | 'count'>;

/** The distance alone, without its error. */
export function distanceBetween(p: Moments, q: Moments): number {
  return distanceOf(p, q, transport(p.covariance, q.covariance).traceOfRoot);
}

function distanceOf(p: Moments, q: Moments, traceOfRoot: number): number {
  const distance = p.mean.reduce((sum, mean, i) => sum + (mean - (q.mean[i] as number)) ** 2, 0);
  return Math.max(0, distance + p.covariance.trace() + q.covariance.trace() - 2 * traceOfRoot);
}

export interface Moments {
  /** [featureCount] */
  readonly mean: Float64Array;
  /** [featureCount, featureCount] */
  readonly covariance: Matrix;
}

export const frechetDistance = oncePerPair((samples: Features, test: Features): Estimate => {
  return distanceWithError(momentsOf(samples), [samples], test);
});

/** The same of samples that are not in memory together: two passes for their moments, a third for the error. */
function frechetDistanceOfAll(samples: MeasuredStream, test: Features): Estimate {
  return distanceWithError(momentsOfAll(samples), samples.blocks(), test);
}

/** @param p of all samples, which come once more @param samples in blocks */
function distanceWithError(p: Moments, samples: Iterable<Features>, test: Features): Estimate {
  const q = momentsOfTest(test);
  const { traceOfRoot, maps } = transport(p.covariance, q.covariance);
  const { there, back } = maps();
  const gap = p.mean.map((mean, i) => mean - (q.mean[i] as number));
  const opposite = gap.map((value) => -value);
  const variance =
    influenceVariance(samples, p.mean, gap, there) + influenceVariance([test], q.mean, opposite, back);
  return { mean: distanceOf(p, q, traceOfRoot), standardError: Math.sqrt(variance) };
}

/** Samples and real images are held against the same ones. */
const momentsOfTest = oncePerSet((test: Features) => momentsOf(test));

/** Mean and unbiased covariance, in float64. */
export function momentsOf({ features, featureCount, count }: Features): Moments {
  const mean = columnMeans(features, featureCount);
  return { mean, covariance: outerProducts(features, mean, Math.max(1, count - 1)) };
}

function momentsOfAll({ count, featureCount, blocks }: MeasuredStream): Moments {
  const sums = new Float64Array(featureCount);
  for (const { features } of blocks()) columnSums(features, featureCount, sums);
  const mean = sums.map((sum) => sum / count);
  const products = Matrix.zeros(featureCount, featureCount);
  for (const { features } of blocks()) products.add(outerProducts(features, mean, 1));
  return { mean, covariance: products.div(Math.max(1, count - 1)) };
}

/**
 * tr (Σ₁Σ₂)^½, and the matrices of the optimal transport between N(0, Σ₁) and N(0, Σ₂):
 * there = Σ₁^−½ M^½ Σ₁^−½ and back = Σ₁^½ M^−½ Σ₁^½ with M = Σ₁^½ Σ₂ Σ₁^½, pseudo-inverses where singular.
 * The distance's derivative by Σ₁ is I − there, that by Σ₂ is I − back.
 */
function transport(first: Matrix, second: Matrix) {
  const decomposed = decompose(first);
  const root = rootOf(decomposed);
  const middle = decompose(multiply(multiply(root, second), root));
  return {
    traceOfRoot: middle.values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0),
    maps: () => {
      const inverseRoot = inverseRootOf(decomposed);
      return {
        there: multiply(multiply(inverseRoot, rootOf(middle)), inverseRoot),
        back: multiply(multiply(root, inverseRootOf(middle)), root),
      };
    },
  };
}

/** M^½ of a positive semi-definite matrix. By square roots: powers have other last digits from one Node to another. */
function rootOf({ values, vectors }: Decomposed): Matrix {
  return rebuilt(
    vectors,
    values.map((value) => Math.sqrt(Math.max(0, value))),
  );
}

/** M^−½, of its pseudo-inverse where it is singular. */
function inverseRootOf({ values, vectors }: Decomposed): Matrix {
  const floor = negligible * Math.max(...values);
  return rebuilt(
    vectors,
    values.map((value) => (value > floor ? 1 / Math.sqrt(value) : 0)),
  );
}

function rebuilt(vectors: Matrix, values: number[]): Matrix {
  return multiply(vectors.clone().mulRowVector(values), vectors.transpose());
}

/** Variance of the distance that the choice of one set brings. An image x has the influence
 *  2 gap·(x − μ) + (x − μ)ᵀ(I − map)(x − μ), less its mean. @param blocks the set @param map symmetric */
function influenceVariance(
  blocks: Iterable<Features>,
  mean: Float64Array,
  gap: Float64Array,
  map: Matrix,
): number {
  const flat = Float64Array.from(map.to1DArray());
  const total = { count: 0, sum: 0, squares: 0 };
  for (const block of blocks) addInfluences(total, block, mean, gap, flat);
  const { count, sum, squares } = total;
  const spread = Math.max(0, squares - (sum * sum) / count) / Math.max(1, count - 1);
  return spread / count;
}

function addInfluences(
  total: { count: number; sum: number; squares: number },
  { features, featureCount, count }: Features,
  mean: Float64Array,
  gap: Float64Array,
  flat: Float64Array,
): void {
  const centred = new Float64Array(featureCount);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < featureCount; j++)
      centred[j] = (features[i * featureCount + j] as number) - (mean[j] as number);
    let influence = 0;
    for (let j = 0, at = 0; j < featureCount; j++, at = j * featureCount) {
      const value = centred[j] as number;
      let mapped = 0; // by the part of a row below the diagonal, which counts twice
      for (let k = 0; k < j; k++) mapped += (flat[at++] as number) * (centred[k] as number);
      const own = (flat[at] as number) * value;
      influence += value * (2 * (gap[j] as number) + value - own - 2 * mapped);
    }
    total.sum += influence;
    total.squares += influence * influence;
  }
  total.count += count;
}
