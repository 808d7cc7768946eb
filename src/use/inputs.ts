// Images as a trained model knows them: of its shape, prepared as for training, of classes that it learned.
import type { Options, OptionValues } from '../config/option';
import type { ImageSet } from '../dataset/image-set';
import { DataError } from '../errors';
import { imageKind } from '../words';
import type { SavedModel } from './open-model';

/** The images as the family wants them. @throws DataError when they are of another shape than the model's */
export function preparedFor({ family, manifest }: SavedModel, set: ImageSet, source: string): ImageSet {
  const { image, seed, options } = manifest.setting;
  if (set.height !== image.height || set.width !== image.width || set.channels !== image.channels) {
    throw new DataError(
      `${source} is ${imageKind(set)}, expected ${imageKind(image)}, as the model draws them.`,
      {
        hint: 'Change the size of the picture, or take the data that the model was trained on.',
      },
    );
  }
  return family.preprocess?.(set, { seed, options: options as OptionValues<Options> }) ?? set;
}

/** @throws DataError when a label is of no class that the model knows */
export function checkLabels(labels: Iterable<number>, classCount: number, source: string): void {
  const stranger = [...labels].find((label) => label >= classCount);
  if (stranger === undefined) return;
  throw new DataError(
    `${source} has the label ${stranger}; the model knows the classes 0 to ${classCount - 1}.`,
    {
      hint: 'Take the data that the model was trained on.',
    },
  );
}
