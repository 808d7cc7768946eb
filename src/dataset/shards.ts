// A set in parts, as `aigc sample --shard` writes it, or as a pattern names it: each part is read as it is by itself, and
// together they are one set, of which no more than a part need be in memory.
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../errors';
import { joinedBytes } from '../images/joined-bytes';
import { counted, listed } from '../words';
import { imageBytes, pixelBytes } from './blocks';
import { readClassNames } from './folder';
import { type AnySet, type ImageSet, isStored, type StoredRows, shapeInWords } from './image-set';
import type { Keep } from './keep';
import { countClasses } from './readers/array-labels';
import { listFolder, type Place } from './readers/place';
import type { FoundSet } from './readers/reader';
import { parseShardName, type ShardName } from './shard-names';
import { Spool } from './spool';

/** The files of a set in parts, in order. */
export interface Shards {
  readonly paths: readonly string[];
  /** Where the names of its classes may lie. */
  readonly folder: string;
}

/** What a pattern names: files of one folder, "drawn/samples-*.npy".
 *  @returns undefined of a path without a star, or that is there as it stands
 *  @throws DataError when there is none, or a part is missing */
export async function shardsOfPattern(path: string): Promise<Shards | undefined> {
  const pattern = basename(path);
  if (!pattern.includes('*') || (await stat(path).catch(() => undefined))) return undefined;
  const folder = dirname(path);
  const words = pattern.split('*').map((word) => word.replace(/[^\w-]/g, '\\$&'));
  const expression = new RegExp(`^${words.join('.*')}$`);
  const names = (await listFolder(folder)).files.filter((name) => expression.test(name));
  const images = names.filter((name) => !/-labels\.npy$|idx1/i.test(name));
  if (images.length === 0) {
    throw new DataError(`${path} names no file: nothing in ${folder} is called so.`, {
      hint: 'Name a folder, a file, or files of one folder with a star in their name.',
    });
  }
  const shards = images.flatMap((name) => parseShardName(name) ?? []);
  if (shards.length === images.length) checkWhole(shards, folder);
  return { folder, paths: images.map((name) => join(folder, name)) };
}

/** Of a folder in which all images are parts of one set. @throws DataError when a part is missing */
export function shardsIn({ kind, path, files }: Place): Shards | undefined {
  if (kind === 'file') return undefined;
  const shards = files.flatMap((name) => parseShardName(name) ?? []);
  const [first] = shards;
  if (first === undefined || shards.some(({ set }) => set !== first.set)) return undefined;
  const others = files.filter((name) => !parseShardName(name));
  if (others.some((name) => !/-labels\.npy$|idx1|^classes\.json$/i.test(name))) return undefined;
  checkWhole(shards, path);
  return {
    folder: path,
    paths: files.filter((name) => parseShardName(name)).map((name) => join(path, name)),
  };
}

/** @throws DataError for parts that are missing, or of two numbers of parts */
function checkWhole(shards: readonly ShardName[], folder: string): void {
  const counts = [...new Set(shards.map(({ of }) => of))];
  const [of = 0] = counts;
  if (counts.length > 1) {
    throw new DataError(`${folder} holds parts of a set in ${listed(counts.map(String))} parts.`, {
      hint: 'Remove those of the one, or name the others by a pattern.',
    });
  }
  const there = new Set(shards.map(({ index }) => index));
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !there.has(index));
  if (missing.length === 0) return;
  const some = listed(missing.slice(0, 10).map((index) => `${index}/${of}`));
  throw new DataError(
    `${folder} lacks ${counted(missing.length, 'part')} of ${of}: ${some}${missing.length > 10 ? ' and more' : ''}.`,
    { hint: `Draw what is missing: --shard ${missing[0]}/${of}.` },
  );
}

/**
 * The set that some files are the parts of.
 * @param read what lies at a path
 * @throws DataError when they do not go together
 */
