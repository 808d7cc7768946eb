// Images as a trained model knows them: of its shape, prepared as for training, of classes that it learned.
import type { Options, OptionValues } from '../config/option';
import { changed } from '../dataset/blocks';
import type { AnySet } from '../dataset/image-set';
import { DataError } from '../errors';
import type { Family } from '../models/family';
import { imageKind } from '../words';
import type { SavedModel } from './open-model';

/** The images as the family wants them. @throws DataError when they are of another shape than the model's */
export function preparedFor<S extends AnySet>({ family, manifest }: SavedModel, set: S, source: string): S {
  const { image, seed, options } = manifest.setting;
  if (set.height !== image.height || set.width !== image.width || set.channels !== image.channels) {
    throw new DataError(
      `${source} is ${imageKind(set)}, expected ${imageKind(image)}, as the model draws them.`,
      {
        hint: 'Change the size of the picture, or take the data that the model was trained on.',
      },
    );
  }
  return prepared(family, set, seed, options as OptionValues<Options>);
}

/** The images as the family wants them, where they were: in memory or on disk. */
export function prepared<S extends AnySet>(
  { preprocess }: Family,
  set: S,
  seed: number,
  options: OptionValues<Options>,
): S {
  if (!preprocess) return set;
  return changed(set, (images, first) => preprocess(images, { seed, options, first })) as S;
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
