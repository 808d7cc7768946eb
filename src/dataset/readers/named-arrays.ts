// Arrays that have names, as the members of an .npz or the .npy files of a folder: which are images, which labels, and
// of which split.
import { DataError, UsageError } from '../../errors';
import type { NpyHeader } from '../../images/npy';
import { typeInWords } from '../../images/numbers';
import { counted, listed } from '../../words';
import { inMemoryAlways, type Keep } from '../keep';
import { imagesOfArrays, mayBeImages, type NumberArray } from './array-images';
import { countClasses, labelsOfArray, mayBeLabels } from './array-labels';
import type { FoundSet, FoundSplit, ReadOptions } from './reader';
import { type ChosenSplits, chooseSplits, type SplitName, splitOfName } from './split-names';
import { type ArrayFile, storedImagesOfArrays } from './stored-arrays';

export interface Member {
  readonly name: string;
  /** For errors: the file, and the name in it. */
  readonly source: string;
  /** Undefined for what is no array of numbers. */
  readonly head: Pick<NpyHeader, 'shape' | 'type'> | undefined;
  /** Of an array that is a file of its own, and can stay there. */
  readonly file?: ArrayFile | undefined;
  read(): Promise<NumberArray>;
}

interface Pair {
  readonly images: Member;
  readonly labels: Member | undefined;
}

interface Wanted {
  /** The file or the folder. */
  readonly path: string;
  readonly options: ReadOptions;
  readonly keep?: Keep;
  /** The one member that was named by its path, if any. */
  readonly only?: string | undefined;
}

const imageWords = /(?:^|[^a-z])(?:x|imgs?|images?|data|samples?|features?|pixels?|arr_0)(?:[^a-z]|$)/i;
const labelWords = /(?:^|[^a-z])(?:y|labels?|targets?|class(?:es)?|lbls?|arr_1)(?:[^a-z]|$)/i;

/** @throws DataError when it is unclear which are the images; UsageError when --key or --label names none */
export async function readMembers(members: readonly Member[], wanted: Wanted): Promise<FoundSet> {
  const { train, test, notes } = choose(members, wanted);
  const pairs = [train, ...(test ? [test] : [])];
  const { images, note } = await readImages(pairs, wanted);
  const labels = await inTurn(pairs, async (pair) => pair.labels && (await pair.labels.read()));
  const splits = images.map((image, i): FoundSplit => {
    const [pair, own] = [pairs[i] as Pair, labels[i]];
    const bytes = own && labelsOfArray(own, image.count, own.source);
    const set = { ...image, labels: bytes, classCount: countClasses(bytes) };
    return { set, images: pair.images.source, labels: pair.labels?.source };
  });
  const used = [train, test].flatMap((pair) => [pair?.images, pair?.labels]);
  return {
    train: splits[0] as FoundSplit,
    test: splits[1],
    notes: [sentence(train, test, note), ...notes, ...unused(members, used, wanted)],
  };
}

