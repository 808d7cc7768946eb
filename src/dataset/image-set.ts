// A set of images as bytes, in memory or in a file: the form in which every data set reaches the rest of aigc.
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

/** What is known of a set without its pixels. */
export interface SetHead extends ImageShape {
  readonly count: number;
  /** [count], absent when the set has none. */
  readonly labels: Uint8Array | undefined;
  /** One more than the largest label; 0 without labels. */
  readonly classCount: number;
}

/** A set in memory. */
export interface ImageSet extends SetHead {
  /** [count, height, width, channels], 0 is background and 255 is ink. */
  readonly pixels: Uint8Array;
}

/** A file that stays open as long as anybody can read from it. */
export interface OpenFile {
  readonly path: string;
  /** Its descriptor. */
  readonly file: number;
  /** What it was when it was opened; undefined of one of ours, which nobody else sees. */
  readonly seen: { readonly bytes: number; readonly modifiedMs: number } | undefined;
}

/** Rows of so many bytes, one after another from an offset. */
export interface RowPlace {
  readonly opened: OpenFile;
  readonly offset: number;
  readonly rowBytes: number;
}

/** Images in a file, each a row of bytes: [height, width, channels]. */
export interface StoredRows {
  /** Where they lie, where that is in order. */
  readonly place?: RowPlace;
  /**
   * The rows of these numbers, one after another.
   * @throws DataError when the file has changed since it was opened, or cannot be read
   */
  read(indices: ArrayLike<number>): Uint8Array;
  /** The rows from one up to another, which is not read. @throws DataError as `read` */
  between(from: number, to: number): Uint8Array;
}

/** A set that is larger than memory should hold: its images are read when they are needed. */
export interface StoredSet extends SetHead {
  readonly rows: StoredRows;
}

export type AnySet = ImageSet | StoredSet;

export function isStored(set: AnySet): set is StoredSet {
  return 'rows' in set;
}

/** Where bytes 0 … 255 go as floats: [0, 1] or [−1, 1]. */
export type PixelRange = 'zero-one' | 'minus-one-one';

/** A data set as `--data` names it: a training split and a test split, and how to tell it from another. */
export interface DataSet {
  /** What `--data` was resolved to: "mnist", "digits" or the folder. */
  readonly name: string;
  readonly train: AnySet;
  /** Absent when a folder holds only one split. */
  readonly test: AnySet | undefined;
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
