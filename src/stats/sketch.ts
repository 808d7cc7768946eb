// Sketches of images: their low frequencies, which tell of most pairs of images that they are far apart.
import * as tf from '@tensorflow/tfjs-core';
import { forEachTile, relativeUncertainty, shiftedRows, type Tile, uncertaintiesOf } from './distance-tiles';
import { oncePerSet } from './memo';
import type { Points, Shape } from './points';

/** Of the frequencies along a side, the lowest: then one pair of MNIST's digits in 1,000 is left to measure; with a third of
 *  them it would be one in 130, and that takes longer than the products. */
const keptShare = 1 / 2;
/** Where more pairs than one in so many must be measured, products of whole images are as fast. */
const pairsForMeasured = 32;
/** Pairs that count beforehand: the first images may be unlike the rest. */
const headStart = 2 ** 19;
const rowsAtOnce = 4096;

/** References that are near to a query. */
export interface Near {
  /** Exact, in the order of the references. */
  readonly squared: readonly number[];
  readonly indices: readonly number[];
}

/**
 * All references to each query whose squared distance is at most that of the nearest and `beyond`. With P the projection
 * on low frequencies and r_x = |x − Px|, |x − y|² ≥ |x|² + |y|² − 2 (Px·Py + r_x r_y): the product of sketches, Px beside
 * r_x, says of most that they are farther; the others are measured.
 * @param queries pixels, as the references are
 * @returns undefined, soon, where images are few or sketches tell too little of them
 */
export async function nearBySketch(
  queries: Points,
  references: Points,
  beyond: number,
): Promise<readonly Near[] | undefined> {
  if (!queries.shape || !references.shape || !isWorthSketches(queries.count, references)) return undefined;
  const pixels = queries.values as Uint8Array;
  const factor = queries.scale ** 2;
  const [left, right] = [await sketchesOf(queries), await sketchesOf(references)];
  const doubts = uncertaintiesOf(left, right);
  const searches = Array.from({ length: queries.count }, (_, query) => {
    const offset = (left.squaredNorms[query] as number) - (doubts[query] as number);
    const own = pixels.subarray(query * queries.dimension, (query + 1) * queries.dimension);
    return new Search(own, references.values as Uint8Array, offset, beyond / factor);
  });
  let [pairs, measured] = [headStart, 0];
  const pays = (tile: Tile) => {
    for (let i = 0; i < tile.rows && measured <= pairs / pairsForMeasured; i++) {
      measured += (searches[tile.first + i] as Search).take(tile, i, right.squaredNorms);
      pairs += tile.columns;
    }
    return measured <= pairs / pairsForMeasured;
  };
  return (await forEachTile(left, right, pays)) ? searches.map((search) => search.found(factor)) : undefined;
}

/** Whether making sketches costs less than a quarter of the products of whole images. */
function isWorthSketches(queries: number, { count, shape, dimension }: Points): boolean {
  const { height, width, channels } = shape as Shape;
  const kept = keptOf(height) * keptOf(width) * channels;
  return kept < dimension && 4 * kept * (queries + count) < queries * count;
}

const keptOf = (side: number) => Math.ceil(side * keptShare);

/** What is near to one query, of the references that it was shown so far. */
class Search {
  #nearest = Number.POSITIVE_INFINITY;
  readonly #squared: number[] = [];
  readonly #indices: number[] = [];

  /** @param own its pixels
   *  @param others those of all references
   *  @param offset with a reference's squared norm and less twice the product of sketches, no more than the distance */
  constructor(
    private readonly own: Uint8Array,
    private readonly others: Uint8Array,
    private readonly offset: number,
    private readonly beyond: number,
  ) {}

