// Lists of classes as words: "3", "1,3,5", "0-9", "cat,dog".
import type { Classes } from '../dataset/classes';
import { didYouMean, UsageError } from '../errors';
import { text } from './option';

export const labelsOption = <S extends { readonly description: string }>(spec: S) =>
  text({
    placeholder: 'LIST',
    expected: 'classes such as 3, 1,3,5, 0-9 or cat,dog',
    ...spec,
  });

/**
 * The classes of a list, in its order. A number is a label, also where a class is named by another number.
 * @throws UsageError for a class that the model does not know, and for a range that runs backwards
 */
export function parseLabels(list: string, classes: Pick<Classes, 'count' | 'names'>): number[] {
  if (classes.names?.includes(list)) return [classes.names.indexOf(list)];
  return list.split(',').flatMap((word) => {
    if (!/^\d{1,15}(?:-\d{1,15})?$/.test(word)) return [labelOf(word, classes, `--labels ${list}`)];
    const [first, last = first] = word.split('-').map(Number) as [number, number?];
    if (last < first) {
      throw new UsageError(`--labels ${list}: the range ${word} runs backwards.`, {
        hint: `Write ${last}-${first}.`,
      });
    }
    labelOf(String(last), classes, `--labels ${list}`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * The label that a number or a class's name stands for.
 * @param source where it was said, such as "--labels 3,cat"
 * @throws UsageError when there is no such class
 */
export function labelOf(
  word: string,
  { count, names }: Pick<Classes, 'count' | 'names'>,
  source: string,
): number {
  const label = /^\d+$/.test(word) ? Number(word) : (names?.indexOf(word) ?? -1);
  if (label >= 0 && label < count) return label;
  throw new UsageError(`${source}: there is no class ${/^\d+$/.test(word) ? word : `"${word}"`}.`, {
    hint: names ? didYouMean(word, names) : `The model knows the classes 0 to ${count - 1}.`,
  });
}
