// The pages of a Parquet column, looked at before the library decodes them. hyparquet 1.33 believes what pages claim, and
// some that are damaged ended the whole process or went on without end. The layout is that of
// github.com/apache/parquet-format, Encodings.md.
import type { ColumnMetaData, DataReader, SchemaTree } from 'hyparquet';
import type * as Columns from 'hyparquet/src/column.js';
import type * as DataPages from 'hyparquet/src/datapage.js';
import type * as Deltas from 'hyparquet/src/delta.js';
import type * as Encodings from 'hyparquet/src/encoding.js';
import type * as Schemas from 'hyparquet/src/schema.js';
import type * as Thrift from 'hyparquet/src/thrift.js';
import { nativeImport } from '../../native-import';
import { checkStructure } from './thrift';

/** What of the library is called page by page. */
export type PageLibrary = typeof Columns &
  typeof DataPages &
  typeof Deltas &
  typeof Encodings &
  typeof Schemas &
  typeof Thrift;

export async function loadPageLibrary(): Promise<PageLibrary> {
  const names = ['column', 'datapage', 'delta', 'encoding', 'schema', 'thrift'];
  const parts = await Promise.all(names.map((name) => nativeImport(`hyparquet/src/${name}.js`)));
  return Object.assign({}, ...(parts as object[])) as PageLibrary;
}

export interface CheckedColumn {
  readonly metadata: ColumnMetaData;
  /** From the root to the column. */
  readonly schemaPath: readonly SchemaTree[];
  /** Of its group. */
  readonly rows: number;
  readonly compressors: Parameters<PageLibrary['decompressPage']>[3];
}

/** Of a page: memory is taken for each. */
const maxPageValues = 2 ** 26;

type Header = ReturnType<PageLibrary['parquetHeader']>;

interface Levels {
  readonly repetition: number;
  readonly definition: number;
}

/** What the values of a page are checked by. */
interface Values {
  readonly page: Uint8Array;
  readonly start: number;
  readonly encoding: string | undefined;
  /** Without nulls. Of some pages their levels must be read to know. */
  count(): number;
  /** With them. */
  readonly most: number;
  readonly element: SchemaTree['element'];
}

/** Checks the pages of a column that reading it comes by. @throws Error for what they cannot hold */
export function checkPages(bytes: ArrayBuffer, column: CheckedColumn, library: PageLibrary): void {
  const { metadata, schemaPath, rows } = column;
  const path = [...schemaPath];
  const isFlat = library.isFlatColumn(path);
  const levels = {
    repetition: library.getMaxRepetitionLevel(path),
    definition: library.getMaxDefinitionLevel(path),
  };
  const claimed = Number(metadata.num_values);
  if (isFlat && claimed !== rows) throw new Error(`a column claims ${claimed} values for ${rows} rows`);
  const reader = { view: new DataView(bytes), offset: 0 };
  for (let seen = 0; (!isFlat || seen < rows) && reader.offset < reader.view.byteLength - 1; ) {
    checkStructure(reader.view, reader.offset);
    const header = library.parquetHeader(reader);
    const size = header.compressed_page_size;
    check(size >= 0 && size <= reader.view.byteLength - reader.offset, 'a page ends beyond its column');
    const content = new Uint8Array(bytes, reader.offset, size);
    reader.offset += size;
    const values = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0;
    check(values >= 0 && values <= Math.min(maxPageValues, claimed - seen), `a page claims ${values} values`);
    seen += values;
    if (header.type === 'DICTIONARY_PAGE') checkDictionary(header);
    else if (header.type === 'DATA_PAGE') checkPage(content, header, levels, column, library);
    else if (header.type === 'DATA_PAGE_V2') checkPageV2(content, header, levels, column, library);
  }
}

function check(isRight: boolean, problem: string): asserts isRight {
  if (!isRight) throw new Error(problem);
}

function checkDictionary({ dictionary_page_header: header, uncompressed_page_size: bytes }: Header): void {
  const values = header?.num_values ?? 0;
  check(values >= 0 && values <= 8 * bytes, `a dictionary claims ${values} values`);
}

function checkPage(
  content: Uint8Array,
  { data_page_header: header, uncompressed_page_size: size }: Header,
  levels: Levels,
  { metadata, schemaPath, compressors }: CheckedColumn,
  library: PageLibrary,
): void {
  if (header === undefined) return; // The library says so.
  const { num_values: most, encoding } = header;
  if (levels.repetition + levels.definition === 0 && encoding === 'PLAIN') return;
  const page = library.decompressPage(content, Number(size), metadata.codec, compressors);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let start = 0;
  const section = (level: number) => {
    const from = start + 4;
    start = from + view.getUint32(start, true);
    check(start <= page.length, 'levels end beyond their page');
    checkRuns(view, { from, to: start, width: widthOf(level), most, isWhole: true });
    return () => levelsIn(view, from, level, most, library);
  };
  if (levels.repetition > 0) section(levels.repetition);
  const definitions = levels.definition > 0 ? section(levels.definition) : undefined;
  const count = () =>
    definitions ? definitions().filter((level) => level === levels.definition).length : most;
  checkValues({ page, start, encoding, count, most, element: elementOf(schemaPath) }, library);
}

