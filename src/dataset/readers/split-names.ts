// What the field calls the parts of a set: train, test and validation, as words in the names of files, folders, members.

export type SplitName = 'train' | 'test' | 'validation';

const words: Readonly<Record<SplitName, readonly string[]>> = {
  train: ['train', 'training', 'trn'],
  test: ['test', 'testing', 'tst', 't10k', 'eval', 'evaluation'],
  validation: ['val', 'valid', 'validation', 'dev'],
};

/** The words of a name: x_train, trainImages, train-00000-of-00002. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** @returns undefined when the name says nothing of a split */
export function splitOfName(name: string): SplitName | undefined {
  const own = wordsOf(name);
  return (Object.keys(words) as SplitName[]).find((split) => own.some((word) => words[split].includes(word)));
}

export interface ChosenSplits<T> {
  readonly train: T;
  readonly test: T | undefined;
  /** Of a validation split beside train and test, which is left aside, or that stands for the test split. */
  readonly notes: readonly string[];
}

/**
 * Which parts are trained on and which are held out. A single part is trained on, whatever its name; a validation split
 * is the test split where there is no other.
 * @param parts by the split that they are of
 * @param nameOf for the notes
 * @returns undefined when there is nothing to train on
 */
export function chooseSplits<T>(
  parts: ReadonlyMap<SplitName | undefined, T>,
  nameOf: (part: T) => string,
): ChosenSplits<T> | undefined {
  const [test, validation] = [parts.get('test'), parts.get('validation')];
  const train = parts.get('train') ?? parts.get(undefined);
  if (train === undefined) {
    const only = parts.size === 1 ? [...parts.values()][0] : undefined;
    if (only !== undefined) return { train: only, test: undefined, notes: [] };
    return validation && test
      ? {
          train: validation,
          test,
          notes: [`${nameOf(validation)} is trained on: there is no training split.`],
        }
      : undefined;
  }
  if (validation === undefined) return { train, test, notes: [] };
  return test === undefined
    ? {
        train,
        test: validation,
        notes: [`${nameOf(validation)}, the validation split, is taken as the test split.`],
      }
    : { train, test, notes: [`${nameOf(validation)}, the validation split, is not used.`] };
}
