// The reader of tables in text: one row an image, its pixels and perhaps its label.
import { join } from 'node:path';
import { DataError, UsageError } from '../../errors';
import { openSource, readSource } from '../byte-source';
import { imagesOfArrays, type NumberArray, parseShape } from './array-images';
import { countClasses, toLabels } from './array-labels';
import { delimiterOf, fieldsOf } from './csv-cells';
import { type CsvTable, readCsvRows } from './csv-rows';
import { classesOfWords } from './named-labels';
import { lookAt, type Place } from './place';
import type { FoundSet, FoundSplit, Reader, ReadOptions } from './reader';
import { chooseSplits, type SplitName, splitOfName } from './split-names';

const isCsv = (name: string) => /\.(?:csv|tsv)(?:\.gz)?$/i.test(name);

export const csv: Reader = {
  name: 'csv',
  summary: 'tables of pixels (.csv)',
  options: ['label', 'shape', 'range', 'transpose'],
  recognise: async ({ kind, path, name, head, files }) => {
    if (kind === 'folder') return (await pixelTables(path, files)).length > 0 ? 'content' : undefined;
    if (holdsPixelRows(head)) return 'content';
    return isCsv(name) ? 'name' : undefined;
  },
  read: async (place, { options }) => {
    const { parts, notes } = await partsOf(place);
    const tables: CsvTable[] = [];
    for (const path of parts) tables.push(await readCsvRows(readSource(await openSource(path)), path));
    const found = imagesOfTables(tables, options);
    return { ...found, notes: [...found.notes, ...notes] };
  },
};

/** Whether the beginning of a file is that of rows of pixels, or of a header for them. */
function holdsPixelRows(head: Buffer): boolean {
  if (head.length === 0 || head.includes(0)) return false;
  const lines = head.toString('utf8').split(/\r?\n/);
  const delimiter = delimiterOf(lines[0] as string);
  const rows = lines.slice(0, 3).map((line) => fieldsOf(line, delimiter));
  const numbers = (fields: readonly string[]) =>
    fields.slice(1, -1).filter((field) => field !== '' && Number.isFinite(Number(field))).length;
  if (rows.some((fields) => fields.length >= 4 && numbers(fields) >= fields.length - 3)) return true;
  // A header longer than what was looked at: pixel0, pixel1, … or 1x1, 1x2, …
  return lines.length === 1 && (rows[0]?.slice(1, -1).filter((field) => /\d/.test(field)).length ?? 0) > 100;
}

async function pixelTables(folder: string, files: readonly string[]): Promise<string[]> {
  const paths = files.filter(isCsv).map((name) => join(folder, name));
  const found: string[] = [];
  for (const path of paths) if (holdsPixelRows((await lookAt(path)).head)) found.push(path);
  return found;
}

async function partsOf({ kind, path, files }: Place) {
  if (kind === 'file') return { parts: [path], notes: [] };
  const bySplit = new Map<SplitName | undefined, string>();
  for (const table of await pixelTables(path, files)) {
    const split = splitOfName(table.slice(path.length));
    const other = bySplit.get(split);
    if (other !== undefined) {
      throw new DataError(`${path} holds several tables of pixels: ${other} and ${table}.`, {
        hint: 'Name one of the files instead of the folder.',
      });
    }
    bySplit.set(split, table);
  }
  const chosen = chooseSplits(bySplit, (table) => table);
  if (chosen === undefined) throw new Error('A folder of tables without one to train on.');
  const { train, test, notes } = chosen;
  return { parts: test === undefined ? [train] : [train, test], notes };
}

interface Columns {
  /** Undefined without labels. */
  readonly label: number | undefined;
  readonly pixels: readonly number[];
}

function imagesOfTables(tables: readonly CsvTable[], options: ReadOptions): FoundSet {
  const columns = tables.map((table, i) => columnsOf(table, options, i > 0));
  const shape = options.shape ?? shapeOfHeader(tables[0], columns[0]);
  const arrays = tables.map((table, i) => pixelArray(table, columns[i] as Columns));
  const { images, note } = imagesOfArrays(arrays, { ...options, shape });
  const { labels, names } = labelsOfTables(tables, columns);
  const splits = images.map((image, i): FoundSplit => {
    const [table, own] = [tables[i] as CsvTable, labels[i]];
    return { set: { ...image, labels: own, classCount: countClasses(own) }, images: table.path };
  });
  const notes = tables.map((table, i) => inWords(table, columns[i] as Columns, i === 0 ? note : undefined));
  return { train: splits[0] as FoundSplit, test: splits[1], classNames: names, notes };
}

function inWords(
  { path, header, columnCount }: CsvTable,
  { label }: Columns,
  note: string | undefined,
): string {
  const place = label === 0 ? 'first' : label === columnCount - 1 ? 'last' : `${(label ?? 0) + 1}th`;
  const labels =
    label === undefined
      ? 'no labels'
      : `labels from the ${place} column${header?.[label] ? `, "${header[label]}"` : ''}`;
  return `${path}: ${labels}${note === undefined ? '' : `, ${note}`}.`;
}

