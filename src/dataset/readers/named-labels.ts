// Labels that come one by one, as numbers or as words; words are classes in the order of their names.
import { DataError } from '../../errors';
import { toLabels } from './array-labels';

const maxClasses = 256;

/**
 * The labels of some splits, which have their classes in common.
 * @param sources for the error message, one a split
 * @throws DataError for what is no label, or for too many classes
 */
export function labelsOfSplits(
  splits: readonly (readonly unknown[])[],
  sources: readonly string[],
): { readonly labels: readonly Uint8Array[]; readonly names: readonly string[] | undefined } {
  const isWords = splits.some((labels) =>
    labels.some((label) => typeof label === 'string' && !isCount(label)),
  );
  if (!isWords) {
    const labels = splits.map((own, i) =>
      toLabels(
        own.map((label) => (label === null ? Number.NaN : Number(label))),
        sources[i] ?? '',
      ),
    );
    return { labels, names: undefined };
  }
  return classesOfWords(
    splits.map((own) => own.map(String)),
    sources[0] ?? '',
  );
}

/**
 * The labels that words are, their classes in the order of their names.
 * @param source for the error message
 * @throws DataError for too many classes
 */
export function classesOfWords(
  splits: readonly (readonly string[])[],
  source: string,
): { readonly labels: readonly Uint8Array[]; readonly names: readonly string[] } {
  const names = [...new Set(splits.flatMap((words) => [...new Set(words)]))].sort();
  if (names.length > maxClasses) {
    throw new DataError(
      `${source} has ${names.length} different labels, expected at most ${maxClasses} classes.`,
      {
        hint: 'Name the column that holds the labels: --label NAME, or --label none.',
      },
    );
  }
  const places = new Map(names.map((name, place) => [name, place]));
  return {
    labels: splits.map((own) => Uint8Array.from(own, (label) => places.get(label) as number)),
    names,
  };
}

const isCount = (word: string) => /^\d+$/.test(word);
