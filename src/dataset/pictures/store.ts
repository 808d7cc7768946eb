// Where pictures lie, in a folder or in an archive: their names, and their bytes one after the other.
import { availableParallelism } from 'node:os';
import { leftBehind } from './leftovers';

/** Takes what is in a file; `load` throws when that cannot be read. */
export type Visit = (index: number, load: () => Promise<Buffer>) => Promise<void>;

export interface PictureStore {
  /** What it is, to be named to people. */
  readonly where: string;
  /** Of the pictures, with "/" between folders, in order. */
  readonly names: readonly string[];
  /** Of pictures of kinds that are not read. */
  readonly otherKinds: readonly string[];
  /** What is in files that may say what is on the pictures: labels.csv, key.cls. */
  readonly notes: ReadonlyMap<string, () => Promise<Buffer>>;
  /** Of an archive: files that are no pictures, the first few of them. */
  readonly strangers?: readonly string[];
  /** Subfolders without a picture. */
  readonly emptyFolders: readonly string[];
  /** How a file is named to people. */
  locate(name: string): string;
  /** Visits pictures, some at a time, in any order. */
  each(indices: readonly number[], visit: Visit): Promise<void>;
}

/** Files that say what is on pictures are small. */
export const maxNoteBytes = 2 ** 26;

/** Whether a file may say what is on the pictures beside it. */
export const isNote = (name: string) =>
  /\.(?:csv|tsv|cls)$|(?:^|\/)metadata\.jsonl$|(?:label|class|annotation|train|test|list)[^/]*\.txt$/i.test(
    name,
  );

/** Whether any part of a name is of what systems leave behind. */
export const isLeftBehind = (name: string) => name.split('/').some((part) => leftBehind.test(part));

/** How many pictures are decoded at a time. */
export const atATime = Math.min(8, availableParallelism() + 1);

/** Does things, a few at a time; the first error ends it. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        next = items.length; // The others stop too.
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
