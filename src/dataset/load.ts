// From what `--data` says to images in memory: a named set, what lies at a path, or the default.
import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flagName } from '../config/option';
import { DataError, didYouMean, UsageError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { exists } from '../read-file';
import { settleFolder } from '../replacement';
import { sha256 } from '../sha256';
import { fileSize, shellWord } from '../words';
import { formatAddress, parseAddress } from './address';
import { blocksOf, pixelBytes } from './blocks';
import { checksumProblem } from './checksum';
import { readData } from './door';
import {
  absence,
  checkable,
  downloadSet,
  findStored,
  type GetOptions,
  isComplete,
  isOffline,
  mirrorsOf,
  newSums,
  type WholeFiles,
} from './get';
import { type AnySet, type DataSet, isStored, type StoredSet } from './image-set';
import { namedSets, setFolder } from './index';
import { type Keep, keepBy, reasonToStay, type StreamChoice } from './keep';
import type { NamedSet, SplitFile } from './named-set';
import { idxHeader } from './readers/idx';
import { readSplits } from './readers/idx-set';
import type { FoundSet } from './readers/reader';

export interface LoadOptions extends GetOptions {
  /** The sets that have names; the registry unless a test says otherwise. */
  readonly sets?: readonly NamedSet[];
  /** Whether the pixels may stay on disk: `auto`, which is meant when it is left out, says of large sets. */
  readonly stream?: StreamChoice | undefined;
}

export interface DefaultDataSet {
  readonly dataSet: DataSet;
  /** Whether it is the built-in digits because MNIST could not be had. */
  readonly fallback: boolean;
  /** A sentence that says what is used and why. */
  readonly reason: string;
}

/** How long the search for MNIST may hold up a machine without a network, milliseconds. */
const defaultPatienceMs = 5000;
/** Nobody asked for MNIST by name: a mirror that would take more than some six minutes for its 11 MB is not waited for. */
const defaultIdleMs = 10_000;
const defaultLeastRate = 32_768;

/**
 * Loads a data set, downloading it first if it has a name and is not on disk. A name goes before a folder of that
 * name: `./mnist` is the folder.
 * @throws UsageError for a name that does not exist; DataError for files that are missing, bad, or not to be had
 */
export async function loadDataSet(nameOrPath: string, options: LoadOptions = {}): Promise<DataSet> {
  const sets = options.sets ?? namedSets;
  const named = sets.find((set) => set.name === nameOrPath);
  if (named) return loadNamed(named, options);
  const { path, options: reading } = parseAddress(nameOrPath);
  const [flag] = Object.keys(reading);
  if (flag !== undefined && sets.some(({ name }) => name === path)) {
    throw new UsageError(`${flagName(flag)} says nothing of ${path}: aigc knows how that set is read.`, {
      hint: 'Leave it out.',
    });
  }
  await settleFolder(dirname(path));
  await stat(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT' || /[/\\]/.test(path)) throw fileError(error, path, 'read');
    const names = sets.map((set) => set.name);
    throw new UsageError(`There is no data set and no folder called "${path}".`, {
      hint: didYouMean(path, names),
    });
  });
  return dataSetOf(nameOrPath, await readData(nameOrPath, {}, keepBy(options.stream ?? 'auto')), options);
}

/**
 * Loads the data set that a run or a checkpoint names.
 * @param flag what names another
 * @throws DataError when there is nothing of that name any more; otherwise as `loadDataSet`
 */
export async function loadRememberedSet(
  nameOrPath: string,
  flag: string,
  options: LoadOptions,
): Promise<DataSet> {
  await checkRememberedSet(nameOrPath, flag, options.sets);
  return loadDataSet(nameOrPath, options);
}

/** The same before it is loaded. @throws DataError */
export async function checkRememberedSet(
  nameOrPath: string,
  flag: string,
  sets: readonly NamedSet[] = namedSets,
): Promise<void> {
  if (sets.some(({ name }) => name === nameOrPath)) return;
  const { path } = parseAddress(nameOrPath);
  if (await exists(path)) return;
  throw new DataError(`${path}, the data that this was trained on, is not there any more.`, {
    hint: `Name where it is now: ${flag} DIR.`,
  });
}

/**
 * Loads what is trained on when nothing is asked for: MNIST if it is on disk or can be downloaded, else the built-in
 * digits. A machine without a network is held up for at most 5 s; with AIGC_OFFLINE no download is tried.
 * @throws DataError when the files on disk are bad
 */
export async function resolveDefaultDataSet(options: LoadOptions): Promise<DefaultDataSet> {
  const mnist = find('mnist', options);
  const folder = setFolder(mnist, options.dataFolder);
  const stored = await findStored(mnist, options.dataFolder);
  if (isComplete(stored)) {
    return {
      dataSet: await loadNamed(mnist, options),
      fallback: false,
      reason: `MNIST, found in ${folder}.`,
    };
  }
  const obstacle = isOffline() ? 'AIGC_OFFLINE is set' : await tryDownload(mnist, options);
  if (obstacle === undefined) {
    return {
      dataSet: await loadNamed(mnist, options),
      fallback: false,
      reason: `MNIST, downloaded to ${folder}.`,
    };
  }
  const found = await findStored(mnist, options.dataFolder);
  return {
    dataSet: await loadNamed(find('digits', options), options),
    fallback: true,
    reason: `${absence(mnist, found, folder, 'MNIST')} and was not downloaded (${obstacle}): using the built-in digits instead.`,
  };
}

