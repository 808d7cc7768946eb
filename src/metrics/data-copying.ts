// `data-copying`: whether samples lie nearer to training images than unseen images do, region by region.
import { blocksOf, imageBytes } from '../dataset/blocks';
import type { AnySet, ImageSet } from '../dataset/image-set';
import { nearestImages, pointsOf } from '../dataset/nearest';
import { pickImages } from '../dataset/split';
import { permutation, randomStream } from '../rng';
import { nearestOf } from '../stats/neighbours';
import { untrained } from './classified';
import type { Estimate, MeasuredImages, SampleMetric } from './metric';
import { drawImages } from './subsets';

const imagesAtMost = 2000;
const cellCount = 10;
const iterations = 10;
/** So many training images are enough to find where the centres are. */
const imagesForCentres = 10_000;
/** A cell with fewer samples tells nothing; with so many a rank sum is normal: the paper's τ, section 4. */
const samplesInCell = 20;
/** With fewer images of either kind for each cell there is one cell. */
const imagesForCell = 40;

/**
 * C_T: with d(x) the distance of x from the nearest training image of its cell, Z of a cell is the z-score of
 * U = #{(q, p): d(q) > d(p)} over samples q and test images p in it (Mann & Whitney 1947), and C_T the mean of Z over
 * cells, weighted by their share of test images. Far below 0 (−3 is rare by chance) samples lie nearer than unseen
 * images: they are copies; far above 0 they lie farther: the model has not learnt the data. Meehan et al. 2020, section
 * 3, arxiv.org/abs/2004.05675, and the authors' code, continuity correction included.
 * Protocol: Euclidean distance in pixels; 2,000 samples and 2,000 test images of the streams (seed,
 * "evaluate/data-copying/samples" and "evaluate/data-copying/test"), all training images. Ten cells by ten rounds of
 * k-means over the first 10,000 training images in the order of the stream (seed, "evaluate/data-copying/cells"), from the first ten of them, centres rounded to
 * bytes, so that every distance is exact; one cell of fewer than 400 samples or test images. Cells with fewer than 20 samples are left out. The
 * standard error is what chance brings where nothing is copied: √Σw² over the weights.
 */
export const dataCopying: SampleMetric = {
  of: 'samples',
  reads: 'pixels',
  hasRealFloor: false, // Training images are copies of themselves.
  name: 'data-copying',
  summary: 'C_T: whether samples lie nearer to training images than unseen images do',
  figures: [{ name: 'cT', label: 'C_T' }],
  refusal: untrained,
  measure: async ({ samples, test, train, seed }) => ({ cT: await copyingScore(samples, test, train, seed) }),
};

export async function copyingScore(
  samples: MeasuredImages,
  test: MeasuredImages,
  train: AnySet,
  seed: number,
): Promise<Estimate> {
  const draw = (images: MeasuredImages, name: string) =>
    drawImages(images, imagesAtMost, seed, `evaluate/data-copying/${name}`);
  const sets = [draw(samples, 'samples'), draw(test, 'test'), train] as const;
  const fewest = Math.min(sets[0].count, sets[1].count);
  const cells = fewest < cellCount * imagesForCell ? 1 : cellCount;
  const centres = await findCentres(train, Math.min(cells, train.count), seed);
  const members = await Promise.all(sets.map(async (set) => cellsOf(set, centres)));
  return scoreOfCells(sets, members as [Uint32Array, Uint32Array, Uint32Array], centres.count);
}

type Three<T, U = T> = readonly [samples: T, test: T, train: U];

/** @param members the cell of each image */
export async function scoreOfCells(
  [samples, test, train]: Three<ImageSet, AnySet>,
  members: Three<Uint32Array>,
  cells: number,
): Promise<Estimate> {
  const found: { readonly z: number; readonly weight: number }[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const drawn = pickImages(samples, placesOf(cell, members[0]));
    const unseen = pickImages(test, placesOf(cell, members[1]));
    const isTold = cells === 1 || drawn.count > samplesInCell;
    if (!isTold || unseen.count === 0 || !members[2].includes(cell)) continue;
    const distances = await nearestImages([drawn, unseen], train, ({ first, images }) =>
      placesOf(cell, members[2].subarray(first, first + images.count)),
    );
    const [ofDrawn, ofUnseen] = distances.map(({ squared }) => squared) as [Float64Array, Float64Array];
    found.push({ z: rankScore(ofDrawn, ofUnseen), weight: unseen.count });
  }
  const total = found.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) {
    const one = members.map((of) => of.map(() => 0)) as unknown as Three<Uint32Array>;
    return scoreOfCells([samples, test, train], one, 1);
  }
  const mean = found.reduce((sum, { z, weight }) => sum + (z * weight) / total, 0);
  return {
    mean,
    standardError: Math.sqrt(found.reduce((sum, { weight }) => sum + (weight / total) ** 2, 0)),
  };
}

/** z of U: below 0 where the first are smaller than the second. */
export function rankScore(first: Float64Array, second: Float64Array): number {
  const [m, n] = [first.length, second.length];
  const sorted = second.toSorted();
  let above = 0;
  for (const value of first)
    above += (countBelow(sorted, value, false) + countBelow(sorted, value, true)) / 2;
  return (above - (m * n) / 2 + 0.5) / Math.sqrt((m * n * (m + n + 1)) / 12);
}

/** How many of some sorted numbers are below a value, or not above it. */
function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle] as number;
    if (at < value || (orEqual && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** k-means, its centres rounded to bytes in every round. */
async function findCentres(train: AnySet, count: number, seed: number): Promise<ImageSet> {
  const size = imageBytes(train);
  const order = permutation(randomStream(seed, 'evaluate/data-copying/cells'), train.count);
  const some = pickImages(train, order.subarray(0, imagesForCentres));
  let centres = pickImages(
    some,
    Uint32Array.from({ length: count }, (_, i) => i),
  );
  for (let round = 0; count > 1 && round < iterations; round++) {
    const cells = await cellsOf(some, centres);
    const [sums, counts] = [new Float64Array(count * size), new Float64Array(count)];
    for (let i = 0, at = 0; i < some.count; i++) {
      const to = (cells[i] as number) * size;
      (counts[cells[i] as number] as number)++;
      for (let j = 0; j < size; j++) (sums[to + j] as number) += some.pixels[at++] as number;
    }
    // A cell that nothing lies in stays where it is.
    const pixels = centres.pixels.map((byte, at) => {
      const members = counts[Math.floor(at / size)] as number;
      return members > 0 ? Math.round((sums[at] as number) / members) : byte;
    });
    centres = { ...centres, pixels };
  }
  return centres;
}

/** The cell of each image. [set.count] */
async function cellsOf(set: AnySet, centres: ImageSet): Promise<Uint32Array> {
  const cells = new Uint32Array(set.count);
  for (const { first, images } of blocksOf(set))
    cells.set((await nearestOf(pointsOf(images), pointsOf(centres))).indices, first);
  return cells;
}

/** Where in some numbers of cells one is. */
function placesOf(cell: number, members: Uint32Array): Uint32Array {
  const places = new Uint32Array(members.length);
  let count = 0;
  for (const [place, own] of members.entries()) if (own === cell) places[count++] = place;
  return places.subarray(0, count);
}
