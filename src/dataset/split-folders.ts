// Folders called train and test (and val) with a set of any format in each, which are the splits of one set.
import { join } from 'node:path';
import { DataError } from '../errors';
import { listed } from '../words';
import { countClasses } from './readers/array-labels';
import type { Place } from './readers/place';
import type { FoundSet, FoundSplit } from './readers/reader';
import { type ChosenSplits, chooseSplits, type SplitName, splitOfName } from './readers/split-names';

/** @returns the folders by split when all in a folder are called so, one of them for training */
export function splitFolders({ kind, path, folders }: Place): ChosenSplits<string> | undefined {
  if (kind === 'file' || folders.length < 2) return undefined;
  const bySplit = new Map<SplitName | undefined, string>();
  for (const name of folders) bySplit.set(splitOfName(name), join(path, name));
  const areSplits = bySplit.size === folders.length && !bySplit.has(undefined) && bySplit.has('train');
  return areSplits ? chooseSplits(bySplit, (folder) => folder) : undefined;
}

/** The splits of one set. @param read what lies in a folder @throws DataError when they have not the same classes */
export async function readSplitFolders(
  { train, test, notes }: ChosenSplits<string>,
  read: (folder: string) => Promise<FoundSet>,
): Promise<FoundSet> {
  const first = await read(train);
  const second = test === undefined ? undefined : await read(test);
  const found = second && inClassesOf(first, second);
  return {
    ...first,
    test: found,
    notes: [
      `${listed(test === undefined ? [train] : [train, test])} are splits.`,
      ...notes,
      ...first.notes,
      ...(second?.notes ?? []),
    ],
    warnings: [...(first.warnings ?? []), ...(second?.warnings ?? [])],
  };
}

/** The other split, its labels those of the first: words are numbered in each by what it has. */
function inClassesOf({ classNames }: FoundSet, { train, classNames: others }: FoundSet): FoundSplit {
  const { labels } = train.set;
  if (labels === undefined || classNames === undefined || others === undefined) return train;
  const places = others.map((name) => classNames.indexOf(name));
  const stranger = others.find((_, label) => places[label] === -1 && labels.includes(label));
  if (stranger !== undefined) {
    throw new DataError(`${train.images} has the class ${stranger}, of which there is no training image.`, {
      hint: `The training images are of ${listed(classNames.slice(0, 10))}: remove the others, or put the two splits of one set together.`,
    });
  }
  const own = labels.map((label) => places[label] as number);
  return { ...train, set: { ...train.set, labels: own, classCount: countClasses(own) } };
}
