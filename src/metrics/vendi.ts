// `vendi`: how many different images there are, without anything to hold them against.

import type { Matrix } from 'ml-matrix';
import { decompose, multiply, outerProducts } from '../stats/outer-products';
import type { Features } from '../stats/points';
import { type Estimate, meanOf, type SampleMetric } from './metric';

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
  reads: 'features',
  hasRealFloor: true,
  name: 'vendi',
  summary: 'effective number of different images',
  figures: [{ name: 'vendi', label: 'Vendi score' }],
  measure: async ({ samples }) => ({ vendi: vendiScore(samples) }),
};

export function vendiScore({ features, featureCount, count }: Features): Estimate {
  const rows = unitRows(features, featureCount, count);
  const { values, vectors } = decompose(outerProducts(rows, new Float64Array(featureCount), count));
  const logarithms = values.map((value) => (value > 0 ? Math.log(value) : 0));
  const entropy = -values.reduce((sum, value, i) => sum + Math.max(0, value) * (logarithms[i] as number), 0);
  const logarithm = multiply(vectors.clone().mulRowVector(logarithms), vectors.transpose());
  const score = Math.exp(entropy);
  return { mean: score, standardError: score * meanOf(quadraticForms(rows, logarithm)).standardError };
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

/** xᵀ M x of each row x. */
function quadraticForms(rows: Float64Array, matrix: Matrix): Float64Array {
  const width = matrix.rows;
  const lines = matrix.to2DArray();
  return Float64Array.from({ length: rows.length / width }, (_, i) => {
    let form = 0;
    for (let j = 0, at = i * width; j < width; j++) {
      const line = lines[j] as number[];
      let mapped = 0;
      for (let k = 0; k < width; k++) mapped += (line[k] as number) * (rows[at + k] as number);
      form += (rows[at + j] as number) * mapped;
    }
    return form;
  });
}
