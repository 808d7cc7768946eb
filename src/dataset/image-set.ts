// A set of images in memory, as bytes, the form in which every data set reaches the rest of aigc.
import type { SetProvenance } from '../images/carried-provenance';

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** "28×28×1" */
export function shapeInWords({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}

export interface ImageSet extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels], 0 is background and 255 is ink. */
  readonly pixels: Uint8Array;
  /** [count], absent when the set has none. */
  readonly labels: Uint8Array | undefined;
  /** One more than the largest label; 0 without labels. */
  readonly classCount: number;
}

/** Where bytes 0 … 255 go as floats: [0, 1] or [−1, 1]. */
export type PixelRange = 'zero-one' | 'minus-one-one';

/** A data set as `--data` names it: a training split and a test split, and how to tell it from another. */
export interface DataSet {
  /** What `--data` was resolved to: "mnist", "digits" or the folder. */
  readonly name: string;
  readonly train: ImageSet;
  /** Absent when a folder holds only one split. */
  readonly test: ImageSet | undefined;
  /** The names of the classes by label, as classes.json beside the images has them. */
  readonly classNames?: readonly string[] | undefined;
  /** SHA-256 over the training images' shape and bytes and their labels, hex: a run resumes only on the same set. */
  readonly fingerprint: string;
  /** What the images of each split say of how they were made. */
  readonly provenance?: SetProvenance | undefined;
  /** What was found and how it was taken, and what was left out or is seldom meant: sentences. */
  readonly notes?: readonly string[] | undefined;
  readonly warnings?: readonly string[] | undefined;
}
