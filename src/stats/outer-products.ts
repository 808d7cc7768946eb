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

/** Rows that are added to a sum at once. */
const rowsAtOnce = 4;

/** Σ (x − mean)(x − mean)ᵀ / divisor over rows x: a symmetric [width, width]. @param rows [count, width], row by row */
export function outerProducts(rows: Rows, mean: Float64Array, divisor: number): Matrix {
  const width = mean.length;
  const sums = new Float64Array(width * width);
  const [a, b, c, d] = Array.from({ length: rowsAtOnce }, () => new Float64Array(width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const centre = (row: Float64Array, at: number) => {
    // A last group that is not full is filled up with nothing.
    for (let j = 0; j < width; j++)
      row[j] = at < rows.length ? (rows[at + j] as number) - (mean[j] as number) : 0;
  };
  for (let at = 0; at < rows.length; at += rowsAtOnce * width) {
    [a, b, c, d].forEach((row, i) => {
      centre(row, at + i * width);
    });
    for (let j = 0; j < width; j++) {
      const [p, q, r, s] = [a[j], b[j], c[j], d[j]] as [number, number, number, number];
      for (let k = 0, to = j * width; k <= j; k++, to++) {
        const more =
          p * (a[k] as number) + q * (b[k] as number) + r * (c[k] as number) + s * (d[k] as number);
        (sums[to] as number) += more;
      }
    }
  }
  const products = new Matrix(width, width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (sums[j * width + k] as number) / divisor;
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
