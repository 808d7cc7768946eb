// Labels beside an array of images or latents, and any file with the labels that belong to it.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import { encodeNpy } from '../images/npy';
import { replaceFiles } from '../replacement';

export interface LabelsFile {
  readonly path: string;
  write(path: string): Promise<void>;
}

/** name.npy → name-labels.npy */
function arrayLabelsPath(array: string): string {
  return array.replace(/\.npy$/i, '-labels.npy');
}

/** int32 [count], for beside an array. */
export function labelsOfArray(array: string, labels: Uint8Array): LabelsFile {
  return {
    path: arrayLabelsPath(array),
    write: (path) => writeFileAtomic(path, encodeNpy(Int32Array.from(labels), [labels.length])),
  };
}

/** Writes a file with its labels, as one: at no moment do old labels lie beside new images.
 *  @returns the paths written */
export async function writeWithLabels(
  path: string,
  write: (path: string) => Promise<void>,
  labels: LabelsFile | undefined,
): Promise<string[]> {
  if (labels === undefined) {
    await makeFolder(dirname(path));
    await write(path);
    return [path];
  }
  await replaceFiles(dirname(path), [], async (draft) => {
    await write(join(draft, basename(path)));
    await labels.write(join(draft, basename(labels.path)));
  });
  return [path, labels.path];
}

/** @throws DataError when labels lie beside an array that will have none: they are of other images */
export async function checkLabelsOfArray(array: string, hasLabels: boolean): Promise<void> {
  const path = arrayLabelsPath(array);
  if (hasLabels || !(await stat(path).catch(() => undefined))) return;
  throw strayLabels(path, array);
}

export function strayLabels(stray: string, out: string): DataError {
  return new DataError(`${stray} would be taken for a part of ${out}, and is of other images.`, {
    hint: 'Move it away, or choose another --out.',
  });
}
