// Distances between sets of points, a block of rows at a time: matrix products on the backend, the rest on the host.
import * as tf from '@tensorflow/tfjs-core';

/** What a network makes of images. */
export interface Features {
  readonly count: number;
  readonly featureCount: number;
  /** [count, featureCount], row by row */
  readonly features: Float32Array;
}

/** Points as the products want them: shifted to near the origin, where float32 loses least by cancellation. */
export interface Points {
  readonly count: number;
  readonly dimension: number;
  /** [count, dimension], row by row */
  readonly values: Float32Array | Uint8Array;
  /** [dimension], taken off every row before a product */
  readonly centre: Float32Array;
  /** Distances are multiplied by it. */
  readonly scale: number;
  /** [count], of the shifted rows, before the scale */
  readonly squaredNorms: Float64Array;
  /** Whether they are whole numbers of 8 bits: then products of `exactTerms` of them at a time are exact in float32. */
  readonly isWhole: boolean;
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
/** Of a squared distance, per |x|² + |y|²: 30 times what we see of float32 products in 1,000 dimensions. */
const relativeUncertainty = 4e-6;

/** Features, shifted by the `centre` that both sets of a comparison share: see `meanRow`. */
export function featurePoints({ features, count, featureCount }: Features, centre: Float32Array): Points {
  return points(features, count, featureCount, centre, 1, false);
}

/** A byte less 128 has 8 bits: the sum of so many products is at most 2^24. */
const exactTerms = 1024;

/** Pixels in [0, 1]. */
export function pixelPoints(pixels: Uint8Array, count: number): Points {
  const dimension = pixels.length / count;
  const centre = new Float32Array(dimension).fill(128);
  return points(pixels, count, dimension, centre, 1 / 255, true);
}

/** The first so many of some points. */
export function firstPoints(all: Points, count: number): Points {
  return {
    ...all,
    count,
    values: all.values.subarray(0, count * all.dimension),
    squaredNorms: all.squaredNorms.subarray(0, count),
  };
}

/** Column means of [count, dimension]. */
export function meanRow(values: Float32Array, count: number): Float32Array {
  const dimension = values.length / count;
  const sums = new Float64Array(dimension);
  for (let at = 0, i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) (sums[j] as number) += values[at++] as number;
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

function points(
  values: Float32Array | Uint8Array,
  count: number,
  dimension: number,
  centre: Float32Array,
  scale: number,
  isWhole: boolean,
): Points {
  const squaredNorms = new Float64Array(count);
  for (let at = 0, i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++)
      sum += Math.fround((values[at++] as number) - (centre[j] as number)) ** 2;
    squaredNorms[i] = sum;
  }
  return { count, dimension, values, centre, scale, squaredNorms, isWhole };
}

/** Calls `visit` with the distances of every query from all references, in order: |x|² + |y|² − 2x·y. */
export async function forEachRow(
  queries: Points,
  references: Points,
  visit: (row: DistanceRow) => void,
): Promise<void> {
  const rowsAtOnce = Math.max(1, Math.floor(blockSize / references.count));
  const largestNorm = references.squaredNorms.reduce((largest, norm) => Math.max(largest, norm), 0);
  const isExact = areExact(queries, references);
  const factor = queries.scale ** 2;
  const buffer = new Float64Array(Math.min(rowsAtOnce, queries.count) * references.count);
  for (let first = 0; first < queries.count; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, queries.count - first);
    await fillBlock(buffer, queries, first, rows, references);
    for (let i = 0; i < rows; i++) {
      const query = first + i;
      const squared = buffer.subarray(i * references.count, (i + 1) * references.count);
      const norms = (queries.squaredNorms[query] as number) + largestNorm;
      visit({ query, squared, uncertainty: isExact ? 0 : relativeUncertainty * norms * factor });
    }
  }
}

function areExact(queries: Points, references: Points): boolean {
  return queries.isWhole && references.isWhole;
}

/** Squared distances of `rows` queries from `first`, to `buffer`: [rows, references.count]. */
async function fillBlock(
  buffer: Float64Array,
  queries: Points,
  first: number,
  rows: number,
  references: Points,
): Promise<void> {
  const factor = queries.scale ** 2;
  await forEachTile(queries, first, rows, references, (start, columns, products) => {
    for (let at = 0, i = 0; i < rows; i++) {
      const norm = queries.squaredNorms[first + i] as number;
      const to = i * references.count + start;
      for (let j = 0; j < columns; j++) {
        const squared =
          norm + (references.squaredNorms[start + j] as number) - 2 * (products[at++] as number);
        buffer[to + j] = squared > 0 ? squared * factor : 0;
      }
    }
  });
}

/** Calls `visit` with the products of `rows` queries from `first` and of some references from `start`:
 *  [rows, columns], row by row. */
