// The reader of IDX: a file of images with the labels beside it, or a folder of them, told apart by what their headers
// and their names say.
import { basename, dirname, join } from 'node:path';
import { DataError, UsageError } from '../../errors';
import { listed, shellWord } from '../../words';
import { readClassNames } from '../folder';
import type { AnySet } from '../image-set';
import { inMemoryAlways, type Keep } from '../keep';
import { isOfAnotherShard } from '../shard-names';
import { type ArrayImages, imagesOfArrays } from './array-images';
import { countClasses } from './array-labels';
import { type IdxHeader, idxTypeName, peekIdx, readIdxArray, readIdxLabels } from './idx';
import { listFolder, lookAt, type Place } from './place';
import type { FoundSplit, Reader, ReadOptions } from './reader';
import { type ChosenSplits, chooseSplits, type SplitName, splitOfName } from './split-names';
import { type ArrayFile, type StoredImages, storedImagesOfArrays } from './stored-arrays';

export interface SplitPaths {
  readonly images: string;
  readonly labels: string | undefined;
}

interface IdxFile {
  readonly name: string;
  /** The name without what says the format: train-images of train-images.idx3-ubyte.gz. */
  readonly stem: string;
  /** Undefined of a file that is called so, and is none. */
  readonly header: IdxHeader | undefined;
}

export const idx: Reader = {
  name: 'idx',
  summary: "IDX files, as MNIST's train-images-idx3-ubyte",
  options: ['split', 'shape', 'range', 'transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder') return files.some(mayBeIdx) ? 'content' : undefined;
    const [zero, zeroToo, type = 0, axes = 0] = head;
    if (zero === 0 && zeroToo === 0 && type >= 8 && type <= 14 && axes >= 1 && axes <= 8) return 'content';
    return mayBeIdx(name) ? 'name' : undefined;
  },
  read: async (place, { options, keep }) => {
    const { train, test, notes } = await pathsOf(place, options);
    const read = await readSplits(train, test, options, keep);
    const classNames = place.kind === 'folder' ? await readClassNames(place.path) : undefined;
    return { ...read, classNames, notes: [...read.notes, ...notes] };
  },
};

/** Whether a name is one that IDX files have: train-images-idx3-ubyte.gz, x_train.idx, images.ubyte. */
const mayBeIdx = (name: string) =>
  /idx\d?(?:[-_.]|$)|[-_.]ubyte(?:\.gz)?$/i.test(name) && !/\.(?:png|json|csv|txt)$/i.test(name);
/** What browsers add to a name that is there already, " (1)", aside. */
const stemOf = (name: string) =>
  name
    .replace(/ ?\(\d+\)(?=\.|$)/, '')
    .replace(/[-_.]?(?:idx\d?|ubyte)(?:[-_.](?:u?byte|u?int|short|float|double)\d*)?(?:\.gz)?$/i, '');

/** Reads the files of one split, or of two. @throws DataError, or UsageError for options that do not fit them */
export async function readSplits(
  train: SplitPaths,
  test?: SplitPaths | undefined,
  options: ReadOptions = {},
  keep: Keep = inMemoryAlways,
) {
  const paths = test ? [train, test] : [train];
  const { images, note, isPlain } = await readImages(
    paths.map((path) => path.images),
    options,
    keep,
  );
  const splits: FoundSplit[] = [];
  for (const [i, { labels, ...path }] of paths.entries())
    splits.push({ ...path, labels, set: await withLabels(images[i] as AnyImages, path.images, labels) });
  const notes = isPlain ? [] : [`${train.images}: ${note}.`];
  return { train: splits[0] as FoundSplit, test: splits[1], notes };
}

type AnyImages = ArrayImages | StoredImages;

async function readImages(paths: readonly string[], options: ReadOptions, keep: Keep) {
  const stored = await filesToKeep(paths, keep);
  if (stored)
    return { ...(await storedImagesOfArrays(stored, options)), isPlain: stored.every(isPlainArray) };
  const arrays = [];
  for (const path of paths) arrays.push(await readIdxArray(path));
  return { ...imagesOfArrays(arrays, options), isPlain: arrays.every(isPlainArray) };
}

const isPlainArray = ({ typeName, shape }: Pick<ArrayFile, 'typeName' | 'shape'>) =>
  typeName === 'byte' && shape.length > 2;

/** The files, when the images of the first are to stay on disk. */
async function filesToKeep(paths: readonly string[], keep: Keep): Promise<ArrayFile[] | undefined> {
  const files: ArrayFile[] = [];
  for (const path of paths) {
    const place = await lookAt(path);
    const header = peekIdx(place.head, place);
    if (header === undefined || header.shape.length < 2) return undefined; // Whoever reads it says why.
    files.push({ path, gzipped: place.gzipped, ...header, typeName: idxTypeName(header.type) });
  }
  const [{ dataBytes, type }] = files as [ArrayFile];
  return keep(dataBytes / type.bytes) === 'disk' ? files : undefined;
}

/** @throws DataError when images and labels differ in number */
async function withLabels(images: AnyImages, path: string, labelsPath: string | undefined): Promise<AnySet> {
  const labels = labelsPath === undefined ? undefined : await readIdxLabels(labelsPath);
  if (labels && labels.length !== images.count) {
    throw new DataError(
      `${labelsPath} holds ${labels.length} labels, but ${path} holds ${images.count} images: expected as many.`,
      { hint: 'Put the two files of one set together, or remove the labels.' },
    );
  }
  return { ...images, labels, classCount: countClasses(labels) };
}