export async function readShards(
  { paths, folder }: Shards,
  keep: Keep,
  read: (path: string, keep: Keep) => Promise<FoundSet>,
): Promise<FoundSet> {
  let where: ReturnType<Keep> | undefined;
  let first: FoundSet | undefined;
  const sets: AnySet[] = [];
  const warnings = new Set<string>();
  for (const path of paths) {
    const part = await read(path, where ? () => where as ReturnType<Keep> : keep);
    const { set } = part.train;
    checkAlike(set, sets[0], path, paths[0] as string);
    where ??= isStored(set) ? 'disk' : keep(pixelBytes(set) * paths.length);
    first ??= part;
    sets.push(where === 'disk' ? onDisk(set) : set);
    for (const warning of part.warnings ?? []) warnings.add(warning);
  }
  const { train, notes, classNames = await readClassNames(folder) } = first as FoundSet;
  return {
    train: { ...train, set: joined(sets) },
    classNames,
    notes: [`${counted(paths.length, 'file')} of ${folder} are parts of one set.`, ...notes],
    warnings: [...warnings],
  };
}

function checkAlike(set: AnySet, first: AnySet | undefined, path: string, firstPath: string): void {
  if (first === undefined) return;
  const differs =
    shapeInWords(set) !== shapeInWords(first)
      ? `images of ${shapeInWords(set)}, expected ${shapeInWords(first)}`
      : (set.labels === undefined) !== (first.labels === undefined)
        ? `${set.labels ? '' : 'no '}labels, expected ${first.labels ? 'some' : 'none'}`
        : undefined;
  if (differs === undefined) return;
  throw new DataError(`${path} holds ${differs} as in ${firstPath}.`, {
    hint: 'Put the parts of one set together.',
  });
}

/** What a reader had to decode goes to disk, so that the next part has the memory. */
function onDisk(set: AnySet): AnySet {
  if (isStored(set)) return set;
  const { pixels, ...head } = set;
  const spool = new Spool(set.count, imageBytes(set));
  spool.write(pixels);
  return { ...head, rows: spool.rows() };
}

function joined(sets: readonly AnySet[]): AnySet {
  const [{ height, width, channels }] = sets as [AnySet];
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const labels = sets[0]?.labels && joinedBytes(sets.map((set) => set.labels as Uint8Array));
  const head = { count, height, width, channels, labels, classCount: countClasses(labels) };
  const stored = sets.filter(isStored);
  if (stored.length === sets.length) return { ...head, rows: joinedRows(stored, imageBytes(head)) };
  return { ...head, pixels: joinedBytes(sets.map((set) => (set as ImageSet).pixels)) };
}

function joinedRows(
  sets: readonly { readonly count: number; readonly rows: StoredRows }[],
  rowBytes: number,
): StoredRows {
  const starts = [0];
  for (const { count } of sets) starts.push((starts.at(-1) as number) + count);
  /** The part that a row is in, by halving. */
  const partOf = (row: number) => {
    let [low, high] = [0, sets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const read = (rows: ArrayLike<number>) => {
    const bytes = new Uint8Array(rows.length * rowBytes);
    const byPart = new Map<number, number[]>();
    for (let i = 0; i < rows.length; i++) {
      const part = partOf(rows[i] as number);
      const places = byPart.get(part);
      if (places) places.push(i);
      else byPart.set(part, [i]);
    }
    for (const [part, places] of byPart) {
      const own = places.map((place) => (rows[place] as number) - (starts[part] as number));
      const found = (sets[part] as (typeof sets)[number]).rows.read(own);
      for (const [i, place] of places.entries())
        bytes.set(found.subarray(i * rowBytes, (i + 1) * rowBytes), place * rowBytes);
    }
    return bytes;
  };
  const between = (from: number, to: number) => {
    const pieces: Uint8Array[] = [];
    for (let row = from, part = partOf(from); row < to; part++) {
      const end = Math.min(to, starts[part + 1] as number);
      const start = starts[part] as number;
      pieces.push((sets[part] as (typeof sets)[number]).rows.between(row - start, end - start));
      row = end;
    }
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : joinedBytes(pieces);
  };
  return { read, between };
}
