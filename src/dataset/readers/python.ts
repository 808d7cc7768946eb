// The reader of Python's pickles: CIFAR's batches, mnist.pkl.gz, dictionaries of arrays. Nothing in them is run.
import { join } from 'node:path';
import { DataError } from '../../errors';
import { typeInWords } from '../../images/numbers';
import { grouped } from '../../words';
import { openSource, readSource } from '../byte-source';
import { type Member, readMembers } from './named-arrays';
import {
  numbersOf,
  numberTypeOf,
  PickledArray,
  PickledType,
  type PickleValue,
  readPickle,
  wordOf,
} from './pickle';
import type { Place } from './place';
import type { FoundSet, Reader, ReadOptions } from './reader';

/** CIFAR-100 is 155 MB, mnist.pkl 220. */
const maxBytes = 2 ** 30;
const batchName = /^(?:data_batch_\d+|test_batch)$/;

export const python: Reader = {
  name: 'python',
  summary: "Python's pickles, as of CIFAR",
  options: ['key', 'label', 'shape', 'range', 'transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder')
      return files.some((file) => batchName.test(file)) || isCifar100(files) || pickles(files).length === 1
        ? 'content'
        : undefined;
    // Protocol 0 begins with no magic number.
    const isPickle =
      (head[0] === 0x80 && (head[1] as number) <= 5) || (head[0] === 0x28 && head.includes('numpy'));
    return isPickle ? 'content' : /\.(?:pkl|pickle)(?:\.gz)?$/i.test(name) ? 'name' : undefined;
  },
  read: async (place, { options }) => {
    const parts = partsOf(place);
    const values: [string, PickleValue][] = [];
    for (const path of parts.data) values.push([path, readPickle(await unfolded(path), path)]);
    const found = await fromValues(values, place.path, options);
    return { ...found, classNames: parts.meta === undefined ? undefined : await namesIn(parts.meta) };
  },
};

const pickles = (files: readonly string[]) =>
  files.filter((file) => /\.(?:pkl|pickle)(?:\.gz)?$/i.test(file));
const isCifar100 = (files: readonly string[]) =>
  ['train', 'test', 'meta'].every((name) => files.includes(name));

function partsOf({ kind, path, files }: Place): { data: string[]; meta: string | undefined } {
  if (kind === 'file') return { data: [path], meta: undefined };
  const isBatch = (name: string) =>
    batchName.test(name) || (isCifar100(files) && /^(?:train|test)$/.test(name));
  const meta = files.find((name) => name === 'batches.meta' || name === 'meta');
  const batches = files.filter(isBatch);
  const data = batches.length > 0 ? batches : pickles(files);
  return { data: data.map((name) => join(path, name)), meta: meta && join(path, meta) };
}

async function unfolded(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of readSource(await openSource(path))) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new DataError(`${path} is larger than ${grouped(maxBytes)} bytes, the most of a pickle.`, {
        hint: 'Save the arrays with numpy.savez instead.',
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes);
}

async function fromValues(
  values: readonly (readonly [path: string, value: PickleValue])[],
  path: string,
  options: ReadOptions,
): Promise<FoundSet> {
  const members = values.flatMap(([source, value], i) =>
    membersOf(value, source, values.length > 1 ? i : undefined),
  );
  return readMembers(joined(members), { path, options: withPlanes(members, options) });
}

interface Named {
  readonly name: string;
  readonly source: string;
  readonly array: PickledArray;
}

/** The arrays in a pickle, with names by which their roles are known. @param batch of several files */
function membersOf(value: PickleValue, source: string, batch: number | undefined): Named[] {
  if (value instanceof PickledArray) return [{ name: 'images', source, array: value }];
  if (value instanceof Map) {
    const prefix = batch === undefined ? '' : /test[^/\\]*$/.test(source) ? 'test/' : 'train/';
    const own = [...value].flatMap(([name, held]) => {
      const array = asArray(held);
      return array ? [{ name: `${prefix}${name}`, source, array }] : [];
    });
    return own.filter(({ name }) => !/coarse_labels$/.test(name));
  }
  if (!Array.isArray(value)) return [];
  const pairs = value.filter((pair) => Array.isArray(pair) && pair.length === 2) as PickleValue[][];
  const isPair = value.length === 2 && pairs.length === 0;
  const splits = isPair ? [value as PickleValue[]] : pairs;
  const names =
    splits.length === 3 ? ['train', 'valid', 'test'] : splits.length === 2 ? ['train', 'test'] : ['train'];
  return splits.slice(0, 3).flatMap((pair, i) =>
    pair.flatMap((held, side) => {
      const array = asArray(held);
      return array ? [{ name: `${side === 0 ? 'x' : 'y'}_${names[i]}`, source, array }] : [];
    }),
  );
}

/** An array, or a list of whole numbers such as labels. */
function asArray(value: PickleValue | undefined): PickledArray | undefined {
  if (value instanceof PickledArray) return value;
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => Number.isInteger(item)))
    return undefined;
  const array = new PickledArray();
  array.shape = [value.length];
  array.type = new PickledType('<f8');
  array.data = Buffer.from(Float64Array.from(value as number[]).buffer);
  return array;
}

/** Arrays of one name are parts of one: the batches of CIFAR. */
function joined(members: readonly Named[]): Member[] {
  const byName = new Map<string, Named[]>();
  for (const member of members) byName.set(member.name, [...(byName.get(member.name) ?? []), member]);
  return [...byName].map(([name, parts]): Member => {
    const [first] = parts as [Named];
    const source = `${parts.map((part) => part.source).join(', ')}:${name}`;
    const type = numberTypeOf(first.array);
    const shape = [
      parts.reduce((sum, { array }) => sum + (array.shape[0] ?? 0), 0),
      ...first.array.shape.slice(1),
    ];
    const read = async () => {
      const whole = new PickledArray();
      Object.assign(whole, first.array, { shape, data: Buffer.concat(parts.map(({ array }) => array.data)) });
      return { ...numbersOf(whole, source), typeName: type ? typeInWords(type) : 'nothing', source };
    };
    return { name, source, head: type && { shape, type }, read };
  });
}

/** CIFAR's rows are planes of one colour. */
function withPlanes(members: readonly Named[], options: ReadOptions): ReadOptions {
  const isCifar = members.some(({ name, array }) => /(?:^|\/)data$/.test(name) && array.shape[1] === 3072);
  return isCifar && options.shape === undefined ? { ...options, shape: '3x32x32' } : options;
}

async function namesIn(path: string): Promise<readonly string[] | undefined> {
  const meta = readPickle(await unfolded(path), path);
  const names = meta instanceof Map ? (meta.get('label_names') ?? meta.get('fine_label_names')) : undefined;
  return Array.isArray(names) ? names.map((name: PickleValue) => wordOf(name)) : undefined;
}
