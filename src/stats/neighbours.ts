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
  /** Whether float32 holds every product of two rows exactly. */
  readonly exactProducts: boolean;
}

/** Distances of one point from all of another set. */
export interface DistanceRow {
  readonly query: number;
  /** [references.count]; overwritten by the next row */
  readonly squared: Float64Array;
  /** How far a value may be from the true one; 0 when all are exact. */
  readonly uncertainty: number;
}

/** Numbers in a block of rows: 128 MB in float64. */
const blockSize = 2 ** 24;
/** References in one product: with 1,000 numbers each, 16 MB. */
const referencesAtOnce = 4096;
/** Of a squared distance, per |x|² + |y|²: 30 times what we see of float32 products in 1,000 dimensions. */
const relativeUncertainty = 4e-6;

/** Features, shifted by the `centre` that both sets of a comparison share: see `meanRow`. */
export function featurePoints({ features, count, featureCount }: Features, centre: Float32Array): Points {
  return points(features, count, featureCount, centre, 1, false);
}

/** Pixels in [0, 1]. A byte less 128 has 8 bits: up to 1,024 pixels every sum of products is below 2^24, and exact. */
export function pixelPoints(pixels: Uint8Array, count: number): Points {
  const dimension = pixels.length / count;
  const centre = new Float32Array(dimension).fill(128);
  return points(pixels, count, dimension, centre, 1 / 255, dimension <= 1024);
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
  exactProducts: boolean,
): Points {
  const squaredNorms = new Float64Array(count);
  for (let at = 0, i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++)
      sum += Math.fround((values[at++] as number) - (centre[j] as number)) ** 2;
    squaredNorms[i] = sum;
  }
  return { count, dimension, values, centre, scale, squaredNorms, exactProducts };
}

/** Calls `visit` with the distances of every query from all references, in order: |x|² + |y|² − 2x·y. */
export async function forEachRow(
  queries: Points,
  references: Points,
  visit: (row: DistanceRow) => void,
): Promise<void> {
  const rowsAtOnce = Math.max(1, Math.floor(blockSize / references.count));
  const largestNorm = references.squaredNorms.reduce((largest, norm) => Math.max(largest, norm), 0);
  const isExact = queries.exactProducts && references.exactProducts;
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

/** Squared distances of `rows` queries from `first`, to `buffer`: [rows, references.count]. */
async function fillBlock(
  buffer: Float64Array,
  queries: Points,
  first: number,
  rows: number,
  references: Points,
): Promise<void> {
  const left = shiftedRows(queries, first, rows);
  const factor = queries.scale ** 2;
  for (let start = 0; start < references.count; start += referencesAtOnce) {
    const columns = Math.min(referencesAtOnce, references.count - start);
    const product = tf.tidy(() => tf.matMul(left, shiftedRows(references, start, columns), false, true));
    const products = await product.data(); // [rows, columns]
    product.dispose();
    for (let at = 0, i = 0; i < rows; i++) {
      const norm = queries.squaredNorms[first + i] as number;
      const to = i * references.count + start;
      for (let j = 0; j < columns; j++) {
        const squared =
          norm + (references.squaredNorms[start + j] as number) - 2 * (products[at++] as number);
        buffer[to + j] = squared > 0 ? squared * factor : 0;
      }
    }
  }
  left.dispose();
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
  const nearest = new Float64Array(queries.count);
  await forEachRow(queries, references, (row) => {
    nearest[row.query] = smallestOf(row, queries, references);
  });
  return nearest;
}

/** The same, and which references these are, the first of several. [queries.count] each */
export async function nearestOf(queries: Points, references: Points) {
  const squared = new Float64Array(queries.count);
  const indices = new Uint32Array(queries.count);
  await forEachRow(queries, references, (row) => {
    const nearest = smallestOf(row, queries, references);
    const isNearest = (found: number, reference: number) =>
      row.uncertainty === 0
        ? found === nearest
        : found <= nearest + row.uncertainty &&
          exactSquaredDistance(queries, row.query, references, reference) <= nearest;
    squared[row.query] = nearest;
    indices[row.query] = row.squared.findIndex(isNearest);
  });
  return { squared, indices };
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
