// The nearest of other points.
import { areExact, forEachTile, type Tile, uncertaintiesOf } from './distance-tiles';
import { exactSquaredDistance, type Points } from './points';
import { type Near, nearBySketch } from './sketch';

/** Which reference is nearest to each query, the first of several, and its squared distance. [queries.count] each */
export interface NearestRows {
  readonly squared: Float64Array;
  readonly indices: Uint32Array;
}

/** Measures few of them where both are pixels of a known shape: see `nearBySketch`. */
export async function nearestOf(queries: Points, references: Points): Promise<NearestRows> {
  const squared = new Float64Array(queries.count);
  const indices = new Uint32Array(queries.count);
  const take = (query: number, near: Near) => {
    let least = Number.POSITIVE_INFINITY;
    for (const [i, distance] of near.squared.entries())
      if (distance < least) [least, indices[query]] = [distance, near.indices[i] as number];
    squared[query] = least;
  };
  if (areExact(queries, references)) {
    const near = await nearBySketch(queries, references, 0);
    if (!near) return nearestWhole(queries, references);
    for (const [query, list] of near.entries()) take(query, list);
  } else await forEachShortlist(queries, references, 1, take);
  return { squared, indices };
}

/** Of whole numbers, whose distances are exact. */
async function nearestWhole(queries: Points, references: Points): Promise<NearestRows> {
  const squared = new Float64Array(queries.count).fill(Number.POSITIVE_INFINITY);
  const indices = new Uint32Array(queries.count);
  await forEachTile(queries, references, ({ first, rows, start, columns, products }) => {
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
  const factor = queries.scale ** 2;
  return { squared: squared.map((value) => value * factor), indices };
}

/** [count]: the squared distance of each point from its k-th nearest other one; from the farthest when there are fewer. */
export async function neighbourSquared(set: Points, k: number): Promise<Float64Array> {
  const radii = new Float64Array(set.count);
  const neighbours = Math.min(k, set.count - 1);
  if (neighbours === 0) return radii;
  const isOther = (query: number, other: number) => query !== other;
  const take = (query: number, { squared }: Near) => {
    radii[query] = squared.toSorted((a, b) => a - b)[neighbours - 1] as number;
  };
  await forEachShortlist(set, set, neighbours, take, isOther);
  return radii;
}

/** Calls `visit` with whatever may be among the k nearest of each query. What float32 leaves open is measured again, exactly.
 *  @param isMeant whether a reference counts for a query */
async function forEachShortlist(
  queries: Points,
  references: Points,
  k: number,
  visit: (query: number, near: Near) => void,
  isMeant: (query: number, reference: number) => boolean = () => true,
): Promise<void> {
  const uncertainties = uncertaintiesOf(queries, references);
  let lists: Candidates[] = [];
  await forEachTile(queries, references, (tile) => {
    const { first, rows, start } = tile;
    if (start === 0)
      lists = Array.from(
        { length: rows },
        (_, i) => new Candidates(k, 2 * (uncertainties[first + i] as number)),
      );
    for (let i = 0; i < rows; i++) offerRow(lists[i] as Candidates, queries, references, tile, i, isMeant);
    for (let i = 0; tile.isLast && i < rows; i++)
      visit(first + i, measured(lists[i] as Candidates, queries, first + i, references));
  });
}

function offerRow(
  candidates: Candidates,
  { squaredNorms }: Points,
  references: Points,
  { first, start, columns, products }: Tile,
  row: number,
  isMeant: (query: number, reference: number) => boolean,
): void {
  const query = first + row;
  const norm = squaredNorms[query] as number;
  let { limit } = candidates;
  for (let j = start, at = row * columns; j < start + columns; j++) {
    const squared = norm + (references.squaredNorms[j] as number) - 2 * (products[at++] as number);
    if (!(squared > limit) && isMeant(query, j)) limit = candidates.add(j, squared > 0 ? squared : 0);
  }
}

function measured(candidates: Candidates, queries: Points, query: number, references: Points): Near {
  const [indices, squared]: [number[], number[]] = [[], []];
  let zeros = 0;
  for (const [i, index] of candidates.indices.entries()) {
    const about = candidates.squared[i] as number;
    if (about > candidates.limit) continue;
    const exact = candidates.areExact
      ? about * queries.scale ** 2
      : exactSquaredDistance(queries, query, references, index);
    indices.push(index);
    squared.push(exact);
    if (exact === 0) zeros++;
    // Nothing is nearer than nothing: of many equal images there would be many to measure.
    if (zeros === candidates.k) break;
  }
  return { indices, squared };
}

/** What may be among the k nearest, by distances that may be off. */
class Candidates {
  readonly indices: number[] = [];
  readonly squared: number[] = [];
  /** Beyond it nothing is. */
  limit = Number.POSITIVE_INFINITY;
  readonly #smallest: Float64Array;

  /** @param doubt of two distances together; 0 when they are exact */
  constructor(
    readonly k: number,
    private readonly doubt: number,
  ) {
    this.#smallest = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  }

  get areExact(): boolean {
    return this.doubt === 0;
  }

  /** @returns the new limit */
  add(index: number, squared: number): number {
    this.indices.push(index);
    this.squared.push(squared);
    insert(this.#smallest, squared);
    this.limit = (this.#smallest[this.k - 1] as number) + this.doubt;
    return this.limit;
  }
}

/** Keeps a sorted array of the smallest. */
function insert(smallest: Float64Array, value: number): void {
  let at = smallest.length - 1;
  if (value >= (smallest[at] as number)) return;
  for (; at > 0 && (smallest[at - 1] as number) > value; at--) smallest[at] = smallest[at - 1] as number;
  smallest[at] = value;
}
