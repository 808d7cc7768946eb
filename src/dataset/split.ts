// Parts of a set: some of its images, so many of each label, or a training and a test split.
import { permutation, randomStream } from '../rng';
import type { ImageSet } from './image-set';

/** The images at these indices, in this order. The class count stays that of the whole set. */
export function pickImages(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  const size = set.height * set.width * set.channels;
  const pixels = new Uint8Array(indices.length * size);
  const labels = set.labels && new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    pixels.set(set.pixels.subarray(index * size, (index + 1) * size), i * size);
    if (labels) labels[i] = set.labels?.[index] as number;
  }
  return { ...set, count: indices.length, pixels, labels };
}

/**
 * Draws a share of each class for testing; both splits keep the order of the set.
 * @param share of the images of each class, rounded, but never all of a class
 * @returns no test split when it would be empty
 */
export function splitSet(
  set: ImageSet,
  share: number,
  seed: number,
): { readonly train: ImageSet; readonly test: ImageSet | undefined } {
  const forTest = new Set<number>();
  for (const [label, indices] of indicesByLabel(set).entries()) {
    const count = Math.min(indices.length - 1, Math.round(share * indices.length));
    const order = permutation(randomStream(seed, 'test-split', label), indices.length);
    for (const place of order.subarray(0, Math.max(0, count))) forTest.add(indices[place] as number);
  }
  if (forTest.size === 0) return { train: set, test: undefined };
  const all = Array.from({ length: set.count }, (_, index) => index);
  return {
    train: pickImages(
      set,
      all.filter((index) => !forTest.has(index)),
    ),
    test: pickImages(
      set,
      all.filter((index) => forTest.has(index)),
    ),
  };
}

/** The images of each label, in order; those of a set without labels count as of one. */
export function indicesByLabel({ count, labels, classCount }: ImageSet): number[][] {
  const byLabel: number[][] = Array.from({ length: labels ? classCount : 1 }, () => []);
  for (let index = 0; index < count; index++) byLabel[labels?.[index] ?? 0]?.push(index);
  return byLabel;
}
