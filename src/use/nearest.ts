// Samples beside the training images that are nearest to them: whether a model copies, one can see.
import type { ImageSet } from '../dataset/image-set';
import type { ImageBytes } from '../images/grid';
import { nearestOf, pixelPoints } from '../stats/neighbours';

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
  train: ImageSet,
  test: ImageSet | undefined,
): Promise<NearestImages> {
  const references = pixelPoints(train.pixels, train.count);
  const found = await nearestOf(pixelPoints(samples.pixels, samples.count), references);
  const nearest = Array.from(found.squared, (squared, i) => ({
    index: found.indices[i] as number,
    distance: Math.sqrt(squared),
  }));
  if (test === undefined) return { nearest, unseenDistances: undefined };
  const count = Math.min(unseenAtMost, test.count);
  const size = test.pixels.length / test.count;
  const unseen = await nearestOf(pixelPoints(test.pixels.subarray(0, count * size), count), references);
  return { nearest, unseenDistances: Array.from(unseen.squared, Math.sqrt) };
}