/** @returns undefined when the set is on disk now, else why not, in a few words */
async function tryDownload(set: NamedSet, options: LoadOptions): Promise<string | undefined> {
  const connectMs = Math.floor(defaultPatienceMs / Math.max(1, mirrorsOf(set).length));
  try {
    await downloadSet(set, { connectMs, idleMs: defaultIdleMs, leastRate: defaultLeastRate, ...options });
    return undefined;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return error.cause instanceof Error ? error.cause.message : error.message;
  }
}

function find(name: string, options: LoadOptions): NamedSet {
  const set = (options.sets ?? namedSets).find((candidate) => candidate.name === name);
  if (set === undefined) throw new Error(`The registry has no set "${name}".`);
  return set;
}

async function loadNamed(set: NamedSet, options: LoadOptions): Promise<DataSet> {
  const downloaded = await downloadSet(set, options);
  const folder = setFolder(set, options.dataFolder);
  const stored = await findStored(set, options.dataFolder);
  if (!isComplete(stored)) {
    throw new DataError(`${absence(set, stored, folder)}.`, {
      hint: set.builtIn ? reinstall : `Get it: aigc data get ${set.name}`,
    });
  }
  const dataSet = await readNamed(set, stored, folder, keepBy(options.stream ?? 'auto')).then(
    (found) => dataSetOf(set.name, found, options),
    (error: unknown) => {
      throw namedError(error, set);
    },
  );
  await verify(set, stored, dataSet);
  return { ...dataSet, notes: [...(dataSet.notes ?? []), ...newSums(set, folder, downloaded)] };
}

async function readNamed(set: NamedSet, stored: WholeFiles, folder: string, keep: Keep): Promise<FoundSet> {
  const { reading, classNames } = set;
  if (reading)
    return { ...(await readData(formatAddress(folder, reading), {}, keep)), classNames, notes: [] };
  const train = { images: stored.trainImages, labels: stored.trainLabels };
  const test = { images: stored.testImages, labels: stored.testLabels };
  return { ...(await readSplits(train, test, {}, keep)), notes: [] };
}

function dataSetOf(name: string, found: FoundSet, { stream }: LoadOptions): DataSet {
  const { train, test, classNames, warnings } = found;
  if (stream === 'on' && !isStored(train.set)) {
    throw new UsageError(`--stream on: ${name} is of a format that is read whole.`, {
      hint: `Convert it first: aigc data convert ${shellWord(name)} --out NEW, or leave --stream out.`,
    });
  }
  const fingerprint = fingerprintOf(train.set);
  const provenance = { train: train.provenance, test: test?.provenance };
  const sets = { train: train.set, test: test?.set, provenance };
  const notes = isStored(train.set) ? [...found.notes, stays(name, train.set)] : found.notes;
  return { name, ...sets, classNames, fingerprint, notes, warnings };
}

function stays(name: string, set: StoredSet): string {
  const bytes = pixelBytes(set);
  return `${name}: ${fileSize(bytes)} of images stay on disk and are read ahead of need, because ${reasonToStay(bytes)}.`;
}

/** Checks the files of a set: what it has in memory as they have it is not read once more. @throws DataError */
async function verify(set: NamedSet, stored: WholeFiles, { train, test }: DataSet): Promise<void> {
  for (const [file, path, checksum] of checkable(set, stored)) {
    const split = file.startsWith('train') ? train : test;
    const asRead = split && set.reading === undefined && checksum.covers === 'content';
    if (asRead && contentHash(split, file) === checksum.sha256) continue;
    const problem = await checksumProblem(path, checksum);
    if (problem === undefined) continue;
    throw new DataError(`${path} is not the file of ${set.name}: ${problem}.`, {
      hint: `Get it again: ${getAgain(set)}`,
    });
  }
}

/** Of the IDX file that such images or labels are in. */
function contentHash(split: AnySet, file: SplitFile): string {
  const { count, height, width, labels } = split;
  if (file.endsWith('Labels')) return sha256(idxHeader([count]), labels ?? Buffer.alloc(0));
  return hashOf(idxHeader([count, height, width]), split).digest('hex');
}

/** A bad file of a named set is to be had again, which the reader of the file cannot know. */
function namedError(error: unknown, set: NamedSet): unknown {
  const refusedByDisk = error instanceof DataError && /^E/.test(errorCode(error.cause) ?? '');
  if (!(error instanceof DataError) || refusedByDisk) return error;
  const hint = set.builtIn ? reinstall : `Get it again: ${getAgain(set)}`;
  return new DataError(error.message, { hint, cause: error });
}

const reinstall = 'It comes with aigc: install aigc again.';
const getAgain = (set: NamedSet): string => `aigc data get ${set.name} --force`;

/** SHA-256 over images' shape and bytes and their labels, hex. */
export function fingerprintOf(set: AnySet): string {
  const { count, height, width, channels, labels } = set;
  const hash = hashOf(idxHeader([count, height, width, channels]), set);
  if (labels) hash.update(idxHeader([count])).update(labels);
  return hash.digest('hex');
}

/** The SHA-256 of a header and all pixels behind it, to be gone on with. */
function hashOf(header: Uint8Array, set: AnySet): Hash {
  const hash = createHash('sha256').update(header);
  for (const { images } of blocksOf(set)) hash.update(images.pixels);
  return hash;
}
