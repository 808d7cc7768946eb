// Products of sets of points, a tile at a time on the backend, and the distances that they give.
import * as tf from '@tensorflow/tfjs-core';
import type { Points } from './points';

/** Products of some queries with some references. */
export interface Tile {
  /** The first query, and how many. */
  readonly first: number;
  readonly rows: number;
  /** The first reference, and how many. */
  readonly start: number;
  readonly columns: number;
  /** [rows, columns], of the shifted rows */
  readonly products: Float32Array | Float64Array;
  /** Whether it is the last of these queries. */
  readonly isLast: boolean;
}

/** Distances of one point from all of another set. */
export interface DistanceRow {
  readonly query: number;
  /** [references.count]; overwritten by the next row */
  readonly squared: Float64Array;
  /** How far a value may be from the true one; 0 when all are exact. */
  readonly uncertainty: number;
}

/** Numbers in a block of rows: 64 MB in float64. */
const blockSize = 2 ** 23;
/** References in one product: with 1,000 numbers each, 16 MB. */
const referencesAtOnce = 4096;
/** A byte less 128 has 8 bits: the sum of so many products is at most 2^24. */
const exactTerms = 1024;
/** Of a squared distance, per |x|² + |y|²: 30 times what we see of float32 products in 1,000 dimensions. */
export const relativeUncertainty = 4e-6;

export function areExact(queries: Points, references: Points): boolean {
  return queries.isWhole && references.isWhole;
}

/** How far |x|² + |y|² − 2x·y of each query and any reference may be from the truth, before the scale. [queries.count] */
export function uncertaintiesOf(queries: Points, references: Points): Float64Array {
  if (areExact(queries, references)) return new Float64Array(queries.count);
  const largest = references.squaredNorms.reduce((most, norm) => Math.max(most, norm), 0);
  return queries.squaredNorms.map((norm) => relativeUncertainty * (norm + largest));
}

/** Calls `visit` with all products, of some queries with all references in order, then of the next queries, until it
 *  returns false. @returns whether it did for all */
export async function forEachTile(
  queries: Points,
  references: Points,
  visit: (tile: Tile) => unknown,
  rowsAtOnce = blockSize / referencesAtOnce,
): Promise<boolean> {
  const terms = areExact(queries, references) ? exactTerms : queries.dimension;
  for (let first = 0; first < queries.count; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, queries.count - first);
    const left = shiftedRows(queries, first, rows);
    for (let start = 0; start < references.count; start += referencesAtOnce) {
      const columns = Math.min(referencesAtOnce, references.count - start);
      const right = shiftedRows(references, start, columns);
      const products = await productsOf(left, right, terms);
      right.dispose();
      const isLast = start + columns === references.count;
      if (visit({ first, rows, start, columns, products, isLast }) !== false) continue;
      left.dispose();
      return false;
    }
    left.dispose();
  }
  return true;
}

/** Calls `visit` with the distances of every query from all references, in order: |x|² + |y|² − 2x·y. */
export async function forEachRow(
  queries: Points,
  references: Points,
  visit: (row: DistanceRow) => void,
): Promise<void> {
  const { count } = references;
  const rowsAtOnce = Math.max(1, Math.floor(blockSize / count));
  const factor = queries.scale ** 2;
  const uncertainties = uncertaintiesOf(queries, references);
  const block = new Float64Array(Math.min(rowsAtOnce, queries.count) * count);
  const take = (tile: Tile) => {
    fillBlock(block, queries, references, tile);
    for (let i = 0; tile.isLast && i < tile.rows; i++) {
      const query = tile.first + i;
      const squared = block.subarray(i * count, (i + 1) * count);
      visit({ query, squared, uncertainty: (uncertainties[query] as number) * factor });
    }
  };
  await forEachTile(queries, references, take, rowsAtOnce);
}

/** Squared distances of a tile, to `block`: [rows, references.count]. */
function fillBlock(block: Float64Array, queries: Points, references: Points, tile: Tile): void {
  const { first, rows, start, columns, products } = tile;
  const factor = queries.scale ** 2;
  for (let at = 0, i = 0; i < rows; i++) {
    const norm = queries.squaredNorms[first + i] as number;
    const to = i * references.count + start;
    for (let j = 0; j < columns; j++) {
      const squared = norm + (references.squaredNorms[start + j] as number) - 2 * (products[at++] as number);
      block[to + j] = squared > 0 ? squared * factor : 0;
    }
  }
}

/** Sums of products of rows; more than `terms` of them are added up in float64. */
async function productsOf(left: tf.Tensor2D, right: tf.Tensor2D, terms: number) {
  const dimension = left.shape[1];
  if (dimension <= terms) return dataOf(tf.matMul(left, right, false, true));
  const sums = new Float64Array(left.shape[0] * right.shape[0]);
  for (let from = 0; from < dimension; from += terms) {
    const part = (rows: tf.Tensor2D) => tf.slice(rows, [0, from], [-1, Math.min(terms, dimension - from)]);
    const products = await dataOf(tf.tidy(() => tf.matMul(part(left), part(right), false, true)));
    for (let at = 0; at < sums.length; at++) (sums[at] as number) += products[at] as number;
  }
  return sums;
}

async function dataOf(product: tf.Tensor2D): Promise<Float32Array> {
  const values = await product.data<'float32'>();
  product.dispose();
  return values;
}

/** [rows, dimension]; the caller disposes it */
export function shiftedRows({ values, dimension, centre }: Points, first: number, rows: number): tf.Tensor2D {
  const shifted = new Float32Array(values.subarray(first * dimension, (first + rows) * dimension));
  for (let at = 0; at < shifted.length; )
    for (let j = 0; j < dimension; j++, at++) shifted[at] = (shifted[at] as number) - (centre[j] as number);
  return tf.tensor2d(shifted, [rows, dimension]);
}
