// Opens a trained model from what `--checkpoint` names: a run folder or its folder of checkpoints (the newest that is whole),
// RUN/best, or one checkpoint.
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Options, OptionValues } from '../config/option';
import { withEarlierValues } from '../config/resolve';
import type { Classes } from '../dataset/classes';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { families, familyOptions } from '../models';
import type { Family, Model } from '../models/family';
import { withParametersAtMost } from '../models/parameters';
import { exists } from '../read-file';
import {
  type Checkpoint,
  checkpointFolder,
  listCheckpoints,
  type Manifest,
  readCheckpoint,
  readNewestCheckpoint,
} from '../run/checkpoint';
import { readRun, runFolder } from '../run/run-folder';
import { restoreVariables } from '../run/variables';
import type { BackendName } from '../tensor/backend';
import { shellWord } from '../words';

export interface SavedModel {
  /** The caller disposes it. */
  readonly model: Model;
  readonly family: Family;
  /** All of them, also those that came after the checkpoint. */
  readonly options: OptionValues<Options>;
  readonly manifest: Manifest;
  readonly classes: Classes;
  /** The checkpoint's own folder. */
  readonly folder: string;
  /** What computes. */
  readonly backend: BackendName;
}

/**
 * Reads the checkpoint, then builds the model and gives it the checkpoint's weights.
 * @param warn  told of damaged checkpoints that were passed over
 * @param start starts the tensor backend and gives its name; called when the checkpoint is known to be good
 * @throws DataError when there is no checkpoint, or none that is whole
 */
export async function openModel(
  path: string,
  warn: (message: string) => void,
  start: () => Promise<BackendName>,
): Promise<SavedModel> {
  const checkpoint = await findCheckpoint(path, warn);
  const { manifest, folder } = checkpoint;
  const family = families.find(({ name }) => name === manifest.family);
  if (!family) {
    throw new DataError(`${folder} is of a model family "${manifest.family}" that this aigc does not have.`, {
      hint: `It was written by aigc ${manifest.aigc}: use that one or a newer.`,
    });
  }
  const backend = await start();
  const options = familyOptions(family, {}, withEarlierValues(family.options, manifest.setting.options));
  const stored = [...checkpoint.tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
  const model = withParametersAtMost(stored, () => family.create({ ...manifest.setting, options }));
  try {
    restoreVariables(model, checkpoint);
  } catch (error) {
    model.dispose();
    throw error;
  }
  const { names, absent = [] } = manifest.classes ?? {};
  const classes = { count: manifest.setting.classCount, names, absent };
  return { model, family, options, manifest, classes, folder, backend };
}

/** @throws DataError when there is no checkpoint, or none that is whole */
export async function findCheckpoint(path: string, warn: (message: string) => void): Promise<Checkpoint> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return readBest(path);
  if (!found.isDirectory()) {
    throw new DataError(`${path} is a file; expected a run folder or a checkpoint's folder.`, {
      hint: 'Name the folder that `aigc train` wrote, such as ./ckpt.',
    });
  }
  if (await exists(join(path, 'manifest.json'))) return readCheckpoint(path);
  const parent = (await listCheckpoints(path)).length > 0 ? path : runFolder(path).checkpoints;
  const checkpoint = await readNewestCheckpoint(parent, warn);
  if (checkpoint) return checkpoint;
  throw new DataError(`${path} holds no checkpoint.`, {
    hint: (await exists(runFolder(path).run))
      ? `Its run has not written one yet: aigc train --resume --out ${shellWord(path)}`
      : 'Train a model first: aigc train --out DIR.',
  });
}

/** RUN/best is no folder: run.json says which checkpoint it is, and is replaced as a whole. */
async function readBest(path: string): Promise<Checkpoint> {
  const folder = runFolder(dirname(resolve(path)));
  const record = basename(path) === 'best' ? await readRun(folder) : undefined;
  if (!record) throw fileError(await stat(path).catch((error) => error), path, 'read');
  if (record.best) return readCheckpoint(checkpointFolder(folder.checkpoints, record.best.step));
  throw new DataError(`The run in ${dirname(path)} has no best checkpoint yet.`, {
    hint: `Take its newest: --checkpoint ${shellWord(dirname(path))}. There is a best one after an epoch that was measured: see --keep-best.`,
  });
}
