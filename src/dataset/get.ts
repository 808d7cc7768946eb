// Which files of a named set are on disk, and getting the others from its mirrors.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors';
import { makeFolder } from '../files';
import { checksumProblem } from './checksum';
import { type DownloadOptions, downloadFile } from './download';
import { type NamedSet, type SplitFile, setFolder, splitFiles } from './index';

export type StoredFiles = Readonly<Partial<Record<SplitFile, string>>>;

export interface GetOptions extends DownloadOptions {
  readonly dataFolder: string;
}

const allFiles = Object.keys(splitFiles) as readonly SplitFile[];

/** The files of a set that are on disk, gzipped or unfolded, by what they hold. */
export async function findStored(set: NamedSet, dataFolder: string): Promise<StoredFiles> {
  const folder = setFolder(set, dataFolder);
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
 * Downloads the files of a set that are not on disk; with `again`, those that are too.
 * @returns the names of the files that were downloaded
 * @throws DataError when no mirror has a file, when AIGC_OFFLINE is set, or when the disk refuses
 */
export async function downloadSet(
  set: NamedSet,
  options: GetOptions & { readonly again?: boolean },
): Promise<string[]> {
  const { checksums } = set;
  const stored = await findStored(set, options.dataFolder);
  const wanted = checksums ? allFiles.filter((file) => options.again || stored[file] === undefined) : [];
  if (wanted.length === 0 || checksums === undefined) return [];
  const folder = setFolder(set, options.dataFolder);
  if (isOffline()) {
    throw new DataError(`${set.name} is not in ${folder}, and AIGC_OFFLINE forbids to download it.`, {
      hint: `Unset AIGC_OFFLINE, or put its files into ${folder}.`,
    });
  }
  await makeFolder(folder);
  for (const file of wanted) {
    const name = splitFiles[file];
    const urls = mirrorsOf(set).map((mirror) => mirror + name);
    await downloadFile(urls, join(folder, name), checksums[file], options);
  }
  return wanted.map((file) => splitFiles[file]);
}

/** Checks the stored files of a set against its checksums.
 *  @returns what is wrong with each bad file, a sentence for each */
export async function verifyStored(set: NamedSet, stored: StoredFiles): Promise<string[]> {
  const problems: string[] = [];
  for (const file of allFiles) {
    const path = stored[file];
    const checksum = set.checksums?.[file];
    if (path === undefined || checksum === undefined || !canCheck(path, checksum.covers)) continue;
    const problem = await checksumProblem(path, checksum).catch((error: unknown) => {
      if (error instanceof DataError) return error.message;
      throw error;
    });
    if (problem !== undefined) problems.push(`${path}: ${problem}`);
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
