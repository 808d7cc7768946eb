// Samples beside the training images that are nearest to them: whether a model copies, one can see.
import { blocksOf } from '../dataset/blocks';
import type { AnySet } from '../dataset/image-set';
import { firstImages } from '../dataset/split';
import type { ImageBytes } from '../images/grid';
import { nearestOf, type Points, pixelPoints } from '../stats/neighbours';

export interface Nearest {
  /** Of the training images. */
  readonly index: number;
  /** Euclidean, pixels from 0 to 1. */
  readonly distance: number;
}

/** Test images that tell how far images are that nobody can have copied. */
const unseenAtMost = 100;

export interface NearestImages {
  /** [count] */
  readonly nearest: readonly Nearest[];
  /** Of the first test images, where there are some. */
  readonly unseenDistances: readonly number[] | undefined;
}

/** @param train of the samples' shape */
export async function findNearest(
  samples: ImageBytes,
  train: AnySet,
  test: AnySet | undefined,
): Promise<NearestImages> {
  const unseenImages = test && firstImages(test, unseenAtMost);
  const queries = [samples, ...(unseenImages ? [unseenImages] : [])];
  const [found, unseen] = (await nearestInBlocks(queries, train)) as [NearestRows, NearestRows?];
  const nearest = Array.from(found.squared, (squared, i) => ({
    index: found.indices[i] as number,
    distance: Math.sqrt(squared),
  }));
  return { nearest, unseenDistances: unseen && Array.from(unseen.squared, Math.sqrt) };
}

type NearestRows = Awaited<ReturnType<typeof nearestOf>>;

/** The training images that are nearest to those of each query, in one pass over the set. */
async function nearestInBlocks(queries: readonly ImageBytes[], train: AnySet): Promise<NearestRows[]> {
  const points = queries.map(({ pixels, count }) => pixelPoints(pixels, count));
  const best = queries.map(({ count }) => ({
    squared: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    indices: new Uint32Array(count),
  }));
  for (const { first, images } of blocksOf(train)) {
    const references = pixelPoints(images.pixels, images.count);
    for (const [i, { squared, indices }] of best.entries()) {
      const found = await nearestOf(points[i] as Points, references);
      for (const [query, distance] of found.squared.entries()) {
        if (distance >= (squared[query] as number)) continue;
        squared[query] = distance;
        indices[query] = first + (found.indices[query] as number);
      }
    }
  }
  return best;
}
