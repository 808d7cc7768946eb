// What a reader of data is: one file a format, found by what lies there, read into images, labels and words.
import type { PictureFrame, PictureHead } from '../../images/picture';
import type { FoundProvenance } from '../../images/xmp-reader';
import type { AnySet } from '../image-set';
import type { Keep } from '../keep';
import type { DamagedPicture } from '../pictures/read';
import type { Place } from './place';

/** How the user says that data is to be read where that cannot be seen from it: the flags of the same names. */
export interface ReadOptions {
  /** The member or column that holds the images. */
  readonly key?: string | undefined;
  /** The column that holds the labels: its name, `first`, `last` or `none`. */
  readonly label?: string | undefined;
  /** Which of several sets in one folder, such as `letters` of EMNIST. */
  readonly split?: string | undefined;
  /** Height and width, and channels if not 1, of images that lie flat: "28x28", "32x32x3". */
  readonly shape?: string | undefined;
  /** The values that are black and white, such as "0..1". */
  readonly range?: string | undefined;
  /** How large one image is, of which each picture holds many: "28", "28x32", "28+2" with pixels between. */
  readonly tile?: string | undefined;
  /** The images are stored by columns: exchange height and width. */
  readonly transpose?: boolean | undefined;
}

export type ReadOption = keyof ReadOptions;

/** How pictures become images of one size; arrays have theirs. */
export interface PictureRequest {
  /** Left out, pictures keep their size, which must be one. */
  readonly frame?: PictureFrame | undefined;
  /** auto: colour when any picture has a pixel that is not grey. */
  readonly channels: 'auto' | '1' | '3';
  /** Leave damaged pictures out instead of refusing them all. */
  readonly skipDamaged: boolean;
  onProgress(done: number, total: number): void;
}

export interface ReadRequest {
  readonly options: ReadOptions;
  readonly pictures: PictureRequest;
  readonly keep: Keep;
}

export interface FoundSplit<S extends AnySet = AnySet> {
  readonly set: S;
  /** What the images and the labels were read from, to name in errors: a path, with the member or column behind it. */
  readonly images: string;
  readonly labels?: string | undefined;
  /** What the images say of how they were made. */
  readonly provenance?: FoundProvenance | undefined;
}

/** What a reader made of a file or a folder. */
export interface FoundSet<S extends AnySet = AnySet> {
  readonly train: FoundSplit<S>;
  readonly test?: FoundSplit<S> | undefined;
  /** The names of the classes by label. */
  readonly classNames?: readonly string[] | undefined;
  /** What was found and how it was taken, a sentence each, where that is more than its files say:
   *  "x_train, y_train: float32 in [0, 1], scaled to 0 … 255." */
  readonly notes: readonly string[];
  /** What was left out, or is seldom meant, a sentence each. */
  readonly warnings?: readonly string[] | undefined;
  /** Pictures only: they were made to fit the frame that was asked for. */
  readonly framed?: true | undefined;
  readonly damaged?: readonly DamagedPicture[] | undefined;
  /** Of the first picture. */
  readonly head?: PictureHead | undefined;
}

/** What a reader says of a place: its bytes, or the names in a folder, are of the format; or its name alone is. */
export type Recognition = 'content' | 'name';

export interface Reader {
  readonly name: string;
  /** What it reads, for a sentence: "IDX files, as MNIST's". */
  readonly summary: string;
  /** The options that it obeys; another that is given is refused. */
  readonly options: readonly ReadOption[];
  /** Whether this is its format; cheap, from what `Place` has. */
  recognise(place: Place): Recognition | undefined | Promise<Recognition | undefined>;
  /** @throws DataError for what cannot be read as the format has it; UsageError for options that do not fit it */
  read(place: Place, request: ReadRequest): Promise<FoundSet>;
}
