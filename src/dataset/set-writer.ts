// Writes a whole set as a folder of IDX files: complete beside the older one first, then put in its place.
import { basename, join } from 'node:path';
import { UsageError } from '../errors';
import type { SetProvenance } from '../images/carried-provenance';
import type { Provenance } from '../images/provenance';
import { sidecarPath, writeSidecar } from '../images/sidecar';
import { refuseFolders, replaceFiles } from '../replacement';
import { labelBeyond } from './classes';
import { findOccupants, writeClassNames } from './folder';
import { writeSplit } from './idx-writer';
import type { AnySet } from './image-set';

export interface WritableSet {
  readonly train: AnySet;
  readonly test?: AnySet | undefined;
  /** The classes' names by label. */
  readonly classes?: readonly string[] | undefined;
  /** What is said of each split beside its images. */
  readonly provenance?: SetProvenance<Provenance> | undefined;
}

/**
 * Refuses a folder whose set must not be replaced, before work is spent on a new one.
 * @returns the names of the files that the new set stands for
 * @throws UsageError without --force; DataError when a folder bears the name of a file of a set
 */
export async function findReplaceable(out: string, force: boolean): Promise<string[]> {
  const { own, others } = await findOccupants(out);
  await refuseFolders(out, [...own, ...others]);
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
 * Writes a set. Until all of it is there the older one counts, and stays when anything fails: src/replacement.ts.
 * @param older the files of the set that is replaced: its test split goes too, and files that were unfolded
 * @returns the paths written
 */
export async function writeSet(out: string, set: WritableSet, older: readonly string[]): Promise<string[]> {
  const beyond = labelBeyond(set.train, set.test);
  if (beyond !== undefined) {
    throw new UsageError(
      `There would be test images of label ${beyond}, and no training image of it or beyond.`,
      {
        hint: 'Take more training images, or some of each class.',
      },
    );
  }
  const names: string[] = [];
  await replaceFiles(out, older, async (draft) => {
    const write = async (split: 'train' | 't10k', images: AnySet, provenance: Provenance | undefined) => {
      const paths = await writeSplit(draft, split, images);
      names.push(...paths);
      const [file] = paths;
      if (!provenance || file === undefined) return;
      await writeSidecar(file, provenance);
      names.push(sidecarPath(file));
    };
    await write('train', set.train, set.provenance?.train);
    if (set.test) await write('t10k', set.test, set.provenance?.test);
    if (set.classes) names.push(await writeClassNames(draft, set.classes));
  });
  return names.map((path) => join(out, basename(path)));
}
