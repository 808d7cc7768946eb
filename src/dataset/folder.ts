// Finds the IDX files in a folder, tells training from test and images from labels by their names, and reads them.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { writeFileAtomic } from '../files';
import { readJson } from '../json';
import { exists } from '../read-file';
import { settleFolder } from '../replacement';
import type { ImageSet } from './image-set';
import { readIdxImages, readIdxLabels } from './readers/idx';
import { listFolder } from './readers/place';

export interface SplitPaths {
  readonly images: string;
  readonly labels: string | undefined;
}

export interface FolderSplits {
  readonly train: SplitPaths;
  readonly test: SplitPaths | undefined;
}

/** train-images-idx3-ubyte.gz, train-images.idx3-ubyte, samples.idx4-ubyte: the stem, then the number of axes. */
const idxName = /^(.+?)[-_.]?idx([134])(?:[-_.]?ubyte)?(?:\.gz)?$/i;
/** What `writeSplit` names its files, with any ending. */
const writtenStem = /^(?:train|t10k)-(?:images|labels)$/;
/** The names of the classes by label, a JSON array, beside a set that was made from folders. */
const classesFile = 'classes.json';
const testName = /(?:^|[^a-z])(?:t10k|test)(?:[^a-z]|$)/i;
const trainName = /(?:^|[^a-z])train(?:[^a-z]|$)/i;

/**
 * Finds a folder's training images, and test images and labels if it has them.
 * @throws DataError when there are none, or when it is unclear which are to be trained on
 */
export async function findSplits(folder: string): Promise<FolderSplits> {
  const { files: names } = await listFolder(folder);
  const images = firstOfEachStem(names);
  if (images.length === 0) throw noImages(folder);
  const split = (name: string): SplitPaths => ({
    images: join(folder, name),
    labels: labelsFor(name, names, folder),
  });
  const [only] = images;
  if (only !== undefined && images.length === 1) return { train: split(only), test: undefined };
  const tests = images.filter((name) => testName.test(stemOf(name)));
  const trains = images.filter((name) => trainName.test(stemOf(name)));
  const [train, ...moreTrains] = trains.length > 0 ? trains : images.filter((name) => !tests.includes(name));
  if (train === undefined || moreTrains.length > 0 || tests.length > 1) {
    throw new DataError(`${folder} holds several sets of images: ${images.join(', ')}.`, {
      hint: 'Name one of the files instead of the folder, or keep one train-* and one t10k-* file in it.',
    });
  }
  return { train: split(train), test: tests[0] === undefined ? undefined : split(tests[0]) };
}

/** The labels that lie beside one images file, if any. */
export async function splitOfFile(images: string): Promise<SplitPaths> {
  const folder = dirname(images);
  const { files } = await listFolder(folder);
  return { images, labels: labelsFor(basename(images), files, folder) };
}

/**
 * The files beside a file of images that `--data` would read with it or in its stead: its twin, zipped or not, and labels.
 * @param labels the labels file that belongs to it
 */
export async function findTwins(images: string, labels: string | undefined): Promise<string[]> {
  const folder = dirname(images);
  const stem = stemOf(basename(images));
  const isTwin = (name: string) =>
    holdsImages(name) ? stemOf(name) === stem : idxName.test(name) && stemOf(name) === labelsStem(stem);
  const own = [basename(images), ...(labels === undefined ? [] : [basename(labels)])];
  const names = (await exists(folder)) ? (await listFolder(folder)).files : [];
  return names.filter((name) => isTwin(name) && !own.includes(name)).map((name) => join(folder, name));
}

/** Reads one split. @throws DataError when a file is bad, or when images and labels differ in number */
export async function readSplit({ images, labels }: SplitPaths): Promise<ImageSet> {
  const { count, height, width, channels, pixels } = await readIdxImages(images);
  const labelBytes = labels === undefined ? undefined : await readIdxLabels(labels);
  if (labelBytes && labelBytes.length !== count) {
    throw new DataError(
      `${labels} holds ${labelBytes.length} labels, but ${images} holds ${count} images: expected as many.`,
      { hint: 'Put the two files of one set together, or remove the labels.' },
    );
  }
  return { count, height, width, channels, pixels, labels: labelBytes, classCount: countClasses(labelBytes) };
}

function countClasses(labels: Uint8Array | undefined): number {
  return labels === undefined ? 0 : 1 + labels.reduce((largest, label) => Math.max(largest, label), 0);
}

/**
 * The names in a folder that a set written there would replace, and those of images that would lie beside it.
 * @returns none of either when there is no folder
 */
export async function findOccupants(folder: string): Promise<{ own: string[]; others: string[] }> {
  await settleFolder(folder);
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, folder, 'read');
  });
  const idxNames = names.sort().filter((name) => idxName.test(name));
  const own = idxNames.filter((name) => writtenStem.test(stemOf(name)));
  if (names.includes(classesFile)) own.push(classesFile);
  // What is said of how the old images were made.
  own.push(...names.filter((name) => own.some((file) => name === `${file}.xmp`)));
  return { own, others: idxNames.filter((name) => holdsImages(name) && !own.includes(name)) };
}

/** The names of a folder's classes by label, for people to read. @returns undefined when it has none, or is no folder */
export async function readClassNames(folder: string): Promise<readonly string[] | undefined> {
  try {
    const names = readJson(join(folder, classesFile));
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}

/** @returns the path written */
export async function writeClassNames(folder: string, classes: readonly string[]): Promise<string> {
  const path = join(folder, classesFile);
  await writeFileAtomic(path, `${JSON.stringify(classes, null, 2)}\n`);
  return path;
}

/** The images files; of a file and its gzipped twin only the first, which is the plain one. */
function firstOfEachStem(names: readonly string[]): string[] {
  const images = names.filter(holdsImages);
  return images.filter(
    (name, index) => images.findIndex((other) => stemOf(other) === stemOf(name)) === index,
  );
}

function labelsFor(images: string, names: readonly string[], folder: string): string | undefined {
  const stem = labelsStem(stemOf(images));
  const found = names.find((name) => idxName.exec(name)?.[2] === '1' && stemOf(name) === stem);
  return found === undefined ? undefined : join(folder, found);
}

/** Whether a name is one of an IDX file. */
export const holdsIdx = (name: string) => idxName.test(name);

function holdsImages(name: string): boolean {
  return /[34]/.test(idxName.exec(name)?.[2] ?? '');
}

const labelsStem = (stem: string) => stem.replace(/images/i, 'labels');

function stemOf(name: string): string {
  return idxName.exec(name)?.[1] ?? name;
}

function noImages(folder: string): DataError {
  return new DataError(
    `${folder} holds no IDX images: looked for train-images-idx3-ubyte, t10k-images-idx3-ubyte, *-images-idx3-ubyte or *-images-idx4-ubyte, with .gz or without.`,
    { hint: 'Put the file of images beside its labels.' },
  );
}
