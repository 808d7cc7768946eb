// Labels beside an array of images or latents, and any file with what belongs to it: labels, and how it was made.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import { encodeNpy } from '../images/npy';
import type { Provenance } from '../images/provenance';
import { sidecarPath, writeSidecar } from '../images/sidecar';
import type { OutputEvent } from '../output';
import { exists } from '../read-file';
import { replaceBeside, replaceFiles } from '../replacement';

export interface LabelsFile {
  readonly path: string;
  write(path: string): Promise<void>;
}

/** name.npy → name-labels.npy */
export function arrayLabelsPath(array: string): string {
  return array.replace(/\.npy$/i, '-labels.npy');
}

/** int32 [count], for beside an array. */
export function labelsOfArray(array: string, labels: Uint8Array): LabelsFile {
  return {
    path: arrayLabelsPath(array),
    write: (path) => writeFileAtomic(path, encodeNpy(Int32Array.from(labels), [labels.length])),
  };
}

/** Writes a file with what belongs to it, as one: at no moment do old labels, or what is said of old images, lie beside
 *  new ones.
 *  @param isShard whether other processes write theirs into the same folder */
export async function writeWithLabels(
  path: string,
  write: (path: string) => Promise<void>,
  labels: LabelsFile | undefined,
  provenance?: Provenance,
  isShard = false,
): Promise<Written> {
  const sidecar = sidecarPath(path);
  const hasSidecar = await exists(sidecar);
  if (labels === undefined && provenance === undefined && !hasSidecar) {
    await makeFolder(dirname(path));
    await write(path);
    return { files: [path] };
  }
  const drafted = async (draft: string) => {
    const file = join(draft, basename(path));
    await write(file);
    if (labels) await labels.write(join(draft, basename(labels.path)));
    if (provenance) await writeSidecar(file, provenance);
  };
  const older = hasSidecar ? [basename(sidecar)] : [];
  if (isShard) await replaceBeside(path, older, drafted);
  else await replaceFiles(dirname(path), older, drafted);
  return {
    files: [path, ...(labels ? [labels.path] : []), ...(provenance ? [sidecar] : [])],
    labels: labels?.path,
  };
}

/** What was written. */
export interface Written {
  readonly files: readonly string[];
  /** The one of them that holds labels, if any. */
  readonly labels?: string | undefined;
  /** What there is to say of it besides, for programs and for people. */
  readonly event?: OutputEvent;
  readonly says?: string;
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
