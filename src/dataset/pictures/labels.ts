// What is on pictures where files beside them say it: WebDataset's key.cls, or a table of file names and labels.
import { basename, extname } from 'node:path';
import { DataError } from '../../errors';
import { parseJson } from '../../json';
import { rowsOf } from '../readers/csv-cells';
import type { PictureStore } from './store';

/** The class of each picture; undefined where nothing says it. */
export interface Labels {
  readonly labels: readonly (string | undefined)[];
  /** The file that says it. */
  readonly source: string;
}

/**
 * WebDataset: x/0001.png and x/0001.cls are of one sample; the class is a number or a name.
 * @throws DataError when some have one and others have not
 */
export async function classFiles(store: PictureStore): Promise<Labels | undefined> {
  const known = [...store.notes].filter(([name]) => /\.cls$/i.test(name));
  if (known.length === 0) return undefined;
  const classes = new Map<string, string>();
  for (const [name, read] of known) classes.set(keyOf(name), (await read()).toString('utf8', 0, 256).trim());
  const labels = store.names.map((name) => classes.get(keyOf(name)));
  const lone = labels.indexOf(undefined);
  if (lone < 0) return { labels, source: '.cls files' };
  const name = store.names[lone] as string;
  throw new DataError(
    `${store.locate(name)} has no class: expected ${keyOf(name)}.cls beside it, as others have.`,
    {
      hint: 'Add the .cls file, or remove all of them for a set without labels.',
    },
  );
}

/** Up to the first dot of the file's own name. */
function keyOf(name: string): string {
  const from = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', from);
  return dot < 0 ? name : name.slice(0, dot);
}

/** A table whose rows name the pictures: one column is of their names, another of what is on them. */
export async function labelTable(store: PictureStore): Promise<Labels | undefined> {
  const places = placesOf(store.names);
  const whole = new Map(store.names.map((name, i) => [name, i]));
  const labels: (string | undefined)[] = store.names.map(() => undefined);
  const sources: string[] = [];
  for (const [name, read] of store.notes) {
    if (/\.cls$/i.test(name)) continue;
    const text = (await read()).toString('utf8');
    const rows = /\.jsonl$/i.test(name) ? rowsOfJson(text) : rowsOf(text);
    // Hugging Face's metadata names the files beside it.
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    const placeOf = (word: string) => whole.get(folder + word) ?? places.get(word);
    const columns = columnsOf(rows, placeOf);
    if (!columns) continue;
    sources.push(store.locate(name));
    for (const row of rows) {
      const [file, label] = [row[columns.file], row[columns.label]];
      const place = file === undefined ? undefined : placeOf(file);
      if (place !== undefined && label !== undefined) labels[place] = label;
    }
  }
  return sources.length > 0 ? { labels, source: sources.join(', ') } : undefined;
}

/** Where a picture stands by what a table may call it: its whole name, its own, either without the ending. */
function placesOf(names: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const bare = (word: string) => word.slice(0, word.length - extname(word).length);
    for (const word of [bare(basename(name)), basename(name), bare(name), name]) places.set(word, i);
  }
  return places;
}

/** A line an object, as Hugging Face's metadata.jsonl: what the first has names the columns. */
function rowsOfJson(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const records = lines.map(recordOf);
  const head = Object.keys(records[0] ?? {});
  return [head, ...records.map((record) => head.map((name) => String(record[name] ?? '')))];
}

function recordOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJson(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // It names nothing then.
  }
}

const labelWords = /^(?:label|class|category|target|y|species|breed|digit)(?:[ _-]?(?:name|id))?s?$/i;

/** @returns undefined when the table does not name pictures */
function columnsOf(rows: readonly (readonly string[])[], placeOf: (word: string) => number | undefined) {
  const isName = (word = '') => placeOf(word) !== undefined;
  const [head = []] = rows;
  const sample = rows.slice(1, 101);
  if (rows.length === 0 || head.length < 2) return undefined;
  const naming = (column: number) => sample.filter((row) => isName(row[column])).length;
  const file = head.findIndex((word, column) => isName(word) || 2 * naming(column) > sample.length);
  if (file < 0) return undefined;
  const named = head.findIndex((word, column) => column !== file && labelWords.test(word.trim()));
  const other = head.findIndex((_, column) => column !== file);
  return { file, label: named < 0 ? other : named };
}
