// One Parquet file, by hyparquet: its columns, and its rows group by group. What the library throws of bad bytes becomes
// an error that names the file.
import { readSync } from 'node:fs';
import type * as Hyparquet from 'hyparquet';
import type { FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import type * as Compressors from 'hyparquet-compressors';
import { AigcError, DataError } from '../../errors';
import { nativeImport } from '../../native-import';
import { openRegular } from '../../read-file';
import { grouped } from '../../words';
import { checkPages, loadPageLibrary, type PageLibrary } from './parquet-pages';
import { checkStructure } from './thrift';

export interface ParquetFile {
  readonly path: string;
  readonly columns: readonly SchemaTree[];
  /** What pandas or Hugging Face's datasets wrote beside: JSON, by name. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Rows of these columns, group by group. */
  rows(columns: readonly string[]): AsyncGenerator<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** More is no set that aigc could keep in memory. */
const maxRows = 2 ** 26;
/** Of what one page unfolds to. */
const maxPageBytes = 2 ** 26;
/** Of columns that are but numbers: a group may hold a million rows of a thousand. */
const rowsAtATime = 10_000;

interface Libraries {
  readonly parquet: typeof Hyparquet;
  readonly pages: PageLibrary;
  readonly compressors: Hyparquet.Compressors;
}

/** A file that is open, as the library wants it. */
interface Source {
  readonly byteLength: number;
  slice(from: number, to?: number): ArrayBuffer;
}

/** The caller closes it. @throws DataError when it is no Parquet file */
export async function openParquet(path: string): Promise<ParquetFile> {
  const libraries = await loadLibraries();
  const { file, size } = await openRegular(path);
  try {
    const source = sourceOf(file.fd, size);
    const { metadata, schema, said } = await toldAsync(path, async () => {
      checkFooter(source);
      const metadata = await libraries.parquet.parquetMetadataAsync(source);
      const said = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
      return { metadata, said, schema: libraries.parquet.parquetSchema(metadata) };
    });
    return {
      path,
      columns: schema.children,
      metadata: said,
      rows: (columns) => rowsOf({ path, source, metadata, schema }, columns, libraries),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function loadLibraries(): Promise<Libraries> {
  const [parquet, { compressors }, pages] = await Promise.all([
    nativeImport('hyparquet') as Promise<typeof Hyparquet>,
    nativeImport('hyparquet-compressors') as Promise<typeof Compressors>,
    loadPageLibrary(),
  ]);
  return { parquet, pages, compressors: bounded(compressors) };
}

/** What is claimed to lie beyond the end is not there: the library says so, where throwing here would leave the promises of
 *  other columns to nobody. */
function sourceOf(descriptor: number, size: number): Source {
  return {
    byteLength: size,
    slice: (from, to = size) => {
      const start = Math.min(size, Math.max(0, from));
      const bytes = new Uint8Array(Math.max(0, Math.min(size, to) - start) || 0);
      const count = readSync(descriptor, bytes, 0, bytes.length, start || 0);
      return bytes.buffer.slice(0, count);
    },
  };
}

/** The footer lies before its own length and four letters, of which the library says what is wrong with them. */
function checkFooter({ byteLength, slice }: Source): void {
  const end = byteLength - 8;
  if (end < 0) return;
  const length = new DataView(slice(end)).getUint32(0, true);
  if (length > 0 && length <= end) checkStructure(new DataView(slice(end - length, end)), 0);
}

interface OpenParquet {
  readonly path: string;
  readonly source: Source;
  readonly metadata: FileMetaData;
  readonly schema: SchemaTree;
}

async function* rowsOf(
  { path, source, metadata, schema }: OpenParquet,
  columns: readonly string[],
  { parquet, pages, compressors }: Libraries,
): AsyncGenerator<readonly Record<string, unknown>[]> {
  await toldAsync(path, async () => checkGroups(metadata, leavesOf(schema), path, source.byteLength));
  // Of nested columns the library takes all of a group apart, whatever part of it is asked for.
  const isNested = schema.children.some(
    ({ element, children }) => children.length > 0 && columns.includes(element.name),
  );
  let first = 0;
  for (const group of metadata.row_groups) {
    const end = first + Number(group.num_rows);
    const open = { source, schema, columns, compressors };
    await toldAsync(path, async () => checkColumns(group, open, pages));
    const atATime = isNested ? Math.max(1, end - first) : rowsAtATime;
    for (let start = first; start < end; start += atATime) {
      const range = { rowStart: start, rowEnd: Math.min(end, start + atATime) };
      const options = { file: source, metadata, utf8: false, compressors, ...range };
      const rows: Record<string, unknown>[] = [];
      // One column of one group at a time: of several that are damaged the library tells one.
      for (const part of inParts(columns)) {
        const cells = await toldAsync(path, () => parquet.parquetReadObjects({ ...options, columns: part }));
        for (const [i, cell] of cells.entries()) rows[i] = Object.assign(rows[i] ?? {}, cell);
      }
      yield rows;
    }
    first = end;
  }
}

/** Checks the pages of these columns of a group. @throws Error */
function checkColumns(
  { columns: chunks, num_rows: rows }: RowGroup,
  { source, schema, columns, compressors }: ColumnRequest,
  pages: PageLibrary,
): void {
  for (const { meta_data: metadata } of chunks) {
    if (metadata === undefined || !columns.includes(metadata.path_in_schema[0] as string)) continue;
    const start = Number(metadata.dictionary_page_offset || metadata.data_page_offset);
    const bytes = source.slice(start, start + Number(metadata.total_compressed_size));
    const schemaPath = pages.getTreePath(schema, metadata.path_in_schema);
    checkPages(bytes, { metadata, schemaPath, rows: Number(rows), compressors }, pages);
  }
}

interface ColumnRequest {
  readonly source: Source;
  readonly schema: SchemaTree;
  readonly columns: readonly string[];
  readonly compressors: Hyparquet.Compressors;
}

/** Many columns are numbers, one a pixel, which are read at once. */
function inParts(columns: readonly string[]): string[][] {
  return columns.length > 8 ? [[...columns]] : columns.map((column) => [column]);
}

/** The paths of the columns that hold values, in the order of the schema. */
function leavesOf({ path, children }: SchemaTree): string[] {
  return children.length === 0 ? [path.join('\0')] : children.flatMap(leavesOf);
}

/** @param leaves the columns that each group must have, in their order: of others the library leaves promises to nobody
 *  @throws DataError for groups that claim what the file cannot hold */
function checkGroups(
  { num_rows: claimed, row_groups: groups }: FileMetaData,
  leaves: readonly string[],
  path: string,
  size: number,
): void {
  const rows = groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  const lies = groups.some(
    ({ num_rows, columns }) =>
      columns.length !== leaves.length ||
      columns.some(({ meta_data: column }, i) => {
        if (column?.path_in_schema?.join('\0') !== leaves[i]) return true;
        const [start, bytes] = [Number(column?.data_page_offset), Number(column?.total_compressed_size)];
        return !(Number(num_rows) >= 0 && start >= 0 && bytes >= 0 && start + bytes <= 2 * size);
      }),
  );
  if (rows === Number(claimed) && rows <= maxRows && !lies) return;
  const message =
    rows === Number(claimed) && !lies
      ? `${path} claims ${grouped(rows)} rows, expected at most ${grouped(maxRows)}.`
      : `${path} is damaged: its groups of rows are not what it claims.`;
  throw new DataError(message, { hint: 'Copy or download it again, or split the set.' });
}

/** Decompressors that refuse what a page of such a size cannot hold. */
function bounded(compressors: Hyparquet.Compressors): Hyparquet.Compressors {
  const entries = Object.entries(compressors).map(([name, decompress]) => [
    name,
    (input: Uint8Array, length: number) => {
      const most = Math.min(maxPageBytes, 2 ** 20 + 4096 * input.length);
      if (!(length >= 0 && length <= most)) throw new Error(`a page claims ${length} bytes`);
      return decompress(input, length);
    },
  ]);
  return Object.fromEntries(entries);
}

async function toldAsync<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AigcError) throw error;
    const words = String((error as Error).message ?? error).replace(/\s+/g, ' ');
    throw new DataError(`${path} is damaged, or no Parquet file: ${words}.`, {
      hint: 'Copy or download it again.',
      cause: error,
    });
  }
}
