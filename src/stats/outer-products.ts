// Means and outer products of rows of numbers, in float64, and what a symmetric matrix is made of.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

type Rows = Float32Array | Float64Array;

/** The mean of each column. @param rows [count, width], row by row */
export function columnMeans(rows: Rows, width: number): Float64Array {
  const means = new Float64Array(width);
  const count = rows.length / width;
  for (let at = 0; at < rows.length; at++) (means[at % width] as number) += rows[at] as number;
  for (let j = 0; j < width; j++) (means[j] as number) /= count;
  return means;
}

/** Σ (x − mean)(x − mean)ᵀ / divisor over rows x: a symmetric [width, width]. @param rows [count, width], row by row */
export function outerProducts(rows: Rows, mean: Float64Array, divisor: number): Matrix {
  const width = mean.length;
  const sums = Array.from({ length: width }, () => new Float64Array(width));
  const centred = new Float64Array(width);
  for (let at = 0; at < rows.length; at += width) {
    for (let j = 0; j < width; j++) centred[j] = (rows[at + j] as number) - (mean[j] as number);
    for (let j = 0; j < width; j++) {
      const value = centred[j] as number;
      if (value === 0) continue;
      const row = sums[j] as Float64Array;
      for (let k = 0; k <= j; k++) (row[k] as number) += value * (centred[k] as number);
    }
  }
  const products = new Matrix(width, width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (sums[j]?.[k] as number) / divisor;
      products.set(j, k, value).set(k, j, value);
    }
  }
  return products;
}

export interface Decomposed {
  readonly values: readonly number[];
  /** One a column. */
  readonly vectors: Matrix;
}

/** The eigenvalues and eigenvectors of a symmetric matrix. */
export function decompose(symmetric: Matrix): Decomposed {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}
