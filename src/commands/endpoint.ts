// The ends of a walk through the latent space: a seed, a class or a picture, and the latent that each stands for.
import { pickImages } from '../dataset/split';
import { DataError, UsageError } from '../errors';
import type { Output } from '../output';
import { latentsAt } from '../use/draw';
import { canEncode, encodeImages } from '../use/encode';
import { invertImages } from '../use/invert';
import type { SavedModel } from '../use/open-model';
import { isPicture, loadNamedData, preparedFor, readPicture } from './picture-input';

export type EndpointName = { readonly word: string } & (
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'label'; readonly label: number }
  | { readonly kind: 'picture' }
);

export interface Ends {
  readonly from: EndpointName;
  readonly to: EndpointName;
}

/** The latent at one end of a walk, [latentDim]. */
export type Endpoint = (row: number) => Float32Array;

/** Whether an end is the same for all walks. */
export function isFixed(end: EndpointName, { family }: SavedModel): boolean {
  return end.kind === 'picture' || (end.kind === 'label' && !family.conditional);
}

/** @throws UsageError when it names no end */
export function parseEndpoint(word: string, flag: string): EndpointName {
  const numbered = /^(seed|label):(\d{1,15})$/.exec(word);
  if (numbered?.[1] === 'seed') return { word, kind: 'seed', seed: Number(numbered[2]) };
  if (numbered) return { word, kind: 'label', label: Number(numbered[2]) };
  if (isPicture(word)) return { word, kind: 'picture' };
  throw new UsageError(`${flag} must be a seed, a label or a PNG, got "${word}".`, {
    hint: 'Write it like seed:7, label:3 or picture.png.',
  });
}

interface Walks {
  readonly rows: number;
  readonly steps: number;
  /** What --labels names. */
  readonly named: readonly number[] | undefined;
}

/**
 * The class of each image of each walk: that of the nearer end, changing in the middle, where the ends have labels.
 * @returns [rows · steps], undefined for a model without classes
 * @throws UsageError for a class that the model does not know, and a picture whose class is not known
 */
export function classesOfWalks({ from, to }: Ends, walks: Walks, saved: SavedModel): Int32Array | undefined {
  const { rows, steps, named } = walks;
  if (!saved.family.conditional) return undefined;
  const { classCount } = saved.manifest.setting;
  const own = (end: EndpointName) => (end.kind === 'label' ? end.label : undefined);
  for (const label of [own(from), own(to)]) if (label !== undefined) checkClass(label, classCount);
  const shared = own(from) ?? own(to);
  if (shared === undefined && named === undefined && (from.kind === 'picture' || to.kind === 'picture')) {
    throw new UsageError(`This ${saved.family.name} must know the class of a picture.`, {
      hint: 'Name it: --labels 3.',
    });
  }
  return Int32Array.from({ length: rows * steps }, (_, image) => {
    const row = Math.floor(image / steps);
    const end = image % steps < steps / 2 ? from : to;
    return own(end) ?? named?.[row % named.length] ?? shared ?? row % classCount;
  });
}

function checkClass(label: number, classCount: number): void {
  if (label < classCount) return;
  throw new UsageError(`label:${label}: there is no class ${label}.`, {
    hint: `The model knows the classes 0 to ${classCount - 1}.`,
  });
}

interface EndpointSetting {
  readonly saved: SavedModel;
  readonly output: Output;
  readonly seed: number;
  readonly steps: number;
  readonly data: string | undefined;
  /** [rows · steps], of a conditional model. */
  readonly classes: Int32Array | undefined;
  readonly lastWeights: boolean;
}

/**
 * Finds the latents of one end.
 * - seed:N is the first image of `aigc sample --seed N`; the next walk has the next seed.
 * - label:N of a conditional model is drawn as that class, from the latents of `aigc sample --seed`, two for each walk.
 *   For another model with an encoder it is the mean latent of the training images of that class.
 * - A picture is encoded, or its latent sought by gradient descent where there is no encoder.
 * @param side 0 for --from, 1 for --to
 */
export async function createEndpoint(
  end: EndpointName,
  side: 0 | 1,
  setting: EndpointSetting,
): Promise<Endpoint> {
  const { model, family } = setting.saved;
  if (end.kind === 'seed') {
    return (row) => latentsAt(model, end.seed + row, 0, 1);
  }
  if (end.kind === 'label' && family.conditional) {
    return (row) => latentsAt(model, setting.seed, 2 * row + side, 1);
  }
  const latent =
    end.kind === 'label'
      ? await meanLatent(end.label, setting)
      : await latentOfPicture(end.word, side, setting);
  return () => latent;
}

async function meanLatent(label: number, { saved, data, output }: EndpointSetting) {
  const { model, family, manifest } = saved;
  if (!canEncode(model)) {
    throw new UsageError(
      `label:${label}: this ${family.name} learns no classes, and has no encoder to look for them.`,
      {
        hint: 'Walk between seeds or pictures, or train a conditional model: see `aigc models`.',
      },
    );
  }
  const name = data ?? manifest.dataset.name;
  const set = (await loadNamedData(name, output)).train;
  if (!set.labels) {
    throw new DataError(`label:${label}: ${name} has no labels.`, {
      hint: 'Name data that has with --data, or walk between seeds.',
    });
  }
  const indices = [...set.labels.keys()].filter((index) => set.labels?.[index] === label);
  if (indices.length === 0) {
    throw new UsageError(`label:${label}: ${name} has no image of class ${label}.`, {
      hint: `Its classes are below ${set.classCount}.`,
    });
  }
  const prepared = preparedFor(saved, set, name);
  const latents = await encodeImages(model, prepared, Uint32Array.from(indices), family.pixelRange);
  const { dimension } = model.latent;
  const sums = new Float64Array(dimension);
  for (const [i, value] of latents.entries()) sums[i % dimension] = (sums[i % dimension] as number) + value;
  return Float32Array.from(sums, (sum) => sum / indices.length);
}

async function latentOfPicture(path: string, side: 0 | 1, setting: EndpointSetting): Promise<Float32Array> {
  const { saved, classes, steps, seed, lastWeights, output } = setting;
  const { model, family, manifest } = saved;
  const picture = pickImages(
    preparedFor(saved, await readPicture(path, manifest.setting.image.channels), path),
    [0],
  );
  const labels = classes && Int32Array.of(classes[side === 0 ? 0 : steps - 1] as number);
  if (canEncode(model)) return encodeImages(model, picture, Uint32Array.of(0), family.pixelRange, labels);
  output.progress(`This ${family.name} has no encoder: looking for the latent of ${path}.`);
  const images = Float32Array.from(picture.pixels, (byte) => byte / 255);
  const known = new Float32Array(images.length).fill(1);
  return invertImages(model, { images, known, count: 1, labels, lastWeights, seed, steps: inversionSteps });
}

/** Enough for the distance to settle: docs/using-a-model.md. */
const inversionSteps = 300;
