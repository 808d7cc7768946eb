// The one door for data: what lies at a path is recognised by a reader and read by it, whichever command asks.
import { dirname, join } from 'node:path';
import { flagName } from '../config/option';
import { DataError, UsageError } from '../errors';
import { settleFolder } from '../replacement';
import { listed, shellWord } from '../words';
import { parseAddress } from './address';
import { changed } from './blocks';
import { labelBeyond } from './classes';
import { type ImageSet, shapeInWords } from './image-set';
import { inMemoryAlways, type Keep } from './keep';
import { eachReader, loadReaders } from './readers';
import { isStandIn, tellForeign } from './readers/foreign';
import { lookAt, type Place } from './readers/place';
import type {
  FoundSet,
  FoundSplit,
  PictureRequest,
  Reader,
  ReadOption,
  ReadOptions,
  ReadRequest,
} from './readers/reader';
import type { ChosenSplits } from './readers/split-names';
import { withSidecars } from './set-provenance';
import { readShards, type Shards, shardsIn, shardsOfPattern } from './shards';
import { readSplitFolders, splitFolders } from './split-folders';

/** Folders inside folders, and the one archive in a folder, that are passed through: archives wrap, and torchvision keeps
 *  files in MNIST/raw. */
const wrappersAtMost = 3;

/**
 * Reads what lies at an address: a file or a folder of any format that a reader knows.
 * @param pictures how pictures become images, where that is not "as they are"
 * @param keep what may stay on disk: nothing, unless who asks can do with that
 * @throws DataError for what is missing, bad or of no known format; UsageError for options that do not fit it
 */
export async function readData(
  address: string,
  pictures?: Partial<PictureRequest>,
): Promise<FoundSet<ImageSet>>;
export async function readData(
  address: string,
  pictures: Partial<PictureRequest>,
  keep: Keep,
): Promise<FoundSet>;
export async function readData(
  address: string,
  pictures: Partial<PictureRequest> = {},
  keep: Keep = inMemoryAlways,
): Promise<FoundSet> {
  const { path, options } = parseAddress(address);
  await settleFolder(dirname(path));
  const request: PictureRequest = {
    channels: 'auto',
    skipDamaged: false,
    onProgress: () => undefined,
    ...pictures,
  };
  const { found, place } = await readPath(path, { options, pictures: request, keep });
  checkSplits(found);
  const passed = place.path === path ? [] : [`${path}: reading what is in ${place.path}.`];
  const upright = options.transpose ? transposed(found) : found;
  return withSidecars({ ...upright, notes: [...passed, ...found.notes] }, place);
}

async function readPath(path: string, request: ReadRequest) {
  const shards = await shardsOfPattern(path);
  if (shards === undefined) return readPlace(await lookAt(path), request);
  return { found: await readParts(shards, request), place: await lookAt(shards.folder) };
}

function readParts(shards: Shards, request: ReadRequest): Promise<FoundSet> {
  return readShards(shards, request.keep, async (part, keep) => {
    return (await readPlace(await lookAt(part), { ...request, keep })).found;
  });
}

/** What lies at a place, or in the one folder that is in it, or in its folders of splits.
 *  @throws DataError when no reader knows what is there */
async function readPlace(
  place: Place,
  request: ReadRequest,
): Promise<{ readonly found: FoundSet; readonly place: Place }> {
  const known = await findKnown(place);
  if (known === undefined) throw (await standIn(place)) ?? (await unknownData(place, await loadReaders()));
  const { holds, place: inner } = known;
  if ('recognise' in holds) return { found: await readBy(holds, inner, place.path, request), place: inner };
  if ('paths' in holds) return { found: await readParts(holds, request), place: inner };
  const read = async (folder: string) => (await readPlace(await lookAt(folder), request)).found;
  return { found: await readSplitFolders(holds, read), place: inner };
}

interface Known {
  /** Who reads it, or the files that it is the parts of, or the folders of its splits. */
  readonly holds: Reader | Shards | ChosenSplits<string>;
  readonly place: Place;
}

/** The first place that is known: this one, or what it only wraps. */
async function findKnown(place: Place): Promise<Known | undefined> {
  let inner: Place | undefined = place;
  for (let depth = 0; inner && depth <= wrappersAtMost; depth++) {
    const holds = shardsIn(inner) ?? (await recognise(inner)) ?? splitFolders(inner);
    if (holds) return { holds, place: inner };
    inner = await unwrapped(inner);
  }
  return undefined;
}

/** @param asked the path that the user named */
async function readBy(reader: Reader, place: Place, asked: string, request: ReadRequest): Promise<FoundSet> {
  refuseOthers(reader, request.options, asked);
  try {
    return withoutBareTest(await reader.read(place, request), reader);
  } catch (error) {
    throw (error instanceof DataError && (await standIn(place))) || error;
  }
}

async function recognise(place: Place): Promise<Reader | undefined> {
  let byName: Reader | undefined;
  for await (const reader of eachReader()) {
    const recognition = await reader.recognise(place);
    if (recognition === 'content') return reader;
    if (recognition === 'name') byName ??= reader;
  }
  return byName;
}