  /** @returns how many were measured */
  take({ start, columns, products }: Tile, row: number, norms: Float64Array): number {
    const from = row * columns;
    if (start === 0) {
      // The one that looks nearest first: then the others have a limit.
      let [least, likeliest] = [Number.POSITIVE_INFINITY, 0];
      for (let j = 0; j < columns; j++) {
        const bound = (norms[j] as number) - 2 * (products[from + j] as number);
        if (bound < least) [least, likeliest] = [bound, j];
      }
      this.#nearest = this.#measure(likeliest);
    }
    let [limit, measured] = [this.#limit(), 1];
    for (let j = 0; j < columns; j++) {
      if ((norms[start + j] as number) - 2 * (products[from + j] as number) > limit) continue;
      limit = this.#add(start + j);
      measured++;
    }
    return measured;
  }

  #add(reference: number): number {
    const squared = this.#measure(reference);
    if (squared <= this.#nearest + this.beyond) {
      this.#squared.push(squared);
      this.#indices.push(reference);
      this.#nearest = Math.min(this.#nearest, squared);
    }
    return this.#limit();
  }

  #limit(): number {
    return this.#nearest + this.beyond - this.offset;
  }

  #measure(reference: number): number {
    const farthest = this.#nearest + this.beyond;
    return squaredUpTo(farthest, this.own, this.others, reference * this.own.length);
  }

  /** @param factor of the scale */
  found(factor: number): Near {
    const near = this.#squared.flatMap((squared, i) => (squared <= this.#nearest + this.beyond ? [i] : []));
    return {
      squared: near.map((i) => (this.#squared[i] as number) * factor),
      indices: near.map((i) => this.#indices[i] as number),
    };
  }
}

/** Terms between two looks at whether it is enough. */
const termsAtOnce = 128;

/** A squared distance of bytes; more than `limit` where it is more. */
function squaredUpTo(limit: number, left: Uint8Array, right: Uint8Array, start: number): number {
  let sum = 0;
  for (let from = 0; from < left.length && sum <= limit; from += termsAtOnce) {
    const end = Math.min(left.length, from + termsAtOnce);
    let some = 0; // at most 2^23
    for (let at = from, other = start + from; at < end; at++, other++) {
      const gap = (left[at] as number) - (right[other] as number);
      some += gap * gap;
    }
    sum += some;
  }
  return sum;
}

/** [count, frequencies + 1]: coefficients of low frequencies, and the length of what is left. Their squared norms are those
 *  of the images. */
const sketchesOf = oncePerSet(async (images: Points): Promise<Points> => {
  const basis = lowFrequencies(images.shape as Shape);
  const kept = basis.shape[1];
  const dimension = kept + 1;
  const values = new Float32Array(images.count * dimension);
  for (let first = 0; first < images.count; first += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, images.count - first);
    const projected = tf.tidy(() => tf.matMul(shiftedRows(images, first, rows), basis));
    const coefficients = await projected.data<'float32'>();
    projected.dispose();
    for (let i = 0; i < rows; i++) {
      const own = coefficients.subarray(i * kept, (i + 1) * kept);
      const norm = images.squaredNorms[first + i] as number;
      const left = norm - own.reduce((sum, value) => sum + value * value, 0);
      values.set(own, (first + i) * dimension);
      // Never too short, by rounding: then what it bounds is never too far.
      values[(first + i) * dimension + kept] = Math.sqrt(Math.max(0, left) + relativeUncertainty * norm);
    }
  }
  basis.dispose();
  return {
    ...images,
    values,
    dimension,
    centre: new Float32Array(dimension),
    isWhole: false,
    shape: undefined,
  };
});

/** Orthonormal columns, of cosines along both sides of each channel: [height · width · channels, frequencies] */
function lowFrequencies({ height, width, channels }: Shape): tf.Tensor2D {
  const [down, across] = [cosines(height), cosines(width)];
  const kept = down.length * across.length * channels;
  const basis = new Float32Array(height * width * channels * kept);
  for (let at = 0, y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < channels; channel++)
        for (const vertical of down)
          for (const horizontal of across)
            for (let other = 0; other < channels; other++)
              basis[at++] = other === channel ? (vertical[y] as number) * (horizontal[x] as number) : 0;
  return tf.tensor2d(basis, [height * width * channels, kept]);
}

/** Of the discrete cosine transform, type 2: the lowest frequencies of so many points, each of length 1. */
function cosines(points: number): Float64Array[] {
  return Array.from({ length: keptOf(points) }, (_, frequency) =>
    Float64Array.from(
      { length: points },
      (_, i) =>
        Math.sqrt((frequency === 0 ? 1 : 2) / points) * Math.cos((Math.PI * (i + 0.5) * frequency) / points),
    ),
  );
}