async function forEachTile(
  queries: Points,
  first: number,
  rows: number,
  references: Points,
  visit: (start: number, columns: number, products: Float32Array | Float64Array) => void,
): Promise<void> {
  const left = shiftedRows(queries, first, rows);
  for (let start = 0; start < references.count; start += referencesAtOnce) {
    const columns = Math.min(referencesAtOnce, references.count - start);
    const right = shiftedRows(references, start, columns);
    const terms = areExact(queries, references) ? exactTerms : queries.dimension;
    visit(start, columns, await productsOf(left, right, terms));
    right.dispose();
  }
  left.dispose();
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
function shiftedRows({ values, dimension, centre }: Points, first: number, rows: number): tf.Tensor2D {
  const shifted = new Float32Array(rows * dimension);
  for (let at = 0, from = first * dimension; at < shifted.length; ) {
    for (let j = 0; j < dimension; j++) shifted[at++] = (values[from++] as number) - (centre[j] as number);
  }
  return tf.tensor2d(shifted, [rows, dimension]);
}

/** In float64, from the points as they were given. */
export function exactSquaredDistance(
  queries: Points,
  query: number,
  references: Points,
  reference: number,
): number {
  const { dimension } = queries;
  let sum = 0;
  for (let j = 0, a = query * dimension, b = reference * dimension; j < dimension; j++, a++, b++) {
    sum += ((queries.values[a] as number) - (references.values[b] as number)) ** 2;
  }
  return sum * queries.scale ** 2;
}

/** [queries.count]: the squared distance of each from its nearest reference. */
export async function nearestSquared(queries: Points, references: Points): Promise<Float64Array> {
  return (await nearestOf(queries, references)).squared;
}

/** The same, and which references these are, the first of several. [queries.count] each */
export async function nearestOf(queries: Points, references: Points) {
  if (areExact(queries, references)) return nearestWhole(queries, references);
  const squared = new Float64Array(queries.count);
  const indices = new Uint32Array(queries.count);
  await forEachRow(queries, references, (row) => {
    const nearest = smallestOf(row, queries, references);
    const isNearest = (found: number, reference: number) =>
      found <= nearest + row.uncertainty &&
      exactSquaredDistance(queries, row.query, references, reference) <= nearest;
    squared[row.query] = nearest;
    indices[row.query] = row.squared.findIndex(isNearest);
  });
  return { squared, indices };
}

/** Of whole numbers, whose distances are exact: no row is kept. */
async function nearestWhole(queries: Points, references: Points) {
  const squared = new Float64Array(queries.count).fill(Number.POSITIVE_INFINITY);
  const indices = new Uint32Array(queries.count);
  const rowsAtOnce = blockSize / referencesAtOnce;
  for (let first = 0; first < queries.count; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, queries.count - first);
    await forEachTile(queries, first, rows, references, (start, columns, products) => {
      for (let at = 0, i = first; i < first + rows; i++) {
        let [least, which] = [squared[i] as number, indices[i] as number];
        const norm = queries.squaredNorms[i] as number;
        for (let j = start; j < start + columns; j++) {
          const distance = norm + (references.squaredNorms[j] as number) - 2 * (products[at++] as number);
          if (distance < least) [least, which] = [distance, j];
        }
        squared[i] = least;
        indices[i] = which;
      }
    });
  }
  const factor = queries.scale ** 2;
  return { squared: squared.map((value) => value * factor), indices };
}

function smallestOf(row: DistanceRow, queries: Points, references: Points): number {
  return kthSmallest(row, 1, (reference) => exactSquaredDistance(queries, row.query, references, reference));
}

/** [count]: the squared distance of each point from its k-th nearest other one; from the farthest when there are fewer. */
export async function neighbourSquared(set: Points, k: number): Promise<Float64Array> {
  const radii = new Float64Array(set.count);
  const neighbours = Math.min(k, set.count - 1);
  if (neighbours === 0) return radii;
  await forEachRow(set, set, (row) => {
    row.squared[row.query] = Number.POSITIVE_INFINITY;
    radii[row.query] = kthSmallest(row, neighbours, (other) =>
      exactSquaredDistance(set, row.query, set, other),
    );
  });
  return radii;
}

/** The k-th smallest of a row. Whatever may be among the k smallest is measured again, exactly. */
function kthSmallest(
  { squared, uncertainty }: DistanceRow,
  k: number,
  exact: (at: number) => number,
): number {
  const smallest = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let j = 0; j < squared.length; j++) insert(smallest, squared[j] as number);
  if (uncertainty === 0) return smallest[k - 1] as number;
  const bound = (smallest[k - 1] as number) + 2 * uncertainty;
  smallest.fill(Number.POSITIVE_INFINITY);
  for (let j = 0; j < squared.length; j++) {
    if ((squared[j] as number) > bound || squared[j] === Number.POSITIVE_INFINITY) continue;
    insert(smallest, exact(j));
    if (smallest[k - 1] === 0) break;
  }
  return smallest[k - 1] as number;
}

/** Keeps a sorted array of the smallest. */
function insert(smallest: Float64Array, value: number): void {
  let at = smallest.length - 1;
  if (value >= (smallest[at] as number)) return;
  for (; at > 0 && (smallest[at - 1] as number) > value; at--) smallest[at] = smallest[at - 1] as number;
  smallest[at] = value;
}
