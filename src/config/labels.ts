// Lists of classes as words: "3", "1,3,5", "0-9".
import { UsageError } from '../errors';
import { text } from './option';

const part = '\\d{1,3}(?:-\\d{1,3})?';

export const labelsOption = <S extends { readonly description: string }>(spec: S) =>
  text({
    placeholder: 'LIST',
    pattern: new RegExp(`^${part}(?:,${part})*$`),
    expected: 'classes such as 3, 1,3,5 or 0-9',
    ...spec,
  });

/**
 * The classes of a list that `labelsOption` took, in its order.
 * @param classCount how many classes the model knows
 * @throws UsageError for a class that it does not know, and for a range that runs backwards
 */
export function parseLabels(list: string, classCount: number): number[] {
  return list.split(',').flatMap((word) => {
    const [first, last = first] = word.split('-').map(Number) as [number, number?];
    if (last < first) {
      throw new UsageError(`--labels ${list}: the range ${word} runs backwards.`, {
        hint: `Write ${last}-${first}.`,
      });
    }
    if (last >= classCount) {
      throw new UsageError(`--labels ${list}: there is no class ${last}.`, {
        hint: `The model knows the classes 0 to ${classCount - 1}.`,
      });
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