/** What Git LFS leaves in place of a file, and web servers, is known by no reader but by the file's name. */
async function standIn(place: Place): Promise<DataError | undefined> {
  const places = place.kind === 'file' ? [place] : [];
  if (place.kind === 'folder')
    for (const name of place.files.slice(0, filesLookedAt)) places.push(await lookAt(join(place.path, name)));
  const other = places.find(({ head }) => isStandIn(head));
  const foreign = other && tellForeign(other);
  return foreign && new DataError(`${other.path} is ${foreign.what}.`, { hint: foreign.hint });
}

const filesLookedAt = 10;

/** The one folder in a folder, or the one called raw. */
async function unwrapped({ kind, path, folders, files }: Place): Promise<Place | undefined> {
  if (kind === 'file') return undefined;
  const [inside, more] = folders.includes('raw') ? ['raw'] : folders.length > 0 ? folders : archives(files);
  return inside === undefined || more !== undefined ? undefined : lookAt(join(path, inside));
}

const archives = (files: readonly string[]) =>
  files.filter((name) => /\.(?:zip|tar|tgz|tar\.gz)$/i.test(name));

async function unknownData(place: Place, readers: readonly Reader[]): Promise<DataError> {
  const { path, kind, files, folders, head } = place;
  const known = listed(readers.map(({ summary }) => summary));
  const foreign = tellForeign(place);
  if (kind === 'file') {
    if (foreign)
      return new DataError(`${path} is ${foreign.what}, which aigc does not read.`, { hint: foreign.hint });
    const start = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const what = head.length === 0 ? 'is empty' : `is nothing that aigc reads: it starts with ${start}`;
    return new DataError(`${path} ${what}.`, { hint: `aigc reads ${known}.` });
  }
  if (foreign) {
    return new DataError(`${path} holds ${foreign.name}, ${foreign.what}, which aigc does not read.`, {
      hint: foreign.hint,
    });
  }
  const isEmpty = files.length + folders.length === 0;
  return new DataError(
    `${path} ${isEmpty ? 'is empty' : 'holds no data that aigc reads'}: looked for ${known}.`,
    { hint: await whichFolder(place) },
  );
}

/** Torchvision's root, or a data set with several configurations, has more than one. */
async function whichFolder({ path, folders }: Place): Promise<string> {
  const known: string[] = [];
  for (const name of folders.slice(0, filesLookedAt)) {
    const inside = join(path, name);
    if (await findKnown(await lookAt(inside))) known.push(inside);
  }
  if (known.length === 0) return 'Name the folder or the file that holds the images.';
  return `Name the folder that holds the images: ${listed(known.map(shellWord), 'or')}.`;
}

function refuseOthers(reader: Reader, options: ReadOptions, path: string): void {
  const stranger = (Object.keys(options) as ReadOption[]).find((name) => !reader.options.includes(name));
  if (stranger === undefined) return;
  throw new UsageError(`${flagName(stranger)} says nothing of ${path}: it is read as ${reader.summary}.`, {
    hint: `Leave ${flagName(stranger)} out.`,
  });
}

/** A test split without labels, as Kaggle's, tells nothing of what is learned with them: it is left out, and that is said. */
function withoutBareTest(found: FoundSet, { options }: Reader): FoundSet {
  const { train, test, warnings = [] } = found;
  if (test === undefined || train.set.labels === undefined || test.set.labels !== undefined) return found;
  const remedy = options.includes('label') ? ' To have both without labels: --label none.' : '';
  const warning = `${test.images} has no labels, which the training images have: it is no test split of them.${remedy}`;
  return { ...found, test: undefined, warnings: [...warnings, warning] };
}

/** @throws DataError when training and test images do not go together */
function checkSplits({ train, test }: FoundSet): void {
  if (test === undefined) return;
  if (shapeInWords(test.set) !== shapeInWords(train.set)) {
    throw new DataError(
      `${test.images} holds images of ${shapeInWords(test.set)}, expected ${shapeInWords(train.set)} as in ${train.images}.`,
      { hint: 'Put the files of one set together.' },
    );
  }
  const beyond = labelBeyond(train.set, test.set);
  if (beyond === undefined) return;
  throw new DataError(
    `${test.labels ?? test.images} has the label ${beyond}; the training labels go from 0 to ${train.set.classCount - 1}.`,
    { hint: 'Put the files of one set together, or remove the test images of other classes.' },
  );
}

function transposed(found: FoundSet): FoundSet {
  const turn = (split: FoundSplit) => ({ ...split, set: changed(split.set, transposedSet) });
  return { ...found, train: turn(found.train), test: found.test && turn(found.test) };
}

/** Rows become columns. */
function transposedSet(set: ImageSet): ImageSet {
  const { count, height, width, channels, pixels } = set;
  const turned = new Uint8Array(pixels.length);
  let to = 0;
  for (let image = 0; image < count; image++) {
    const start = image * height * width;
    for (let x = 0; x < width; x++)
      for (let y = 0; y < height; y++)
        for (let channel = 0; channel < channels; channel++)
          turned[to++] = pixels[(start + y * width + x) * channels + channel] as number;
  }
  return { ...set, height: width, width: height, pixels: turned };
}
