// Files of one JSON object a line: read as a stream, appended to so that a half line never costs the next one.
import { closeSync, fstatSync, fsyncSync, readSync, writeSync } from 'node:fs';
import type { z } from 'zod';
import { DataError } from '../errors';
import { fileError, isMissing } from '../file-error';
import { parseJson } from '../json';
import { openRegular, openToAppend } from '../read-file';

/** No line that aigc writes comes near it: what does is no log, and is not kept in memory to find that out. */
const maxLineBytes = 2 ** 20;
const chunkBytes = 2 ** 18;
const lineEnd = 0x0a;

export interface TextLine {
  /** Without its end. */
  readonly text: string;
  /** False for the half line that a writer leaves at the end of the file. */
  readonly whole: boolean;
  /** Bytes of the file up to its end. */
  readonly end: number;
}

/** The lines of a file, in memory one at a time; none when there is no file.
 *  @param from the byte to begin at
 *  @throws DataError when it cannot be read, or holds a line that no log has */
export async function* readLines(path: string, from = 0): AsyncGenerator<TextLine> {
  const opened = await openRegular(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!opened) return;
  const { file } = opened;
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (let [at, before] = [from, from]; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
        yield { text: bytes.toString('utf8', start, end), whole: true, end: before + end + 1 };
        start = end + 1;
      }
      before += start;
      rest = bytes.subarray(start);
      if (rest.length > maxLineBytes) throw tooLong(path);
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), whole: false, end: opened.size };
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await file.close();
  }
}

function tooLong(path: string): DataError {
  return new DataError(
    `${path} is no log that aigc wrote: a line of it is longer than ${maxLineBytes} bytes.`,
    {
      hint: 'It is left as it is. Move it away to go on without it.',
    },
  );
}

/** What a line says, if it is of this schema. */
export function parseLine<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    const parsed = schema.safeParse(parseJson(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Appends to a file that `openToAppend` opened. After a half line, which a killed writer leaves, the first of these
 * begins on a line of its own.
 * @param flush whether they are on the disk when this returns
 * @throws DataError when the disk refuses
 */
export function appendLines(file: number, path: string, values: readonly unknown[], flush = false): void {
  try {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    writeWhole(file, Buffer.from(endsInHalfLine(file) ? `\n${text}` : text));
    if (flush) fsyncSync(file);
  } catch (error) {
    throw fileError(error, path, 'write');
  }
}

/** The same to a file that is not open, made if need be: the lines are on the disk when this returns. */
export function appendToFile(path: string, values: readonly unknown[]): void {
  const file = openToAppend(path);
  try {
    appendLines(file, path, values, true);
  } finally {
    closeSync(file);
  }
}

function endsInHalfLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== lineEnd;
}

/** `write` may take fewer bytes than it was given, which is how some disks say that they are nearly full. */
function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}
