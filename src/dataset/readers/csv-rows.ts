// Rows of numbers out of text: comma, semicolon or tab between them, a header or none, words in the first or the last
// column. Written for what pixels are, short whole numbers, which it reads at some 200 MB/s: csv parsers that make a
// string of each field take ten times as long for the 109 MB of MNIST.
import { DataError } from '../../errors';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';
import { delimiterOf, fieldsOf } from './csv-cells';

export interface CsvTable {
  readonly path: string;
  /** The names of the columns, if there is a header. */
  readonly header: readonly string[] | undefined;
  readonly rowCount: number;
  readonly columnCount: number;
  /** [rowCount, columnCount]: bytes when all are whole numbers from 0 to 255. Words are 0 here. */
  readonly values: Uint8Array | Float32Array;
  /** The columns that hold words, among numbers or not. */
  readonly worded: ReadonlySet<number>;
  /** What a column says, by row: words, and numbers as they are written. */
  textsOf(column: number): string[];
}

/** Of one line; a row of a colour image of 256 × 256 is a fifth of it. */
const maxLineBytes = 2 ** 22;
const [newline, carriageReturn, space, quote, zero, nine] = [10, 13, 32, 34, 48, 57];
const isNumber = (word: string) => word !== '' && Number.isFinite(Number(word));

/** @throws DataError for rows that differ in length, and for what is no number */
export async function readCsvRows(pieces: AsyncIterable<Buffer>, path: string): Promise<CsvTable> {
  const rows = new RowReader(path);
  let rest = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const end = bytes.lastIndexOf(newline) + 1;
    rows.take(bytes.subarray(0, end));
    rest = Buffer.from(bytes.subarray(end));
    if (rest.length > maxLineBytes)
      throw rows.refuse(`its line is longer than ${grouped(maxLineBytes)} bytes`);
  }
  if (rest.length > 0) rows.take(Buffer.concat([rest, Buffer.of(newline)]));
  return rows.table();
}

/** A first line names the columns when its inner fields are no numbers, or when it counts them. */
function isHeader(fields: readonly string[]): boolean {
  const inner = fields.length > 2 ? fields.slice(1, -1) : fields;
  const first = Number(inner[0]);
  const counts = inner.length > 2 && inner.every((field, i) => field !== '' && Number(field) === first + i);
  return (counts && first <= 1) || inner.some((field) => !isNumber(field));
}

/** As many spaces as columns need: none at the ends of a line, one in between. */
function singleSpaced(lines: Buffer): Buffer {
  return Buffer.from(
    lines
      .toString('latin1')
      .replace(/^ +| +(?=\r?$)/gm, '')
      .replace(/ {2,}/g, ' '),
    'latin1',
  );
}

class RowReader {
  private header: string[] | undefined;
  private delimiter = 0;
  private columnCount = 0;
  private rowCount = 0;
  private filled = 0;
  private values: Uint8Array | Float32Array = new Uint8Array(1 << 20);
  private readonly worded = new Set<number>();
  /** By column and row, of those that may be labels; short whole numbers are left to `values`. */
  private readonly texts = new Map<number, string[]>();

  constructor(private readonly path: string) {}

  /** @param lines whole ones */
  take(lines: Buffer): void {
    let at = 0;
    if (this.columnCount === 0) at = this.takeFirst(lines);
    const rows = this.delimiter === space ? singleSpaced(lines.subarray(at)) : lines.subarray(at);
    for (let row = 0; row < rows.length; ) row = this.takeRow(rows, row);
  }

  table(): CsvTable {
    const { path, header, rowCount, columnCount, worded, texts } = this;
    if (rowCount === 0) throw this.refuse('it holds no row');
    const values = this.values.subarray(0, this.filled);
    const textsOf = (column: number) =>
      Array.from(
        { length: rowCount },
        (_, row) => texts.get(column)?.[row] ?? String(values[row * columnCount + column]),
      );
    return { path, header, rowCount, columnCount, values, worded, textsOf };
  }