/** The files to read. @throws DataError when there are none, or when it is unclear which are to be trained on */
async function pathsOf({ kind, path }: Place, options: ReadOptions): Promise<ChosenSplits<SplitPaths>> {
  const folder = kind === 'folder' ? path : dirname(path);
  const files = await listIdx(folder, kind === 'folder' ? undefined : basename(path));
  const split = (file: IdxFile): SplitPaths => {
    const labels = labelsFor(file, files);
    return { images: join(folder, file.name), labels: labels && join(folder, labels.name) };
  };
  if (kind === 'file') {
    const own = files.find(({ name }) => name === basename(path)) as IdxFile;
    return { train: split(own), test: undefined, notes: [] };
  }
  const found = files.filter(isImages);
  const all = found.filter((file, i) => found.findIndex(({ stem }) => stem === file.stem) === i);
  const images = options.split === undefined ? all : ofSplit(all, options.split, path);
  const [first] = images;
  if (first === undefined) throw noImages(path, files);
  const bySplit = new Map<SplitName | undefined, IdxFile>();
  for (const file of images) {
    const name = splitOfName(file.stem);
    const isStray = name === undefined && images.some(({ stem }) => splitOfName(stem) === 'train');
    if (bySplit.has(name) && !isStray) throw several(path, images);
    if (!isStray) bySplit.set(name, file);
  }
  const chosen = chooseSplits(bySplit, ({ name }) => name);
  if (chosen === undefined) throw several(path, images);
  const { train, test, notes } = chosen;
  const used = [train, test].flatMap((file) => (file ? [file, labelsFor(file, files)] : []));
  return {
    train: split(train),
    test: test && split(test),
    notes: options.split === undefined ? [...notes, ...strays(files, used)] : notes,
  };
}

/** What lies there besides, and is not the gzipped twin of what is read. */
function strays(files: readonly IdxFile[], used: readonly (IdxFile | undefined)[]): string[] {
  const others = files.filter(
    (file) =>
      !used.includes(file) &&
      !used.some((other) => other?.stem === file.stem && isImages(other) === isImages(file)),
  );
  const named = others.filter(({ stem }) => splitOfName(stem) !== 'validation').map(({ name }) => name);
  return named.length > 0 ? [`Not read: ${listed(named)}, by whose names they belong to nothing.`] : [];
}

/** @param name of a file that is listed whatever it is called */
async function listIdx(folder: string, name: string | undefined): Promise<IdxFile[]> {
  const { files } = await listFolder(folder);
  const listing: IdxFile[] = [];
  const others = files.filter((file) => mayBeIdx(file) && !(name && isOfAnotherShard(file, name)));
  for (const own of new Set(name === undefined ? others : [name, ...others].sort())) {
    const place = await lookAt(join(folder, own));
    listing.push({ name: own, stem: stemOf(own), header: peekIdx(place.head, place) });
  }
  return listing;
}

const isLabelled = (stem: string) => /label|(?:^|[^a-z])(?:y|targets?)(?:[^a-z]|$)/i.test(stem);

/** By its header; by its name where that is damaged, or of one axis, which is said when it is read. */
function isImages({ stem, name, header }: IdxFile): boolean {
  const axes = header?.shape.length ?? Number(/idx(\d)/i.exec(name)?.[1] ?? 3);
  if (axes === 1) return /images?/i.test(stem) && /idx[34]/i.test(name);
  return axes > 2 || (!isLabelled(stem) && header?.shape[1] !== 1);
}

/** The labels of images: train-labels of train-images, y_train of x_train, samples.idx1 of samples.idx3. */
function labelsFor({ stem }: IdxFile, files: readonly IdxFile[]): IdxFile | undefined {
  const low = stem.toLowerCase();
  const swapped = low.replace(/images?/, 'labels').replace(/(?<![a-z])x(?![a-z])/, 'y');
  return files.find(
    (file) =>
      !isImages(file) && [swapped, swapped.replace('labels', 'label')].includes(file.stem.toLowerCase()),
  );
}

function ofSplit(images: readonly IdxFile[], split: string, folder: string): IdxFile[] {
  const word = new RegExp(`(?:^|[^a-z0-9])${split.replace(/[^\w-]/g, '\\$&')}(?:[^a-z0-9]|$)`, 'i');
  const own = images.filter(({ stem }) => word.test(stem));
  if (own.length > 0) return own;
  throw new UsageError(`--split ${split}: ${folder} holds only ${listed(images.map(({ name }) => name))}.`, {
    hint: 'Name a part of such a name: letters of emnist-letters-train-images-idx3-ubyte.',
  });
}

function several(folder: string, images: readonly IdxFile[]): DataError {
  const names = images.map(({ name }) => name);
  const bare = images.map(({ stem }) =>
    stem.replace(/(?:^|[-_.])(?:train(?:ing)?|test|t10k|val(?:id(?:ation)?)?|images?|x)(?=[-_.]|$)/gi, ''),
  );
  const words = [...new Set(bare.map((prefix) => prefix.split(/[-_.]/).at(-1)))].filter((word) => word);
  const hint =
    words.length > 1
      ? `Say which: --split ${words[0]}, or ${shellWord(`${folder}?split=${words[0]}`)}. There is ${listed(words as string[])}.`
      : 'Name one of the files instead of the folder, or keep one train-* and one t10k-* file in it.';
  return new DataError(`${folder} holds several sets of images: ${names.join(', ')}.`, { hint });
}

function noImages(folder: string, files: readonly IdxFile[]): DataError {
  const found = files.length > 0 ? `, only ${listed(files.map(({ name }) => name))}` : '';
  return new DataError(
    `${folder} holds no IDX images${found}: looked for train-images-idx3-ubyte, t10k-images-idx3-ubyte, *-images-idx3-ubyte or *-images-idx4-ubyte, with .gz or without.`,
    { hint: 'Put the file of images beside its labels.' },
  );
}
