// Parts of a set: some of its images, so many of each label, or a training and a test split.
import { permutation, randomStream } from '../rng';
import { imageBytes } from './blocks';
import { type AnySet, type ImageSet, isStored, type SetHead, type StoredRows } from './image-set';

/** The images at these indices, in this order. The class count stays that of the whole set. */
export function pickImages(set: AnySet, indices: ArrayLike<number>): ImageSet {
  const picked = { count: indices.length, labels: labelsOf(set, indices) };
  if (isStored(set)) {
    const { rows, ...head } = set;
    return { ...head, ...picked, pixels: rows.read(indices) };
  }
  const size = imageBytes(set);
  const pixels = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    pixels.set(set.pixels.subarray(index * size, (index + 1) * size), i * size);
  }
  return { ...set, ...picked, pixels };
}

const labelsOf = ({ labels }: SetHead, indices: ArrayLike<number>) =>
  labels && Uint8Array.from(indices, (index) => labels[index] as number);

/** The same without reading them yet, of a set on disk. */
export function partOf(set: AnySet, chosen: ArrayLike<number>): AnySet {
  if (!isStored(set)) return pickImages(set, chosen);
  const indices = Uint32Array.from(chosen);
  const rows: StoredRows = {
    read: (places) => set.rows.read(Uint32Array.from(places, (place) => indices[place] as number)),
    between: (from, to) => set.rows.read(indices.subarray(from, to)),
  };
  return { ...set, count: indices.length, labels: labelsOf(set, indices), rows };
}

/** So many of the first images. */
export function firstImages(set: AnySet, count: number): ImageSet {
  return pickImages(
    set,
    Array.from({ length: Math.min(count, set.count) }, (_, i) => i),
  );
}

/**
 * Draws a share of each class for testing; both splits keep the order of the set.
 * @param share of the images of each class, rounded, but never all of a class
 * @returns no test split when it would be empty
 */
export function splitSet(
  set: AnySet,
  share: number,
  seed: number,
): { readonly train: AnySet; readonly test: AnySet | undefined } {
  const forTest = new Set<number>();
  for (const [label, indices] of indicesByLabel(set).entries()) {
    const count = Math.min(indices.length - 1, Math.round(share * indices.length));
    const order = permutation(randomStream(seed, 'test-split', label), indices.length);
    for (const place of order.subarray(0, Math.max(0, count))) forTest.add(indices[place] as number);
  }
  if (forTest.size === 0) return { train: set, test: undefined };
  const all = Array.from({ length: set.count }, (_, index) => index);
  return {
    train: partOf(
      set,
      all.filter((index) => !forTest.has(index)),
    ),
    test: partOf(
      set,
      all.filter((index) => forTest.has(index)),
    ),
  };
}

/** The images of each label, in order; those of a set without labels count as of one. */
export function indicesByLabel({ count, labels, classCount }: SetHead): number[][] {
  const byLabel: number[][] = Array.from({ length: labels ? classCount : 1 }, () => []);
  for (let index = 0; index < count; index++) byLabel[labels?.[index] ?? 0]?.push(index);
  return byLabel;
}