  refuse(why: string): DataError {
    return new DataError(`${this.path}: ${why}.`, {
      hint: 'Expected are rows of numbers, one an image: its label and its pixels, with commas between them.',
    });
  }

  /** Looks at the first line. @returns where the rows begin */
  private takeFirst(lines: Buffer): number {
    const end = lines.indexOf(newline);
    if (end < 0) return lines.length;
    const start = lines.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0;
    const line = lines.toString('utf8', start, end).trim();
    if (line === '') return end + 1 + this.takeFirst(lines.subarray(end + 1));
    this.delimiter = delimiterOf(line);
    const fields = fieldsOf(line, this.delimiter);
    this.columnCount = fields.length;
    if (isHeader(fields)) this.header = fields;
    for (let column = 0; column < fields.length; column++) {
      const isEnd = column === 0 || column === fields.length - 1;
      const isNamed = /^(?:label|class|target)/i.test(this.header?.[column] ?? '');
      if (isEnd || isNamed) this.texts.set(column, []);
    }
    return this.header ? end + 1 : start;
  }

  /** @returns where the next row begins */
  private takeRow(lines: Buffer, from: number): number {
    const { delimiter, columnCount } = this;
    if (lines[from] === newline || lines[from] === carriageReturn) return from + 1; // A line of nothing.
    this.makeRoom();
    let [at, column, start] = [from, 0, from];
    let [value, isPlain] = [0, true];
    for (; at < lines.length; at++) {
      const byte = lines[at] as number;
      if (byte >= zero && byte <= nine) value = 10 * value + byte - zero;
      else if (byte === delimiter || byte === newline) {
        // A label such as 007 keeps its zeros, should it be a word among words.
        const isPadded = lines[start] === zero && at - start > 1 && this.texts.has(column);
        const plain = isPlain && at > start && at - start < 4 && value < 256 && !isPadded;
        if (plain) this.values[this.filled + column] = value;
        else if (column < columnCount) this.takeField(lines.toString('utf8', start, at), column);
        column++;
        if (byte === newline) break;
        [start, value, isPlain] = [at + 1, 0, true];
      } else isPlain = false;
    }
    if (column !== columnCount) throw this.unequal(column);
    this.rowCount++;
    this.filled += columnCount;
    return at + 1;
  }

  /** A field that is no short whole number. */
  private takeField(raw: string, column: number): void {
    const text = raw.trim();
    const word = text.charCodeAt(0) === quote ? text.replace(/^"(.*)"$/s, '$1') : text;
    const number = Number(word);
    const texts = this.texts.get(column);
    if (isNumber(word)) {
      const isByte = Number.isInteger(number) && number >= 0 && number <= 255;
      if (!isByte && this.values instanceof Uint8Array) this.values = Float32Array.from(this.values);
      this.values[this.filled + column] = number;
      if (texts) texts[this.rowCount] = word;
      return;
    }
    if (!texts || /^(?:[+-]?(?:nan|inf(?:inity)?)|)$/i.test(word))
      throw this.refuse(
        `row ${grouped(this.rowCount + 1)} has "${word.slice(0, 20)}" in column ${column + 1}, expected a number`,
      );
    this.worded.add(column);
    texts[this.rowCount] = word;
    this.values[this.filled + column] = 0;
  }

  private makeRoom(): void {
    const needed = this.filled + this.columnCount;
    if (needed <= this.values.length) return;
    if (needed > maxDataBytes) throw this.refuse(`it holds more than ${grouped(maxDataBytes)} numbers`);
    const length = Math.min(maxDataBytes, Math.max(needed, 2 * this.values.length));
    const larger = this.values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
    larger.set(this.values);
    this.values = larger;
  }

  private unequal(got: number): DataError {
    const row = grouped(this.rowCount + 1);
    return this.refuse(
      `row ${row} has ${grouped(got)} columns, expected ${grouped(this.columnCount)} as in the first`,
    );
  }
}
