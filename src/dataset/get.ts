// Which files of a named set are on disk, and getting the others from its mirrors.
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors';
import { makeFolder } from '../files';
import { exists, hashOf } from '../read-file';
import { settleFolder } from '../replacement';
import { listed } from '../words';
import { type ContentBytes, checksumProblem } from './checksum';
import { type DownloadOptions, downloadFile } from './download';
import { setFolder } from './index';
import { type KeptSums, keepSums, readKeptSums, sumsPath } from './kept-sums';
import {
  type Checksum,
  filesOf,
  type NamedSet,
  type SetArchive,
  type SplitFile,
  splitFiles,
} from './named-set';
import { unpackSets } from './set-archive';

export type StoredFiles = Readonly<Partial<Record<SplitFile, string>>>;

export interface GetOptions extends DownloadOptions {
  /** Where sets are kept, instead of ./data and the user's cache. */
  readonly dataFolder?: string | undefined;
}

export const allFiles = Object.keys(splitFiles) as readonly SplitFile[];

/** The files of a set that are on disk, gzipped or unfolded, by what they hold. */
export async function findStored(set: NamedSet, dataFolder?: string): Promise<StoredFiles> {
  const folder = setFolder(set, dataFolder);
  await settleFolder(folder);
  const stored: Partial<Record<SplitFile, string>> = {};
  for (const file of allFiles) {
    const published = join(folder, filesOf(set)[file]);
    const plain = published.replace(/\.gz$/, '');
    if (await exists(published)) stored[file] = published;
    else if (await exists(plain)) stored[file] = plain;
  }
  return stored;
}

export type WholeFiles = Readonly<Record<SplitFile, string>>;

export function isComplete(stored: StoredFiles): stored is WholeFiles {
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
  const stored = await findStored(set, options.dataFolder);
  const wanted = allFiles.filter((file) => stored[file] === undefined || options.again?.includes(file));
  if (wanted.length === 0 || set.builtIn !== undefined) return [];
  const folder = setFolder(set, options.dataFolder);
  const { archive } = set;
  if (archive && (await exists(join(folder, archive.name)))) {
    await unpackFound(archive, set, folder);
    return [];
  }
  if (isOffline()) throw offline(set, stored, wanted, folder);
  await makeSetFolder(folder);
  if (archive) return downloadArchive(archive, set, folder, options);
  for (const file of wanted) await downloadOne(set, file, folder, options);
  return namesOf(set, wanted);
}

async function downloadOne(
  set: NamedSet,
  file: SplitFile,
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  const name = filesOf(set)[file];
  const path = join(folder, name);
  const urls = mirrorsOf(set).map((mirror) => mirror + name);
  const known = set.checksums[file];
  const kept = known === undefined ? keptSum(name, readKeptSums(folder)) : undefined;
  await downloadFile(urls, path, known ?? kept, contentBytes(set, file), options).catch((error: unknown) => {
    if (!kept || !(error instanceof DataError) || !error.message.includes('wrong checksum')) throw error;
    const hint = `${sumsPath(folder)} has the hash of the first download: if the set has changed since, remove that line.`;
    throw new DataError(error.message, { hint, cause: error });
  });
  if (known === undefined && kept === undefined)
    await keepSums(folder, new Map([[name, await hashOf(path)]]));
}

async function downloadArchive(
  archive: SetArchive,
  set: NamedSet,
  folder: string,
  options: DownloadOptions,
): Promise<string[]> {
  const { name, bytes, checksum } = archive;
  const path = join(folder, name);
  const urls = mirrorsOf(set).map((mirror) => mirror + name);
  await downloadFile(urls, path, checksum, { least: bytes, most: bytes }, options);
  await unpack(archive, set, folder);
  await rm(path);
  return [name];
}

/** Of an archive that somebody put there, which stays. */
async function unpackFound(archive: SetArchive, set: NamedSet, folder: string): Promise<void> {
  const path = join(folder, archive.name);
  const problem = await checksumProblem(path, archive.checksum);
  if (problem !== undefined) {
    throw new DataError(`${path} is not the archive of ${set.name}: ${problem}.`, {
      hint: `Remove it, and get it again: aigc data get ${set.name}`,
    });
  }
  await unpack(archive, set, folder);
}

async function unpack(archive: SetArchive, set: NamedSet, folder: string): Promise<void> {
  const path = join(folder, archive.name);
  const sums = await unpackSets(path, archive, folder);
  const absent = Object.values(filesOf(set)).filter((name) => !sums.has(name));
  if (absent.length > 0)
    throw new DataError(`${path} does not hold ${listed(absent)}.`, {
      hint: 'Is it the archive of the set?',
    });
  await keepSums(folder, sums);
}

