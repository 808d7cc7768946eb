// The files of a set that is a folder of IDX files, by their names: what a new one would replace, and the classes' names.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, fileError } from '../file-error';
import { writeFileAtomic } from '../files';
import { readJson } from '../json';
import { exists } from '../read-file';
import { settleFolder } from '../replacement';
import { listFolder } from './readers/place';

/** train-images-idx3-ubyte.gz, train-images.idx3-ubyte, samples.idx4-ubyte: the stem, then the number of axes. */
const idxName = /^(.+?)[-_.]?idx([134])(?:[-_.]?ubyte)?(?:\.gz)?$/i;
/** What `writeSplit` names its files, with any ending. */
const writtenStem = /^(?:train|t10k)-(?:images|labels)$/;
/** The names of the classes by label, a JSON array, beside a set that was made from folders. */
const classesFile = 'classes.json';
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

function holdsImages(name: string): boolean {
  return /[34]/.test(idxName.exec(name)?.[2] ?? '');
}

const labelsStem = (stem: string) => stem.replace(/images/i, 'labels');

function stemOf(name: string): string {
  return idxName.exec(name)?.[1] ?? name;
}
