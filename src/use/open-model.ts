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

interface Opening {
  /** Told of damaged checkpoints that were passed over. */
  warn(message: string): void;
  /** Starts the tensor backend and gives its name; called when the checkpoint is known to be good. */
  start(): Promise<BackendName>;
  /** One from outside of aigc, which the user has named. */
  readonly family?: Family | undefined;
  /** In the place of those that it was trained with, of a family that has such an option. */
  readonly drawSteps?: number | undefined;
}

/**
 * Reads the checkpoint, then builds the model and gives it the checkpoint's weights.
 * @throws DataError when there is no checkpoint, or none that is whole
 */
export async function openModel(
  path: string,
  { warn, start, family: given, drawSteps }: Opening,
): Promise<SavedModel> {
  const checkpoint = await findCheckpoint(path, warn);
  const { manifest, folder } = checkpoint;
  const family = familyOf(checkpoint, given, warn);
  const backend = await start();
  const stored = withEarlierValues(family.options, manifest.setting.options);
  const asked = drawSteps !== undefined && 'drawSteps' in family.options ? { drawSteps } : {};
  const options = familyOptions(family, {}, { ...stored, ...asked });
  const numbers = [...checkpoint.tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
  const model = withParametersAtMost(numbers, () => family.create({ ...manifest.setting, options }));
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

/** @throws DataError when there is no such family here, or the one that was named is another */
function familyOf(
  { manifest, folder }: Checkpoint,
  given: Family | undefined,
  warn: (message: string) => void,
): Family {
  const { family: name, familyFile } = manifest;
  if (given && given.name !== name) {
    throw new DataError(`${folder} is of the family ${name}, not of ${given.name} (${given.file?.name}).`, {
      hint: familyFile ? `Name its file: --model ${shellWord(familyFile.name)}` : 'Leave --model out.',
    });
  }
  const family = given ?? families.find((one) => one.name === name);
  if (!family) throw unknownFamily(folder, manifest);
  if (familyFile && given?.file && familyFile.sha256 !== given.file.sha256)
    warn(
      `${given.file.name} has changed since ${folder} was written: its weights may mean something else now.`,
    );
  return family;
}

function unknownFamily(folder: string, { family, familyFile, aigc }: Manifest): DataError {
  if (!familyFile) {
    return new DataError(`${folder} is of a model family "${family}" that this aigc does not have.`, {
      hint: `It was written by aigc ${aigc}: use that one or a newer.`,
    });
  }
  const { name, sha256 } = familyFile;
  return new DataError(
    `${folder} is of the family "${family}", which is in a file of its own: ${name}, SHA-256 ${sha256}.`,
    { hint: `Name the file: --model ${shellWord(name)}. It is run, so take it only from where you trust.` },
  );
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
