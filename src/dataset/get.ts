// Which files of a named set are on disk, and getting the others from its mirrors.
import { join } from 'node:path';
import { DataError } from '../errors';
import { makeFolder } from '../files';
import { exists } from '../read-file';
import { settleFolder } from '../replacement';
import { checksumProblem } from './checksum';
import { type DownloadOptions, downloadFile } from './download';
import { type NamedSet, type SplitFile, setFolder, splitFiles } from './index';

export type StoredFiles = Readonly<Partial<Record<SplitFile, string>>>;

export interface GetOptions extends DownloadOptions {
  readonly dataFolder: string;
}

export const allFiles = Object.keys(splitFiles) as readonly SplitFile[];

/** The files of a set that are on disk, gzipped or unfolded, by what they hold. */
export async function findStored(set: NamedSet, dataFolder: string): Promise<StoredFiles> {
  const folder = setFolder(set, dataFolder);
  await settleFolder(folder);
  const stored: Partial<Record<SplitFile, string>> = {};
  for (const file of allFiles) {
    const gzipped = join(folder, splitFiles[file]);
    const plain = gzipped.replace(/\.gz$/, '');
    if (await exists(gzipped)) stored[file] = gzipped;
    else if (await exists(plain)) stored[file] = plain;
  }
  return stored;
}

export function isComplete(stored: StoredFiles): stored is Readonly<Record<SplitFile, string>> {
  return allFiles.every((file) => stored[file] !== undefined);
}

/** Whether the user forbade the network, with AIGC_OFFLINE=1. */
export function isOffline(): boolean {
  return !['', '0', 'false'].includes(process.env.AIGC_OFFLINE ?? '');
}

/**
 * Downloads the files of a set that are not on disk, and those of `again`.
 * @returns the names of the files that were downloaded
 * @throws DataError when no mirror has a file, when AIGC_OFFLINE is set, or when the disk refuses
 */
export async function downloadSet(
  set: NamedSet,
  options: GetOptions & { readonly again?: readonly SplitFile[] },
): Promise<string[]> {
  const { checksums } = set;
  const stored = await findStored(set, options.dataFolder);
  const wanted = allFiles.filter((file) => stored[file] === undefined || options.again?.includes(file));
  if (wanted.length === 0 || checksums === undefined) return [];
  const folder = setFolder(set, options.dataFolder);
  if (isOffline()) {
    const state = isComplete(stored)
      ? `${namesOf(wanted).join(', ')} of ${set.name} would be downloaded again`
      : absence(set.name, stored, folder);
    throw new DataError(`${state}, and AIGC_OFFLINE forbids to download.`, {
      hint: `Unset AIGC_OFFLINE, or put ${namesOf(wanted).join(', ')} into ${folder}.`,
    });
  }
  await makeFolder(folder);
  for (const file of wanted) {
    const name = splitFiles[file];
    const urls = mirrorsOf(set).map((mirror) => mirror + name);
    await downloadFile(urls, join(folder, name), checksums[file], contentBytes(set, file), options);
  }
  return namesOf(wanted);
}

/** Of one file of a set, unfolded: an IDX header and its bytes. */
function contentBytes(set: NamedSet, file: SplitFile): number {
  const count = file.startsWith('train') ? set.trainCount : set.testCount;
  return file.endsWith('Labels') ? 8 + count : 16 + count * set.height * set.width * set.channels;
}

function namesOf(files: readonly SplitFile[]): string[] {
  return files.map((file) => splitFiles[file]);
}

/** Says that a set is not in a folder, or which of its files are not, as the beginning of a sentence. */
export function absence(name: string, stored: StoredFiles, folder: string): string {
  const missing = namesOf(allFiles.filter((file) => stored[file] === undefined));
  if (missing.length === allFiles.length) return `${name} is not in ${folder}`;
  return `${name} is not whole in ${folder} (without ${missing.join(', ')})`;
}

export interface BadFile {
  readonly file: SplitFile;
  /** Its path and what is wrong, without a full stop. */
  readonly message: string;
}

/** Checks the stored files of a set against its checksums. @returns the bad ones */
export async function verifyStored(set: NamedSet, stored: StoredFiles): Promise<BadFile[]> {
  const problems: BadFile[] = [];
  for (const file of allFiles) {
    const path = stored[file];
    const checksum = set.checksums?.[file];
    if (path === undefined || checksum === undefined || !canCheck(path, checksum.covers)) continue;
    const problem = await checksumProblem(path, checksum).catch((error: unknown) => {
      if (error instanceof DataError) return error;
      throw error;
    });
    if (problem instanceof DataError) problems.push({ file, message: problem.message.replace(/\.$/, '') });
    else if (problem !== undefined) problems.push({ file, message: `${path}: ${problem}` });
  }
  return problems;
}

/** A sum over the gzipped file says nothing about a file that the user has unfolded. */
export function canCheck(path: string, covers: 'content' | 'gzip'): boolean {
  return covers === 'content' || path.endsWith('.gz');
}

/** AIGC_MIRROR=https://host/folder stands for folder/mnist/, folder/kmnist/, …, and then nothing else is asked. */
export function mirrorsOf(set: NamedSet): readonly string[] {
  const own = process.env.AIGC_MIRROR;
  return own ? [`${own.replace(/\/+$/, '')}/${set.name}/`] : set.mirrors;
}
