// One Parquet file, by hyparquet: its columns, and its rows group by group. What the library throws of bad bytes becomes
// an error that names the file.
import { readSync } from 'node:fs';
import type * as Hyparquet from 'hyparquet';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import type * as Compressors from 'hyparquet-compressors';
import { AigcError, DataError } from '../../errors';
import { nativeImport } from '../../native-import';
import { openRegular } from '../../read-file';
import { grouped } from '../../words';

export interface ParquetFile {
  readonly path: string;
  readonly rowCount: number;
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
const maxPageBytes = 2 ** 28;
/** Read at a time: a row group may hold a million. */
const rowsAtATime = 10_000;

/** The caller closes it. @throws DataError when it is no Parquet file */
export async function openParquet(path: string): Promise<ParquetFile> {
  const [library, compressors] = await Promise.all([
    nativeImport('hyparquet') as Promise<typeof Hyparquet>,
    nativeImport('hyparquet-compressors') as Promise<typeof Compressors>,
  ]);
  const { file, size } = await openRegular(path);
  const slice = (start: number, end = size) => {
    if (!(start >= 0 && end >= start && end <= size)) throw new Error(`bytes ${start} to ${end} of ${size}`);
    const bytes = new Uint8Array(end - start);
    if (readSync(file.fd, bytes, 0, bytes.length, start) < bytes.length) throw new Error('it ends too early');
    return bytes.buffer;
  };
  const source = { byteLength: size, slice };
  const metadata = await toldAsync(path, () => library.parquetMetadataAsync(source)).catch(async (error) => {
    await file.close();
    throw error;
  });
  const rowCount = Number(metadata.num_rows);
  return {
    path,
    rowCount,
    columns: library.parquetSchema(metadata).children,
    metadata: new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? ''])),
    rows: async function* (columns) {
      checkRows(metadata, path);
      for (let start = 0; start < rowCount; start += rowsAtATime) {
        const read = {
          ...{ file: source, metadata, columns: [...columns], utf8: false, useOffsetIndex: true },
          ...{ rowStart: start, rowEnd: Math.min(rowCount, start + rowsAtATime) },
          compressors: bounded(compressors.compressors),
        };
        yield (await toldAsync(path, () => library.parquetReadObjects(read))) as Record<string, unknown>[];
      }
    },
    close: () => file.close(),
  };
}

function checkRows({ num_rows: claimed, row_groups: groups }: FileMetaData, path: string): void {
  const rows = groups.reduce((sum, { num_rows }) => sum + Number(num_rows), 0);
  if (rows === Number(claimed) && rows <= maxRows) return;
  const message =
    rows === Number(claimed)
      ? `${path} claims ${grouped(rows)} rows, expected at most ${grouped(maxRows)}.`
      : `${path} is damaged: it claims ${Number(claimed)} rows, its groups ${rows}.`;
  throw new DataError(message, { hint: 'Copy or download it again, or split the set.' });
}

/** Decompressors that refuse what a page of such a size cannot hold. */
function bounded(compressors: Hyparquet.Compressors): Hyparquet.Compressors {
  const entries = Object.entries(compressors).map(([name, decompress]) => [
    name,
    (input: Uint8Array, length: number) => {
      if (!(length >= 0 && length <= maxPageBytes)) throw new Error(`a page claims ${length} bytes`);
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
