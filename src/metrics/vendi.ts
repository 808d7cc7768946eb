// `vendi`: how many different images there are, without anything to hold them against.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Features } from '../stats/neighbours';
import { featureless } from './classified';
import type { Estimate, SampleMetric } from './metric';

/**
 * The Vendi score exp(−Σ λ ln λ), λ the eigenvalues of K / n with K_ij = cos(x_i, x_j): Friedman & Dieng 2023, definition
 * 3.1, arxiv.org/abs/2210.02410. An effective number of different images: 1 when all are alike, n when no two have
 * anything in common; real images have a figure of their own to read it by.
 * Protocol: features of all samples, scaled to length 1 (all-zero features have none and count for nothing); the
 * eigenvalues are those of the d × d matrix XᵀX / n, which are the same but for zeros. The standard error is the
 * infinitesimal jackknife: image x moves the entropy by −xᵀ ln(XᵀX / n) x.
 */
export const vendi: SampleMetric = {
  of: 'samples',
  readsFeatures: true,
  hasRealFloor: true,
  name: 'vendi',
  summary: 'effective number of different images',
  figures: [{ name: 'vendi', label: 'Vendi score' }],
  refusal: featureless,
  measure: async ({ samples }) => ({ vendi: vendiScore(samples) }),
};

export function vendiScore({ features, featureCount, count }: Features): Estimate {
  const rows = unitRows(features, featureCount, count);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    meanOuterProduct(rows, featureCount, count),
    { assumeSymmetric: true },
  );
  const logarithms = realEigenvalues.map((value) => (value > 0 ? Math.log(value) : 0));
  const entropy = -realEigenvalues.reduce(
    (sum, value, i) => sum + Math.max(0, value) * (logarithms[i] as number),
    0,
  );
  const influences = eigenvectorMatrix.clone().mulRowVector(logarithms).mmul(eigenvectorMatrix.transpose());
  const score = Math.exp(entropy);
  return { mean: score, standardError: score * Math.sqrt(influenceSpread(rows, count, influences) / count) };
}

function unitRows(features: Float32Array, width: number, count: number): Float64Array {
  const rows = Float64Array.from(features);
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) for (let j = 0; j < width; j++) row[j] = (row[j] as number) / length;
  }
  return rows;
}

/** XᵀX / n in float64. */
function meanOuterProduct(rows: Float64Array, width: number, count: number): Matrix {
  const sums = Array.from({ length: width }, () => new Float64Array(width));
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) {
      const value = rows[at + j] as number;
      if (value === 0) continue;
      const row = sums[j] as Float64Array;
      for (let k = 0; k <= j; k++) (row[k] as number) += value * (rows[at + k] as number);
    }
  }
  const matrix = new Matrix(width, width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (sums[j]?.[k] as number) / count;
      matrix.set(j, k, value).set(k, j, value);
    }
  }
  return matrix;
}

/** The variance over images of xᵀ M x. */
function influenceSpread(rows: Float64Array, count: number, matrix: Matrix): number {
  const width = matrix.rows;
  const lines = matrix.to2DArray();
  let [sum, squares] = [0, 0];
  for (let at = 0; at < rows.length; at += width) {
    let influence = 0;
    for (let j = 0; j < width; j++) {
      const line = lines[j] as number[];
      let mapped = 0;
      for (let k = 0; k < width; k++) mapped += (line[k] as number) * (rows[at + k] as number);
      influence += (rows[at + j] as number) * mapped;
    }
    sum += influence;
    squares += influence * influence;
  }
  return Math.max(0, squares - (sum * sum) / count) / Math.max(1, count - 1);
}
