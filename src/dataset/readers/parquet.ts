// The reader of Parquet: Hugging Face's layout of pictures, nested arrays of pixels, or a column for each pixel; a file, or
// a folder of shards that their names put into splits.

import { join } from 'node:path';
import type { SchemaTree } from 'hyparquet';
import { DataError, UsageError } from '../../errors';
import { parseJson } from '../../json';
import { listed } from '../../words';
import { imagesOfArrays } from './array-images';
import { countClasses } from './array-labels';
import { ArrayCells, type Cells, PictureCells } from './cells';
import { labelsOfSplits } from './named-labels';
import { openParquet, type ParquetFile } from './parquet-file';
import type { Place } from './place';
import type { FoundSet, FoundSplit, Reader, ReadOptions, ReadRequest } from './reader';
import { chooseSplits, type SplitName, splitOfName } from './split-names';

const isParquet = (name: string) => /\.parquet$/i.test(name);

export const parquet: Reader = {
  name: 'parquet',
  summary: 'Parquet files, as of Hugging Face',
  options: ['key', 'label', 'shape', 'range', 'transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder') return files.some(isParquet) ? 'content' : undefined;
    if (head.toString('latin1', 0, 4) === 'PAR1') return 'content';
    return isParquet(name) ? 'name' : undefined;
  },
  read: async (place, request) => {
    const { train, test, notes } = shardsOf(place);
    const splits = [await readShards(train, request)];
    if (test) splits.push(await readShards(test, request));
    const found = await setOf(splits, request);
    return { ...found, notes: [...found.notes, ...notes] };
  },
};

/** The files of each split, in order: train-00000-of-00002.parquet. */
function shardsOf({ kind, path, files }: Place) {
  if (kind === 'file') return { train: [path], test: undefined, notes: [] };
  const bySplit = new Map<SplitName | undefined, string[]>();
  for (const name of files.filter(isParquet)) {
    const split = splitOfName(name);
    bySplit.set(split, [...(bySplit.get(split) ?? []), join(path, name)]);
  }
  const chosen = chooseSplits(bySplit, (shards) => listed(shards));
  if (chosen === undefined) throw new Error('A folder of Parquet files without one to train on.');
  return chosen;
}

interface Columns {
  readonly images: readonly string[];
  /** pictures: encoded; arrays: nested numbers; pixels: a column each. */
  readonly kind: 'pictures' | 'arrays' | 'pixels';
  readonly label: string | undefined;
}

interface SplitCells {
  readonly source: string;
  readonly columns: Columns;
  readonly cells: Cells;
  readonly labels: readonly unknown[];
  /** The names of the classes by label, where the file has them. */
  readonly names: readonly string[] | undefined;
}

async function readShards(paths: readonly string[], { options, pictures }: ReadRequest): Promise<SplitCells> {
  let columns: Columns | undefined;
  let cells: Cells | undefined;
  let names: readonly string[] | undefined;
  const labels: unknown[] = [];
  for (const path of paths) {
    const file = await openParquet(path);
    try {
      columns = columnsOf(file, options);
      const { images, label, kind } = columns;
      cells ??= kind === 'pictures' ? new PictureCells(pictures, path) : new ArrayCells(path);
      names ??= label === undefined ? undefined : classNames(file, label);
      for await (const rows of file.rows(label === undefined ? images : [...images, label])) {
        for (const row of rows) {
          await cells.add(cellOf(row, columns));
          if (label !== undefined) labels.push(row[label]);
        }
      }
    } finally {
      await file.close();
    }
  }
  return { source: paths.join(', '), columns: columns as Columns, cells: cells as Cells, labels, names };
}

function cellOf(row: Record<string, unknown>, { images, kind }: Columns): unknown {
  if (kind === 'pixels') return images.map((name) => row[name]);
  const cell = row[images[0] as string];
  if (kind === 'arrays' || cell instanceof Uint8Array || typeof cell !== 'object' || cell === null)
    return cell;
  return (cell as { bytes?: unknown }).bytes;
}

/** @throws DataError when no column may be images; UsageError when --key or --label names none */
function columnsOf({ path, columns }: ParquetFile, options: ReadOptions): Columns {
  const names = columns.map(({ element }) => element.name);
  const named = (flag: string, word: string) => {
    if (names.includes(word)) return word;
    throw new UsageError(`${flag} ${word}: ${path} has no such column, only ${listed(names)}.`, {
      hint: 'Name one of these.',
    });
  };
  const label = labelOf(names, options.label, named);
  const aside = label ?? labelOf(names, undefined, named);
  const others = columns.filter(({ element }) => element.name !== aside);
  const candidates =
    options.key === undefined
      ? others
      : others.filter(({ element }) => element.name === named('--key', options.key as string));
  const picture = candidates.find(isPictureColumn);
  if (picture) return { images: [picture.element.name], kind: 'pictures', label };
  const array = candidates.find(isListColumn);
  if (array) return { images: [array.element.name], kind: 'arrays', label };
  const pixels = candidates
    .filter(isNumberColumn)
    .filter(({ element: { name } }) => !/^(?:__index_level_\d+__|index|id)$/.test(name));
  if (pixels.length >= 4) return { images: pixels.map(({ element }) => element.name), kind: 'pixels', label };
  throw new DataError(`${path} has no column of images: ${listed(names)}.`, {
    hint: 'Images are pictures in bytes, nested lists of numbers, or a column for each pixel; name one with --key NAME.',
  });
}