/** Which column is the label, and which are pixels. @param isTest it may lack the labels that --label names */
function columnsOf(table: CsvTable, { label, shape }: ReadOptions, isTest: boolean): Columns {
  const { header, columnCount } = table;
  const all = [...Array(columnCount).keys()];
  // pandas writes the number of each row first, under no name.
  const index = header && /^(?:|unnamed: 0|index|id)$/i.test(header[0] as string) ? 0 : undefined;
  const left = all.filter((column) => column !== index);
  const found = label === undefined ? findLabel(table, left, shape) : namedLabel(table, left, label, isTest);
  const aside = label === 'none' ? labelColumn(table, left) : found;
  return { label: found, pixels: left.filter((column) => column !== aside) };
}

/** The column that the header calls so. */
function labelColumn({ header }: CsvTable, left: readonly number[]): number | undefined {
  return left.find((column) => /^(?:labels?|class|targets?|y|digit)$/i.test(header?.[column] ?? ''));
}

function namedLabel({ path, header }: CsvTable, left: readonly number[], label: string, isTest: boolean) {
  if (label === 'none') return undefined;
  if (label === 'first') return left[0];
  if (label === 'last') return left.at(-1);
  const column = header?.indexOf(label) ?? -1;
  if (column >= 0 || isTest) return column >= 0 ? column : undefined;
  const ends = header && `its header goes from ${header[0]} to ${header.at(-1)}`;
  throw new UsageError(`--label ${label}: ${path} has no such column; ${ends ?? 'it has no header'}.`, {
    hint: 'Name a column of the header, or say first, last or none.',
  });
}

function findLabel(table: CsvTable, left: readonly number[], shape: string | undefined): number | undefined {
  const named = labelColumn(table, left);
  if (named !== undefined) return named;
  const worded = left.find((column) => table.worded.has(column));
  if (worded !== undefined) return worded;
  const [first = 0, last = 0] = [left[0], left.at(-1)];
  const size = shape === undefined ? undefined : area(shape);
  const isWhole = size === undefined ? Number.isInteger(Math.sqrt(left.length)) : left.length === size;
  if (isWhole) return undefined;
  const hasOne = size === undefined ? isImage(left.length - 1) : left.length === size + 1;
  if (!hasOne) return undefined;
  const [atFirst, atLast] = [variety(table, first), variety(table, last)];
  return atFirst > 1 && atFirst <= 256 && !(atLast > 1 && atFirst > 64 && atLast < atFirst) ? first : last;
}

const isImage = (size: number) => [size, size / 3].some((area) => Number.isInteger(Math.sqrt(area)));

function area(shape: string): number {
  const { height, width, channels } = parseShape(shape);
  return height * width * channels;
}

/** How many values a column has: a border of pixels has one. Infinity when they are no labels. */
function variety({ values, rowCount, columnCount }: CsvTable, column: number): number {
  const seen = new Set<number>();
  for (let row = 0; row < rowCount && seen.size <= 256; row++) {
    const value = values[row * columnCount + column] as number;
    if (!Number.isInteger(value) || value < 0 || value > 255) return Number.POSITIVE_INFINITY;
    seen.add(value);
  }
  return seen.size;
}

/** Of columns that are called 1x1, 1x2, … 28x28. */
function shapeOfHeader(table: CsvTable | undefined, columns: Columns | undefined): string | undefined {
  const last = table?.header?.[columns?.pixels.at(-1) ?? -1];
  const [, height, width] = /^(\d{1,4})x(\d{1,4})$/.exec(last ?? '') ?? [];
  if (Number(height) * Number(width) !== columns?.pixels.length) return undefined;
  return `${height}x${width}`;
}

/** The rows without the label, and whatever else is no pixel. */
function pixelArray({ path, values, rowCount, columnCount }: CsvTable, { pixels }: Columns): NumberArray {
  const { length } = pixels;
  const isRun = pixels.every((column, i) => i === 0 || column === (pixels[i - 1] as number) + 1);
  const own =
    values instanceof Uint8Array ? new Uint8Array(rowCount * length) : new Float32Array(rowCount * length);
  for (let row = 0; row < rowCount; row++) {
    const start = row * columnCount;
    if (isRun)
      own.set(values.subarray(start + (pixels[0] ?? 0), start + (pixels[0] ?? 0) + length), row * length);
    else
      for (let i = 0; i < length; i++)
        own[row * length + i] = values[start + (pixels[i] as number)] as number;
  }
  const typeName = values instanceof Uint8Array ? 'uint8' : 'numbers';
  return { shape: [rowCount, length], values: own, typeName, source: path };
}

/**
 * The labels of each table that has some. Where a table has words, numbers are names too, of all tables.
 * @throws DataError for what is no label, or for too many classes
 */
function labelsOfTables(tables: readonly CsvTable[], columns: readonly Columns[]) {
  const isWords = tables.some(({ worded }, i) => worded.has(columns[i]?.label ?? -1));
  if (!isWords)
    return { labels: tables.map((table, i) => numbersOf(table, columns[i]?.label)), names: undefined };
  const texts = tables.map((table, i) => {
    const label = columns[i]?.label;
    return label === undefined ? undefined : table.textsOf(label);
  });
  const { labels, names } = classesOfWords(
    texts.map((own) => own ?? []),
    tables[0]?.path ?? '',
  );
  return { labels: labels.map((own, i) => texts[i] && own), names };
}

function numbersOf({ path, values, rowCount, columnCount }: CsvTable, column: number | undefined) {
  if (column === undefined) return undefined;
  const numbers = Array.from({ length: rowCount }, (_, row) => values[row * columnCount + column] as number);
  return toLabels(numbers, path);
}