/** The user's cache may be where nobody may write, as in some containers. */
async function makeSetFolder(folder: string): Promise<void> {
  await makeFolder(folder).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    const hint = `Name a folder for what is downloaded, AIGC_CACHE_DIR=DIR, or make one here: mkdir -p data/${basename(folder)}`;
    throw new DataError(error.message, { hint, cause: error });
  });
}

function offline(
  set: NamedSet,
  stored: StoredFiles,
  wanted: readonly SplitFile[],
  folder: string,
): DataError {
  const names = namesOf(set, wanted).join(', ');
  const state = isComplete(stored)
    ? `${names} of ${set.name} would be downloaded again`
    : absence(set, stored, folder);
  return new DataError(`${state}, and AIGC_OFFLINE forbids to download.`, {
    hint: `Unset AIGC_OFFLINE, or put ${set.archive?.name ?? names} into ${folder}.`,
  });
}

/** Of one file of a set, unfolded: an IDX header and its bytes, or an .npy in an archive. */
function contentBytes(set: NamedSet, file: SplitFile): ContentBytes {
  const name = filesOf(set)[file];
  const isLabels = file.endsWith('Labels');
  const count = file.startsWith('train') ? set.trainCount : set.testCount;
  const values = isLabels ? count : count * set.height * set.width * set.channels;
  // NumPy's headers are padded to a multiple of 64; labels may be as wide as int64.
  if (name.endsWith('.npz')) return { least: values, most: 256 + (isLabels ? 8 : 1) * values, isZip: true };
  const bytes = !isLabels ? 16 + values : name.includes('idx2-int') ? 12 + 32 * values : 8 + values;
  return { least: bytes, most: bytes };
}

function namesOf(set: NamedSet, files: readonly SplitFile[]): string[] {
  return files.map((file) => filesOf(set)[file]);
}

/** Says that a set is not in a folder, or which of its files are not, as the beginning of a sentence. */
export function absence(set: NamedSet, stored: StoredFiles, folder: string, name = set.name): string {
  const missing = namesOf(
    set,
    allFiles.filter((file) => stored[file] === undefined),
  );
  if (missing.length === allFiles.length) return `${name} is not in ${folder}`;
  return `${name} is not whole in ${folder} (without ${missing.join(', ')})`;
}

export interface BadFile {
  readonly file: SplitFile;
  /** Its path and what is wrong, without a full stop. */
  readonly message: string;
}

/** Checks the stored files of a set against its checksums, published or kept. @returns the bad ones */
export async function verifyStored(set: NamedSet, stored: StoredFiles): Promise<BadFile[]> {
  const problems: BadFile[] = [];
  for (const [file, path, checksum] of checkable(set, stored)) {
    const problem = await checksumProblem(path, checksum).catch((error: unknown) => {
      if (error instanceof DataError) return error;
      throw error;
    });
    if (problem instanceof DataError) problems.push({ file, message: problem.message.replace(/\.$/, '') });
    else if (problem !== undefined) problems.push({ file, message: `${path}: ${problem}` });
  }
  return problems;
}

/** The stored files that there is a checksum for, with it. */
export function checkable(set: NamedSet, stored: StoredFiles): [SplitFile, string, Checksum][] {
  return allFiles.flatMap((file) => {
    const path = stored[file];
    if (path === undefined) return [];
    const checksum = set.checksums[file] ?? keptSum(basename(path), readKeptSums(dirname(path)));
    // A sum over the gzipped file says nothing about one that the user has unfolded.
    const fits = checksum?.covers === 'content' || basename(path) === filesOf(set)[file];
    return checksum && fits ? [[file, path, checksum] as [SplitFile, string, Checksum]] : [];
  });
}

/** What files that no public source has a sum of hashed to now that they came, a sentence each. */
export function newSums(set: NamedSet, folder: string, downloaded: readonly string[]): string[] {
  const kept = readKeptSums(folder);
  return allFiles.flatMap((file) => {
    const name = filesOf(set)[file];
    const sum = set.checksums[file] ? undefined : kept.get(name);
    if (sum === undefined || !downloaded.includes(name)) return [];
    return [`SHA-256 of ${name}: ${sum}; no public source has one, so this is kept in ${sumsPath(folder)}.`];
  });
}

function keptSum(name: string, kept: KeptSums): Checksum | undefined {
  const sha256 = kept.get(name);
  return sha256 === undefined ? undefined : { covers: 'file', sha256 };
}

/** AIGC_MIRROR=https://host/folder stands for folder/mnist/, folder/emnist/, …, and then nothing else is asked. */
export function mirrorsOf(set: NamedSet): readonly string[] {
  const own = process.env.AIGC_MIRROR;
  return own ? [`${own.replace(/\/+$/, '')}/${set.folder ?? set.name}/`] : set.mirrors;
}