function labelOf(
  names: readonly string[],
  asked: string | undefined,
  named: (flag: string, word: string) => string,
) {
  if (asked === 'none') return undefined;
  if (asked === 'first') return names[0];
  if (asked === 'last') return names.at(-1);
  if (asked !== undefined) return named('--label', asked);
  return names.find((name) => /^(?:labels?|class|targets?|y|digit|fine_label|character)$/i.test(name));
}

function isPictureColumn({ element, children }: SchemaTree): boolean {
  if (children.some((child) => child.element.name === 'bytes' && child.element.type === 'BYTE_ARRAY'))
    return true;
  return element.type === 'BYTE_ARRAY' && element.converted_type !== 'UTF8' && children.length === 0;
}

const isListColumn = ({ element }: SchemaTree) =>
  element.converted_type === 'LIST' ||
  element.logical_type?.type === 'LIST' ||
  element.repetition_type === 'REPEATED';
const isNumberColumn = ({ element, children }: SchemaTree) =>
  children.length === 0 && ['INT32', 'INT64', 'FLOAT', 'DOUBLE', 'BOOLEAN'].includes(element.type ?? '');

/** Of Hugging Face's ClassLabel; undefined where the names are but the numbers. */
function classNames({ metadata }: ParquetFile, label: string): readonly string[] | undefined {
  const text = metadata.get('huggingface');
  if (text === undefined) return undefined;
  const names = featuresOf(text)?.[label]?.names;
  if (!Array.isArray(names) || names.length > 256 || !names.every((name) => typeof name === 'string'))
    return undefined;
  return names.every((name, i) => name === String(i)) ? undefined : names;
}

function featuresOf(text: string): Readonly<Record<string, { readonly names?: unknown }>> | undefined {
  try {
    return (parseJson(text) as { info?: { features?: Record<string, { names?: unknown }> } }).info?.features;
  } catch {
    return undefined; // It says nothing then.
  }
}

async function setOf(splits: readonly SplitCells[], request: ReadRequest): Promise<FoundSet> {
  const [{ columns, names }] = splits as [SplitCells];
  const images = await imagesOf(splits, request);
  const labelled = splits.map(({ labels }) => labels);
  const hasLabels = columns.label !== undefined;
  const labels = hasLabels
    ? labelsOfSplits(
        labelled,
        splits.map(({ source }) => source),
      )
    : undefined;
  const found = splits.map(({ source }, i): FoundSplit => {
    const own = labels?.labels[i];
    const [image] = images.sets.slice(i, i + 1) as [(typeof images.sets)[number]];
    return { set: { ...image, labels: own, classCount: countClasses(own) }, images: source };
  });
  const from =
    columns.kind === 'pixels' ? `${columns.images.length} columns` : `the column ${columns.images[0]}`;
  const note = `Images from ${from}${hasLabels ? `, labels from ${columns.label}` : ', no labels'}${images.note}.`;
  return {
    train: found[0] as FoundSplit,
    test: found[1],
    classNames: labels?.names ?? names,
    notes: [note],
    ...(columns.kind === 'pictures' && { framed: true as const }),
  };
}

async function imagesOf(splits: readonly SplitCells[], { options, pictures }: ReadRequest) {
  const [{ cells: first }] = splits as [SplitCells];
  if (first instanceof ArrayCells) {
    const { images, note } = imagesOfArrays(
      splits.map(({ cells }) => (cells as ArrayCells).array()),
      options,
    );
    return { sets: images, note: `, ${note}` };
  }
  refuseForPictures(options);
  const cells = splits.map((split) => split.cells as PictureCells);
  const isColour = pictures.channels === '3' || cells.some((own) => own.hasColour);
  const channels = isColour ? 3 : 1;
  return { sets: cells.map((own) => own.images(channels)), note: '' };
}

function refuseForPictures({ shape, range }: ReadOptions): void {
  if (shape === undefined && range === undefined) return;
  throw new UsageError(`${shape === undefined ? '--range' : '--shape'} says nothing of pictures.`, {
    hint: 'Leave it out.',
  });
}
