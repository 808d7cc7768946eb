// What the commands that use a trained model share: the model, its classes, and the file to write.
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { labelsOption, parseLabels } from '../config/labels';
import { choice, text } from '../config/option';
import { UsageError } from '../errors';
import { fileError } from '../files';
import type { Output } from '../output';
import { startBackend } from '../tensor';
import { openModel, type SavedModel } from '../use/open-model';

export const checkpointOption = text({
  placeholder: 'DIR',
  description: 'a run folder, RUN/best, or one checkpoint of it',
  default: './ckpt',
});

export const weightsOption = choice(['average', 'last'], {
  description: 'the average of the weights, where the model keeps one, or those of the last step',
  default: 'average',
});

export const classesOption = labelsOption({
  description: 'the classes, such as 3, 1,3,5 or 0-9, for a model that learns them',
});

interface OpenValues {
  readonly checkpoint: string;
  readonly backend: string;
  readonly threads: number | undefined;
}

/** Opens the model and starts the backend, and says which. The caller disposes the model. */
export function openForUse(
  { checkpoint, backend, threads }: OpenValues,
  output: Output,
): Promise<SavedModel> {
  return openModel(checkpoint, output.warn, async () => {
    const chosen = await startBackend(backend, threads);
    output.progress(`Backend: ${chosen.backend.name} (${chosen.detail})`);
  });
}

/**
 * The classes that `--labels` names.
 * @returns undefined when it was not given
 * @throws UsageError when the model learns no classes, or none of these
 */
export function namedClasses(list: string | undefined, saved: SavedModel): number[] | undefined {
  if (list === undefined) return undefined;
  if (saved.family.conditional) return parseLabels(list, saved.manifest.setting.classCount);
  throw new UsageError(`--labels ${list}: this ${saved.family.name} does not learn classes.`, {
    hint: 'Leave it out, or train a model that does: `aigc models` lists them.',
  });
}

/** Refuses an output file whose folder is not there before anything is computed. */
export async function checkFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  await access(folder).catch((error: unknown) => {
    throw fileError(error, path, 'write');
  });
}

/** @throws UsageError when the path does not end in one of these */
export function checkEnding(out: string, endings: readonly string[]): void {
  if (endings.some((ending) => out.toLowerCase().endsWith(ending))) return;
  throw new UsageError(`--out ${out}: expected a name that ends in ${endings.join(' or ')}.`, {
    hint: `For example: --out pictures${endings[0]}`,
  });
}
