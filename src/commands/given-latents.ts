// Latents that `aigc sample --latents` is given: what `aigc encode` wrote, or what another tool made of it.
import { maxDataBytes } from '../dataset/byte-source';
import { DataError } from '../errors';
import { decodeNpy, type NpyArray } from '../images/npy';
import { exists, readWhole } from '../read-file';
import { checkLabels } from '../use/inputs';
import type { SavedModel } from '../use/open-model';
import { arrayLabelsPath } from './labels-beside';

export interface GivenLatents {
  /** [count, latentDim], flat */
  readonly values: Float32Array;
  readonly count: number;
  /** [count], of a conditional model: what lies beside the array. */
  readonly labels: number[] | undefined;
}

const mostLatents = 1_000_000;

/** @throws DataError when they are not of the model's shape, no finite numbers, or have labels of other latents */
export async function readLatents(path: string, saved: SavedModel): Promise<GivenLatents> {
  const { family, model } = saved;
  const { dimension } = model.latent;
  const { shape, values } = await readArray(path);
  const [count = 0, width] = shape.length === 1 ? [1, ...shape] : shape;
  if (shape.length > 2 || width !== dimension) {
    throw new DataError(
      `${path} is an array of shape [${shape.join(', ')}], expected [count, ${dimension}], as this ${family.name} draws from.`,
      {
        hint: 'A row is one latent, as `aigc encode` writes them: bring what was projected back to its size.',
      },
    );
  }
  if (count < 1 || count > mostLatents) {
    throw new DataError(`${path} holds ${count} latents, expected 1 to ${mostLatents}.`, {
      hint: 'Draw them in several parts.',
    });
  }
  const latents = Float32Array.from(values, Number);
  const bad = latents.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(
      `${path} holds ${latents[bad]} in row ${Math.floor(bad / dimension)}, expected finite numbers.`,
      {
        hint: 'Look for a division by zero in what made it.',
      },
    );
  }
  return {
    values: latents,
    count,
    labels: family.conditional ? await labelsBeside(path, count, saved) : undefined,
  };
}

async function labelsBeside(path: string, count: number, saved: SavedModel): Promise<number[] | undefined> {
  const beside = arrayLabelsPath(path);
  if (beside === path || !(await exists(beside))) return undefined;
  const { shape, values } = await readArray(beside);
  if (
    shape.length !== 1 ||
    shape[0] !== count ||
    !values.every((label) => Number.isInteger(Number(label)) && label >= 0)
  ) {
    throw new DataError(
      `${beside} is an array of shape [${shape.join(', ')}], expected ${count} labels, one a row of ${path}.`,
      {
        hint: 'Put the two files of one encoding together, or name the classes with --labels.',
      },
    );
  }
  const labels = Array.from(values, Number);
  checkLabels(labels, saved.manifest.setting.classCount, beside);
  return labels;
}

async function readArray(path: string): Promise<NpyArray> {
  return decodeNpy(await readWhole(path, maxDataBytes), path);
}
