// Writes a whole set as a folder of IDX files: complete beside the older one first, then put in its place.
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../errors';
import { fileError, makeFolder, syncFolder, writeFileAtomic } from '../files';
import { classesFile, findOccupants } from './folder';
import { writeSplit } from './idx-writer';
import type { ImageSet } from './image-set';

export interface WritableSet {
  readonly train: ImageSet;
  readonly test?: ImageSet | undefined;
  /** The classes' names by label. */
  readonly classes?: readonly string[] | undefined;
}

/** Where the new files lie until all of them are written; what a killed run left there goes with the next one. */
const stagingName = '.new-set';

/**
 * Refuses a folder whose set must not be replaced, before work is spent on a new one.
 * @returns the names of the files that the new set stands for
 */
export async function findReplaceable(out: string, force: boolean): Promise<string[]> {
  const { own, others } = await findOccupants(out);
  if (others.length > 0) {
    throw new UsageError(`${out} already holds a data set of another name: ${others.join(', ')}.`, {
      hint: 'Choose another --out: one folder holds one set.',
    });
  }
  if (own.length > 0 && !force) {
    throw new UsageError(`${out} already holds a data set.`, {
      hint: 'Replace it with --force, or choose another --out.',
    });
  }
  return own;
}

/**
 * Writes a set. When anything fails, what was in the folder is untouched.
 * @param older the files of the set that is replaced: its test split goes too, and files that were unfolded
 * @returns the paths written
 */
export async function writeSet(out: string, set: WritableSet, older: readonly string[]): Promise<string[]> {
  await makeFolder(out);
  const staging = join(out, stagingName);
  try {
    await rm(staging, { recursive: true, force: true });
    const staged = await writeSplit(staging, 'train', set.train);
    if (set.test) staged.push(...(await writeSplit(staging, 't10k', set.test)));
    if (set.classes) {
      staged.push(join(staging, classesFile));
      await writeFileAtomic(join(staging, classesFile), `${JSON.stringify(set.classes, null, 2)}\n`);
    }
    for (const name of older) await rm(join(out, name), { force: true });
    const files = staged.map((path) => join(out, basename(path)));
    for (const [i, path] of staged.entries()) await rename(path, files[i] as string);
    await rm(staging, { recursive: true, force: true });
    await syncFolder(out);
    return files;
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, out, 'write');
  }
}
