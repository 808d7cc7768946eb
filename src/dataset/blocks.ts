// Sets of any size, a block of images at a time: what is counted over all of a set needs no more of it in memory.
import { DataError } from '../errors';
import { fileSize } from '../words';
import { maxDataBytes } from './byte-source';
import { type AnySet, type ImageSet, type ImageShape, isStored, type StoredSet } from './image-set';
import { Spool } from './spool';

const blockBytes = 2 ** 24;

export interface Block {
  /** The number of its first image in the set. */
  readonly first: number;
  readonly images: ImageSet;
}

/** The images of a set, in order: those of one in memory at once. @throws DataError when its file has changed */
export function* blocksOf(set: AnySet): Generator<Block> {
  if (!isStored(set)) {
    yield { first: 0, images: set };
    return;
  }
  const { rows, ...head } = set;
  const atOnce = Math.max(1, Math.floor(blockBytes / imageBytes(set)));
  for (let first = 0; first < set.count; first += atOnce) {
    const end = Math.min(set.count, first + atOnce);
    const labels = set.labels?.subarray(first, end);
    yield { first, images: { ...head, count: end - first, labels, pixels: rows.between(first, end) } };
  }
}

export const imageBytes = ({ height, width, channels }: ImageShape) => height * width * channels;

/** Bytes of all pixels. */
export const pixelBytes = (set: AnySet) => set.count * imageBytes(set);

/** The mean pixel of a set, in [0, 1]. */
export function pixelMean(set: AnySet): number {
  let sum = 0;
  for (const { images } of blocksOf(set)) {
    const { pixels } = images;
    for (let i = 0; i < pixels.length; i++) sum += pixels[i] as number;
  }
  return sum / pixelBytes(set) / 255;
}

/**
 * The set in memory, for what cannot do with less.
 * @param remedy what to do when it is too large
 * @throws DataError when it is
 */
export function inMemory(set: AnySet, remedy: string): ImageSet {
  if (!isStored(set)) return set;
  if (pixelBytes(set) > maxDataBytes) {
    throw new DataError(
      `${fileSize(pixelBytes(set))} of images are more than this can hold in memory: expected at most ${fileSize(maxDataBytes)}.`,
      { hint: remedy },
    );
  }
  const { rows, ...head } = set;
  return { ...head, pixels: rows.between(0, set.count) };
}

/**
 * A set made of another, image by image.
 * @param change of a block of images; `first` is the number of its first one in the set
 */
export function changed(set: AnySet, change: (images: ImageSet, first: number) => ImageSet): AnySet {
  if (!isStored(set)) return change(set, 0);
  let spool: Spool | undefined;
  let shape: Pick<StoredSet, 'height' | 'width' | 'channels'> = set;
  for (const { first, images } of blocksOf(set)) {
    const made = change(images, first);
    if (made.pixels === images.pixels && spool === undefined) return set;
    spool ??= new Spool(set.count, imageBytes(made));
    spool.write(made.pixels);
    shape = made;
  }
  if (spool === undefined) return set;
  const { height, width, channels } = shape;
  return { ...set, height, width, channels, rows: spool.rows() };
}
