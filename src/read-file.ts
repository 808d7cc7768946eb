// Reading from disk: regular files alone, no larger than expected; a pipe or a device is never waited for.
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { DataError } from './errors';
import { fileError, isMissing, notRegular } from './file-error';

/** What opening takes so that a FIFO without a writer is not waited for; what was opened is looked at before it is read. */
const reading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const appending = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file for reading; the caller closes it. Every reader comes through here: a folder, a FIFO, a socket
 * or a device is refused at once, and no other file can take its place in between.
 * @throws DataError for anything else than a regular file that may be read
 */
export async function openRegular(
  path: string,
): Promise<{ readonly file: FileHandle; readonly size: number }> {
  try {
    const file = await open(path, reading);
    try {
      const found = await file.stat();
      checkRegular(found, path);
      return { file, size: found.size };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** As `openRegular`, at once. @returns the file's number, which the caller closes, and what was found */
export function openRegularSync(path: string): { readonly file: number; readonly found: Stats } {
  return openAtOnce(path, reading, 'read');
}

/** Opens a regular file, made if need be, to be read and appended to. @returns its number; the caller closes it */
export function openToAppend(path: string): number {
  return openAtOnce(path, appending, 'write').file;
}

function openAtOnce(path: string, flags: number, action: 'read' | 'write') {
  try {
    const file = openSync(path, flags, 0o666);
    try {
      const found = fstatSync(file);
      checkRegular(found, path);
      return { file, found };
    } catch (error) {
      closeSync(file);
      throw error;
    }
  } catch (error) {
    throw fileError(error, path, action);
  }
}

/** Makes a file to be written and read again by this process alone. Where one can live without a name it has none from the
 *  start; elsewhere it goes with the process. @returns its number; the caller closes it */
export function openNameless(path: string, bytes: number): number {
  const file = openSync(path, 'wx+', 0o600);
  try {
    ftruncateSync(file, bytes);
    if (process.platform !== 'win32') unlinkSync(path);
    else process.on('exit', () => rmSync(path, { force: true }));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function checkRegular(found: Stats, path: string): void {
  if (found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  const kind = found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
  throw notRegular(path, kind);
}

/** Reads a whole file of at most `maxBytes`. @throws DataError when it is larger, no regular file, or unreadable */
export async function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  const { file, size } = await openRegular(path);
  try {
    checkSize(path, size, maxBytes);
    let bytes: Buffer = Buffer.allocUnsafe(size + 1); // One more byte tells that the end was reached.
    for (let filled = 0; ; ) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      filled += bytesRead;
      if (bytesRead === 0) return bytes.subarray(0, filled);
      checkSize(path, filled, maxBytes);
      if (filled === bytes.length) bytes = grown(bytes, maxBytes);
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await file.close();
  }
}

/** The SHA-256 of a file's bytes, whatever its size. @throws DataError when it is no regular file, or unreadable */
export async function hashOf(path: string): Promise<string> {
  const { file } = await openRegular(path);
  const hash = createHash('sha256');
  try {
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await file.close();
  }
}

/** Reads a whole small file as text: what is configuration, not data. @throws DataError as `readWhole` */
export const readText = (path: string, maxBytes = maxTextBytes): string =>
  readWholeSync(path, maxBytes).toString('utf8');

/** Reads a whole file where nothing can be waited for. @throws DataError as `readWhole` */
export function readWholeSync(path: string, maxBytes: number): Buffer {
  const { file, found } = openRegularSync(path);
  try {
    checkSize(path, found.size, maxBytes);
    let bytes: Buffer = Buffer.allocUnsafe(found.size + 1);
    for (let filled = 0; ; ) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      filled += count;
      if (count === 0) return bytes.subarray(0, filled);
      checkSize(path, filled, maxBytes);
      if (filled === bytes.length) bytes = grown(bytes, maxBytes);
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    closeSync(file);
  }
}

/** @returns undefined when there is no such file */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The most of a text file: no configuration, manifest or record of a run comes near it. */
const maxTextBytes = 2 ** 24;

/** Of a file that has grown since it was opened, or that does not tell its size. */
function grown(bytes: Buffer, maxBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(maxBytes + 1, Math.max(2 * bytes.length, 1 << 16)));
  bytes.copy(larger);
  return larger;
}

function checkSize(path: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new DataError(`${path} is too large: expected at most ${maxBytes} bytes.`, {
    hint: 'Is it the file that you mean?',
  });
}

/** Whether there is anything at a path that can be looked at. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
