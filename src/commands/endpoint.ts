// The words for the ends of a walk: a seed, a class or a picture; and reading what they name.
import { labelOf } from '../config/labels';
import { partOf } from '../dataset/split';
import { DataError, UsageError } from '../errors';
import type { Output } from '../output';
import { canEncode } from '../use/encode';
import { preparedFor } from '../use/inputs';
import type { SavedModel } from '../use/open-model';
import type { End } from '../use/walks';
import { isPicture, loadNamedData, readPicture } from './data-input';

export type EndName = { readonly word: string } & (
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'picture' }
);

/** Whether an end is the same for all walks. */
export function isFixed(end: EndName, { family }: SavedModel): boolean {
  return end.kind === 'picture' || (end.kind === 'label' && !family.conditional);
}

/** @throws UsageError when it names no end */
export function parseEnd(word: string, flag: string): EndName {
  const seed = /^seed:(\d{1,15})$/.exec(word)?.[1];
  if (seed !== undefined) return { word, kind: 'seed', seed: Number(seed) };
  const label = /^label:(.+)$/.exec(word)?.[1];
  if (label !== undefined) return { word, kind: 'label', label };
  if (isPicture(word)) return { word, kind: 'picture' };
  throw new UsageError(`${flag} must be a seed, a label or a picture, got "${word}".`, {
    hint: 'Write it like seed:7, label:3 or picture.png.',
  });
}

/**
 * Reads what an end names.
 * @param data whose images label:N means, of a model that learns no classes
 * @throws UsageError for a class that there is not; DataError for what cannot be read
 */
export async function readEnd(
  end: EndName,
  saved: SavedModel,
  data: string | undefined,
  output: Output,
): Promise<End> {
  const { family, model, manifest, classes } = saved;
  if (end.kind === 'seed') return end;
  if (end.kind === 'label') {
    if (family.conditional) return { kind: 'class', label: labelOf(end.label, classes, end.word) };
    return { kind: 'mean', images: await imagesOfClass(end, saved, data, output) };
  }
  const picture = await readPicture(end.word, manifest.setting.image.channels);
  if (!canEncode(model))
    output.progress(`This ${family.name} has no encoder: looking for the latent of ${end.word}.`);
  return { kind: 'picture', image: preparedFor(saved, picture, end.word) };
}

async function imagesOfClass(
  { word, label: asked }: EndName & { kind: 'label' },
  saved: SavedModel,
  data: string | undefined,
  output: Output,
) {
  if (!canEncode(saved.model)) {
    throw new UsageError(
      `${word}: this ${saved.family.name} learns no classes, and has no encoder to look for them.`,
      { hint: 'Walk between seeds or pictures, or train a conditional model: see `aigc models`.' },
    );
  }
  const name = data ?? saved.manifest.dataset.name;
  const flag = data === undefined ? '--data' : undefined;
  const { train: set, classNames: names } = await loadNamedData(name, output, flag);
  const { labels, classCount } = set;
  if (!labels) {
    throw new DataError(`${word}: ${name} has no labels.`, {
      hint: 'Name data that has with --data, or walk between seeds.',
    });
  }
  const label = /^\d+$/.test(asked) ? Number(asked) : labelOf(asked, { count: classCount, names }, word);
  const indices = [...labels.keys()].filter((index) => labels[index] === label);
  if (indices.length === 0) {
    throw new UsageError(`${word}: ${name} has no image of class ${label}.`, {
      hint: `Its classes are below ${classCount}.`,
    });
  }
  return preparedFor(saved, partOf(set, indices), name);
}