function checkPageV2(
  content: Uint8Array,
  { data_page_header_v2: header, uncompressed_page_size: size }: Header,
  levels: Levels,
  { metadata, schemaPath, compressors }: CheckedColumn,
  library: PageLibrary,
): void {
  if (header === undefined) return;
  const { num_values: most, num_nulls: nulls, encoding } = header;
  const [repeated, defined] = [header.repetition_levels_byte_length, header.definition_levels_byte_length];
  const start = repeated + defined;
  check(repeated >= 0 && defined >= 0 && start <= content.length, 'levels end beyond their page');
  check(nulls >= 0 && nulls <= most, `a page claims ${nulls} nulls of ${most} values`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const isWhole = true;
  if (levels.repetition > 0)
    checkRuns(view, { from: 0, to: repeated, width: widthOf(levels.repetition), most, isWhole });
  if (levels.definition > 0)
    checkRuns(view, { from: repeated, to: start, width: widthOf(levels.definition), most, isWhole });
  const rest = content.subarray(start);
  const unfolded = Number(size) - start;
  const isPacked = header.is_compressed !== false && unfolded !== 0;
  const page = isPacked ? library.decompressPage(rest, unfolded, metadata.codec, compressors) : rest;
  const element = elementOf(schemaPath);
  checkValues({ page, start: 0, encoding, count: () => most - nulls, most, element }, library);
}

const elementOf = (path: readonly SchemaTree[]) => (path.at(-1) as SchemaTree).element;

/** The bits of a level from 0 to the largest. */
const widthOf = (level: number) => 32 - Math.clz32(level);

function levelsIn(view: DataView, offset: number, level: number, most: number, library: PageLibrary) {
  const found: number[] = new Array(most);
  library.readRleBitPackedHybrid({ view, offset }, widthOf(level), found, view.byteLength - offset);
  return found;
}

function checkValues({ page, start, encoding, count, most, element }: Values, library: PageLibrary): void {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const to = page.length;
  switch (encoding) {
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
    case 'RLE': {
      // Truth values are a bit each behind the length of all; else a byte says how wide the indices are.
      const isTruth = element.type === 'BOOLEAN' && encoding === 'RLE';
      if (most === 0 || start >= to) return;
      const width = isTruth ? 1 : view.getUint8(start);
      checkRuns(view, { from: start + (isTruth ? 4 : 1), to, width, most, isWhole: false });
      return;
    }
    case 'BYTE_STREAM_SPLIT':
      check(count() * widthInBytes(element) <= to - start, 'a page claims more values than it has bytes');
      return;
    case 'DELTA_BINARY_PACKED':
    case 'DELTA_LENGTH_BYTE_ARRAY':
      checkBlocks(view, start, library);
      return;
    case 'DELTA_BYTE_ARRAY':
      checkPrefixes(view, start, count(), library);
      return;
  }
}

function widthInBytes({ type, type_length: length = 0 }: SchemaTree['element']): number {
  return type === 'FIXED_LEN_BYTE_ARRAY'
    ? Math.max(0, length)
    : type?.endsWith('32') || type === 'FLOAT'
      ? 4
      : 8;
}

interface Runs {
  readonly from: number;
  readonly to: number;
  /** Bits of a value. */
  readonly width: number;
  readonly most: number;
  /** Whether they must be so many; of indices nulls have none. */
  readonly isWhole: boolean;
}

/** Packed values come by eights, of which the last may be filled up, some writers by more than one. */
const filling = 512;

/** Runs of one value, and of packed ones, each behind a number that says which and how long. */
function checkRuns(view: DataView, { from, to, width, most, isWhole }: Runs): void {
  let seen = 0;
  for (let at = from; seen < most && at < to; ) {
    let [head, shift, byte] = [0, 1, 128];
    while (byte >= 128) {
      byte = view.getUint8(at++);
      head += (byte % 128) * shift;
      shift *= 128;
      check(shift <= 2 ** 35, 'a run of values is too long');
    }
    const isPacked = head % 2 === 1;
    const values = Math.floor(head / 2) * (isPacked ? 8 : 1);
    check(values <= most - seen + (isPacked ? filling : 0), 'a run of values is longer than its page');
    at += isPacked ? (values / 8) * width : Math.ceil(width / 8);
    seen += values;
  }
  check(!isWhole || seen >= most, 'a page has fewer levels than values');
}

/** The head of differences: how many are in a block, and how many parts it has. */
function checkBlocks(view: DataView, offset: number, { readVarInt }: PageLibrary): void {
  const reader: DataReader = { view, offset };
  const [values, parts] = [readVarInt(reader), readVarInt(reader)];
  const isRight = parts > 0 && values > 0 && values <= 2 ** 20 && values % (8 * parts) === 0;
  check(isRight, `a block of ${values} differences in ${parts} parts`);
}

/** Values that begin as the one before did: they may be far larger than the page. */
function checkPrefixes(view: DataView, offset: number, count: number, library: PageLibrary): void {
  const reader: DataReader = { view, offset };
  const lengths = () => {
    checkBlocks(view, reader.offset, library);
    const found = new Int32Array(count);
    library.deltaBinaryUnpack(reader, count, found);
    return found;
  };
  const all = [lengths(), lengths()].flatMap((part) => [...part]);
  const bytes = all.reduce((sum, length) => sum + Math.max(0, length), 0);
  check(bytes <= maxPageValues, `a page unfolds to ${bytes} bytes`);
}
