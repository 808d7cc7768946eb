// What a data set is that has a name: its files, where they are to be had, and how they are read.
import type { ImageShape } from './image-set';
import type { ReadOptions } from './readers/reader';

/** The four files of MNIST and of every set made in its likeness. */
export const splitFiles = {
  trainImages: 'train-images-idx3-ubyte.gz',
  trainLabels: 'train-labels-idx1-ubyte.gz',
  testImages: 't10k-images-idx3-ubyte.gz',
  testLabels: 't10k-labels-idx1-ubyte.gz',
} as const;

export type SplitFile = keyof typeof splitFiles;

export interface Checksum {
  /** What was hashed: the unfolded content, whatever zipped it, or the file as published. */
  readonly covers: 'content' | 'file';
  /** Hex. */
  readonly sha256: string;
}

/** One file that holds those of several sets. */
export interface SetArchive {
  readonly name: string;
  readonly bytes: number;
  readonly checksum: Checksum;
  /** Those of its files that are kept, without their folders. */
  readonly holds: RegExp;
}

export interface NamedSet extends ImageShape {
  readonly name: string;
  /** One line for `aigc data list`. */
  readonly summary: string;
  /** Where the set comes from. */
  readonly home: string;
  readonly licence: string;
  readonly trainCount: number;
  readonly testCount: number;
  /** Web folders that hold the four files, or the archive, each ending in "/", the best first. */
  readonly mirrors: readonly string[];
  /** Of the files that a public source has them of. What else is downloaded is held to its kind and size, and its first
   *  hash is kept. */
  readonly checksums: Readonly<Partial<Record<SplitFile, Checksum>>>;
  /** The names of the four files, where they are not MNIST's. */
  readonly files?: Readonly<Record<SplitFile, string>>;
  /** The folder that it is kept in, where that is not called as the set. */
  readonly folder?: string;
  /** Where the mirrors have one archive instead of the files. */
  readonly archive?: SetArchive;
  /** How the door reads its folder; absent where the four files are MNIST's kind, which are read one by one. */
  readonly reading?: ReadOptions;
  /** By label. */
  readonly classNames?: readonly string[];
  /** The folder inside the package, for the set that comes with aigc. */
  readonly builtIn: string | undefined;
}

/** The names of a set's four files. */
export const filesOf = ({ files }: NamedSet): Readonly<Record<SplitFile, string>> => files ?? splitFiles;