async function readImages(pairs: readonly Pair[], { options, keep = inMemoryAlways }: Wanted) {
  const files = pairs.flatMap(({ images }) => images.file ?? []);
  const [first] = files;
  const stays = first && files.length === pairs.length && keep(first.dataBytes / first.type.bytes) === 'disk';
  if (stays) return storedImagesOfArrays(files, options);
  return imagesOfArrays(await inTurn(pairs, ({ images }) => images.read()), options);
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

function sentence(train: Pair, test: Pair | undefined, note: string): string {
  const inWords = ({ images, labels }: Pair) => `${images.name}${labels ? ` with ${labels.name}` : ''}`;
  const held = test ? `; test split ${inWords(test)}` : '';
  return `Images: ${inWords(train)}, ${note}${held}.`;
}

function unused(
  members: readonly Member[],
  used: readonly (Member | undefined)[],
  { only }: Wanted,
): string[] {
  const others = members
    .filter((member) => !used.includes(member) && splitOfName(member.name) !== 'validation')
    .map(({ name }) => name);
  return only !== undefined || others.length === 0 ? [] : [`Not read: ${listed(others)}.`];
}

function choose(members: readonly Member[], wanted: Wanted): ChosenSplits<Pair> {
  const key = wanted.options.key ?? wanted.only;
  const pairOf = (images: Member): Pair => ({ images, labels: labelsOf(images, members, wanted.options) });
  if (key !== undefined) {
    const named = members.find(({ name }) => name === key);
    if (named === undefined) throw noSuchMember('--key', key, members, wanted.path);
    const test = wanted.only === undefined ? testOf(named, members) : undefined;
    return { train: pairOf(named), test: test && pairOf(test), notes: [] };
  }
  const candidates = imageCandidates(members);
  const bySplit = new Map<SplitName | undefined, Pair>();
  for (const split of ['train', 'test', 'validation', undefined] as const) {
    const own = candidates.filter(({ name }) => splitOfName(name) === split);
    const [first, second] = own;
    if (first && second && !(split === undefined && bySplit.has('train'))) throw several(own, wanted.path);
    if (first) bySplit.set(split, pairOf(first));
  }
  const chosen = chooseSplits(bySplit, ({ images }) => images.name);
  if (chosen) return chosen;
  throw new DataError(`${wanted.path} holds no array of images: ${describe(members)}.`, {
    hint: 'Images are [count, height, width], with 1 or 3 channels behind or before the two; name one with --key NAME.',
  });
}

/** Those that may be images by their shapes; of these those that are called so, if any are. */
function imageCandidates(members: readonly Member[]): Member[] {
  const shaped = members.filter(
    ({ name, head }) => head && mayBeImages(head.shape) && !mayBeLabels(head.shape) && !labelWords.test(name),
  );
  const called = shaped.filter(({ name }) => imageWords.test(name));
  if (called.length > 0) return called;
  const deep = shaped.filter(({ head }) => (head?.shape.length ?? 0) > 2);
  return deep.length > 0 ? deep : shaped;
}

/** The same array of the test split: x_test for x_train. */
function testOf(images: Member, members: readonly Member[]): Member | undefined {
  const bare = (name: string) =>
    name.toLowerCase().replace(/(?:training|train|testing|test|validation|valid|val|t10k|eval)/, '*');
  if (splitOfName(images.name) !== 'train') return undefined;
  return members.find(({ name }) => splitOfName(name) === 'test' && bare(name) === bare(images.name));
}

/** @throws UsageError when --label names none */
function labelsOf(images: Member, members: readonly Member[], { label }: ReadOptions): Member | undefined {
  if (label === 'none') return undefined;
  const count = images.head?.shape[0];
  const others = members.filter((member) => member !== images && member.head?.shape[0] === count);
  if (label !== undefined) {
    const named = others.find(({ name }) => name === label);
    if (named) return named;
    throw noSuchMember('--label', label, members, images.source);
  }
  const partners = partnerNames(images.name);
  const partner = others.find(({ name }) => partners.includes(name.toLowerCase()));
  if (partner) return partner;
  const split = splitOfName(images.name);
  const [only, more] = others.filter(
    ({ name, head }) =>
      labelWords.test(name) && splitOfName(name) === split && head && mayBeLabels(head.shape, count),
  );
  return more === undefined ? only : undefined;
}

/** What the labels of images of this name are called: y_train, train_labels, arr_1, drawn-labels. */
function partnerNames(name: string): string[] {
  const low = name.toLowerCase();
  const swaps: [RegExp, string[]][] = [
    [/(?<![a-z])x(?![a-z])/, ['y']],
    [/images?|imgs?|data|samples?|features?|pixels?/, ['labels', 'label', 'targets', 'target']],
    [/arr_0/, ['arr_1']],
  ];
  const swapped = swaps.flatMap(([from, to]) =>
    from.test(low) ? to.map((word) => low.replace(from, word)) : [],
  );
  return [...swapped, `${low}-labels`, `${low}_labels`];
}

function several(candidates: readonly Member[], path: string): DataError {
  const [first] = candidates;
  return new DataError(
    `${path} holds ${counted(candidates.length, 'array')} that may be images: ${describe(candidates)}.`,
    { hint: `Name one: --key ${first?.name}, or ${path}?key=${first?.name}.` },
  );
}

function noSuchMember(flag: string, word: string, members: readonly Member[], path: string): UsageError {
  return new UsageError(`${flag} ${word}: ${path} holds no such array, only ${describe(members)}.`, {
    hint: 'Name one of these.',
  });
}

/** "x_train [60000, 28, 28] uint8 and y_train [60000] uint8" */
function describe(members: readonly Member[]): string {
  const shown = members.slice(0, 10).map(({ name, head }) => {
    return head ? `${name} [${head.shape.join(', ')}] ${typeInWords(head.type)}` : `${name} (no numbers)`;
  });
  const more = members.length - shown.length;
  return listed(more > 0 ? [...shown, `${more} more`] : shown) || 'nothing';
}
