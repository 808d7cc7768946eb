// Means and outer products of rows of numbers, in float64, and what a symmetric matrix is made of.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

type Rows = Float32Array | Float64Array;

/** The mean of each column. @param rows [count, width], row by row */
export function columnMeans(rows: Rows, width: number): Float64Array {
  const count = rows.length / width;
  return columnSums(rows, width).map((sum) => sum / count);
}

/** The sum of each column, added to those of earlier rows. @param rows [count, width], row by row */
export function columnSums(rows: Rows, width: number, sums = new Float64Array(width)): Float64Array {
  for (let at = 0; at < rows.length; at++) (sums[at % width] as number) += rows[at] as number;
  return sums;
}

/** Rows that are held by columns at once, and how many columns' products are summed side by side, in registers. */
const rowsAtOnce = 128;
const [down, across] = [4, 2];

/** Σ (x − mean)(x − mean)ᵀ / divisor over rows x: a symmetric [width, width]. @param rows [count, width], row by row */
export function outerProducts(rows: Rows, mean: Float64Array, divisor: number): Matrix {
  const width = mean.length;
  const padded = Math.ceil(width / down) * down;
  const sums = new Float64Array(padded * padded);
  const columns = new Float64Array(padded * rowsAtOnce);
  const count = rows.length / width;
  for (let first = 0; first < count; first += rowsAtOnce) {
    const filled = Math.min(rowsAtOnce, count - first);
    if (filled < rowsAtOnce) columns.fill(0);
    for (let i = 0, at = first * width; i < filled; i++)
      for (let j = 0; j < width; j++)
        columns[j * rowsAtOnce + i] = (rows[at++] as number) - (mean[j] as number);
    for (let j = 0; j < padded; j += down)
      for (let k = 0; k < j + down; k += across) addProducts(sums, padded, columns, j, k);
  }
  const products = new Matrix(width, width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (sums[j * padded + k] as number) / divisor;
      products.set(j, k, value).set(k, j, value);
    }
  }
  return products;
}

/** Adds the products of columns j … j + 3 and k, k + 1. */
function addProducts(sums: Float64Array, width: number, columns: Float64Array, j: number, k: number): void {
  // Plain variables: destructuring an array here costs as much as the products.
  let a0 = 0;
  let a1 = 0;
  let b0 = 0;
  let b1 = 0;
  let c0 = 0;
  let c1 = 0;
  let d0 = 0;
  let d1 = 0;
  const a = j * rowsAtOnce;
  const p = k * rowsAtOnce;
  for (let i = 0; i < rowsAtOnce; i++) {
    const x = columns[p + i] as number;
    const y = columns[p + rowsAtOnce + i] as number;
    const first = columns[a + i] as number;
    const second = columns[a + rowsAtOnce + i] as number;
    const third = columns[a + 2 * rowsAtOnce + i] as number;
    const fourth = columns[a + 3 * rowsAtOnce + i] as number;
    a0 += first * x;
    a1 += first * y;
    b0 += second * x;
    b1 += second * y;
    c0 += third * x;
    c1 += third * y;
    d0 += fourth * x;
    d1 += fourth * y;
  }
  const at = j * width + k;
  const add = (to: number, value: number) => {
    sums[to] = (sums[to] as number) + value;
  };
  add(at, a0);
  add(at + 1, a1);
  add(at + width, b0);
  add(at + width + 1, b1);
  add(at + 2 * width, c0);
  add(at + 2 * width + 1, c1);
  add(at + 3 * width, d0);
  add(at + 3 * width + 1, d1);
}

/** The product of two square matrices: `mmul` of the library, to the last bit, in a third of its time. */
export function multiply(left: Matrix, right: Matrix): Matrix {
  const width = left.rows;
  const rows = Float64Array.from(left.to1DArray());
  const columns = Float64Array.from(right.transpose().to1DArray());
  const product = new Matrix(width, width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = 0, a = i * width, b = j * width; k < width; k++)
        sum += (rows[a++] as number) * (columns[b++] as number);
      product.set(i, j, sum);
    }
  }
  return product;
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
