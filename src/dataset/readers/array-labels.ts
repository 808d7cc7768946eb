// Labels out of arrays of numbers: [count], [count, 1], or one-hot rows; bytes in the end.
import { DataError } from '../../errors';
import type { NpyArray } from '../../images/npy';

/** Whether an array may be the labels of so many images, by its shape. */
export function mayBeLabels(shape: readonly number[], count?: number): boolean {
  return (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) && (count ?? shape[0]) === shape[0];
}

/**
 * @param source for the error message
 * @returns [count]
 * @throws DataError for what is no whole number from 0 to 255
 */
export function toLabels(values: ArrayLike<number>, source: string): Uint8Array {
  const labels = new Uint8Array(values.length);
  for (let i = 0; i < labels.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value <= 255 && Number.isInteger(value))) {
      throw new DataError(`${source} holds the label ${value}, expected whole numbers from 0 to 255.`, {
        hint: 'Number the classes from 0; there may be 256.',
      });
    }
    labels[i] = value;
  }
  return labels;
}

/** Labels of [count], [count, 1] or one-hot [count, classes]. @throws DataError for another shape or number */
export function labelsOfArray({ shape, values }: NpyArray, count: number, source: string): Uint8Array {
  if (shape[0] !== count) {
    throw new DataError(`${source} holds ${shape[0] ?? 0} labels for ${count} images: expected as many.`, {
      hint: 'Put those of one set together, or name other labels.',
    });
  }
  if (mayBeLabels(shape)) return toLabels(values, source);
  const classes = shape[1] as number;
  const labels = shape.length === 2 && classes <= 256 ? fromOneHot(values, classes) : undefined;
  if (labels) return labels;
  throw new DataError(
    `${source} is an array of shape [${shape.join(', ')}], expected labels: [count], [count, 1] or one-hot.`,
    { hint: 'Give one number an image.' },
  );
}

function fromOneHot(values: ArrayLike<number>, classes: number): Uint8Array | undefined {
  const labels = new Uint8Array(values.length / classes);
  for (let i = 0; i < labels.length; i++) {
    let ones = 0;
    for (let label = 0; label < classes; label++) {
      const value = values[i * classes + label];
      if (value === 1) {
        labels[i] = label;
        ones++;
      } else if (value !== 0) return undefined;
    }
    if (ones !== 1) return undefined;
  }
  return labels;
}

export function countClasses(labels: Uint8Array | undefined): number {
  if (labels === undefined) return 0;
  return 1 + labels.reduce((largest, label) => Math.max(largest, label), 0);
}
