// Samples beside the training images that are nearest to them: whether a model copies, one can see.
import type { AnySet } from '../dataset/image-set';
import { nearestImages } from '../dataset/nearest';
import { firstImages } from '../dataset/split';
import type { ImageBytes } from '../images/grid';
import type { NearestRows } from '../stats/neighbours';

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
  const [found, unseen] = (await nearestImages(queries, train)) as [NearestRows, NearestRows?];
  const nearest = Array.from(found.squared, (squared, i) => ({
    index: found.indices[i] as number,
    distance: Math.sqrt(squared),
  }));
  return { nearest, unseenDistances: unseen && Array.from(unseen.squared, Math.sqrt) };
}
