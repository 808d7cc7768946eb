// Files on disk: written so that readers see a whole one or the one that was there before, read only when they are
// regular files and no larger than expected, and the disk's errors in plain words.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from './errors';
import { shellWord } from './words';

let temporaryCount = 0;

/**
 * Replaces a file's content in one step: a temporary name in the same folder, fsync, rename. When anything fails the
 * temporary file is gone and the file that was there is untouched.
 * @param data the bytes, or their parts in order
 * @throws DataError when the folder is missing, unwritable or full
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const parts = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${temporaryCount++}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const part of parts) await writeWhole(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, path, 'write');
  }
  await syncFolder(dirname(path));
}

/**
 * Removes the temporary files and folders of writers that were killed.
 * @param idleMs only those that nobody has changed for so long; 0 where nobody else writes
 */
export async function sweepTemporaries(folder: string, idleMs = 0): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^\..+\.\d+(-\d+)?(\.old)?\.tmp$/.test(name)) continue;
    const path = join(folder, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
    if (idleMs > 0 && Date.now() - changed < idleMs) continue;
    await rm(path, { recursive: true, force: true }).catch((error) => {
      throw fileError(error, path, 'write');
    });
  }
}

/** Makes a folder and those above it. @throws DataError when a file is in the way or the disk refuses */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeWithParents(path);
  } catch (error) {
    throw fileError(error, path, 'write');
  }
}

/** Not by mkdir's own `recursive`: in a working folder that was removed it looks for one to make others in without end,
 *  and it calls a read-only disk "no such file". */
async function makeWithParents(path: string): Promise<void> {
  try {
    return await makeOne(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const parent = dirname(path);
    if (parent === '.') throw workingFolderGone(error);
    if (parent === path) throw error;
    await makeWithParents(parent);
  }
  await makeOne(path);
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) throw error;
  }
}

function workingFolderGone(cause: unknown): DataError {
  return new DataError('The working folder was removed or moved.', {
    hint: 'Go to one that is there: cd DIR.',
    cause,
  });
}

/** Makes a rename in this folder survive a power cut, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows and some network disks cannot open or sync a folder; the rename itself has succeeded.
  }
}

/** `write` may take fewer bytes than it was given, which is how some disks say that they are nearly full. */
async function writeWhole(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let offset = 0; offset < data.byteLength; ) {
    offset += (await file.write(data, offset, data.byteLength - offset)).bytesWritten;
  }
}

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

/** Opens a regular file, made if need be, to be read and appended to. @returns its number; the caller closes it */
export function openToAppend(path: string): number {
  try {
    const file = openSync(path, appending, 0o666);
    try {
      checkRegular(fstatSync(file), path);
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  } catch (error) {
    throw fileError(error, path, 'write');
  }
}

function checkRegular(found: Stats, path: string): void {
  if (found.isFile()) return;
  if (found.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  const kind = found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
  throw notRegular(path, kind);
}

function notRegular(path: string, kind: string, cause?: unknown): DataError {
  return new DataError(`${path} is ${kind}, expected a regular file.`, {
    hint: 'Write its content to a file first.',
    cause,
  });
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

/** Reads a whole small file as text: what is configuration, not data. @throws DataError as `readWhole` */
export function readText(path: string, maxBytes = maxTextBytes): string {
  try {
    const file = openSync(path, reading);
    try {
      const found = fstatSync(file);
      checkRegular(found, path);
      checkSize(path, found.size, maxBytes);
      let bytes: Buffer = Buffer.allocUnsafe(found.size + 1);
      for (let filled = 0; ; ) {
        const count = readSync(file, bytes, filled, bytes.length - filled, filled);
        filled += count;
        if (count === 0) return bytes.toString('utf8', 0, filled);
        checkSize(path, filled, maxBytes);
        if (filled === bytes.length) bytes = grown(bytes, maxBytes);
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path, 'read');
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

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error instanceof DataError ? error.cause : error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

const remedies: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose another folder.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose another folder.'],
  EACCES: ['permission denied', 'Choose a path that you may use, or change its permissions.'],
  EPERM: ['not permitted', 'Choose a path that you may use, or change its permissions.'],
  EROFS: ['the disk is read-only', 'Choose a folder on another disk.'],
  EISDIR: ['that is a folder, expected a file', 'Name a file inside it.'],
  ENOTDIR: ['a part of the path is a file, expected a folder', 'Check the path.'],
  EEXIST: ['a file is there, expected a folder', 'Choose another path, or move the file away.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter name.'],
  ELOOP: ['its links lead in a circle', 'Check the path.'],
  EMFILE: ['too many files are open', 'Close other programs, or raise `ulimit -n`.'],
};

/**
 * Says in plain words why the system refused a file. Errors that are not the system's come back as they are.
 * @returns the error to throw: a DataError that names the path and what to do
 */
export function fileError(error: unknown, path: string, action: 'read' | 'write'): unknown {
  const code = errorCode(error);
  if (isWorkingFolderGone(error)) return workingFolderGone(error);
  if (code === 'ERR_INVALID_ARG_VALUE' && path.includes('\0')) {
    return new DataError(`Cannot ${action} ${path}: its name holds a NUL character.`, {
      hint: 'Check the path.',
      cause: error,
    });
  }
  if (error instanceof DataError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === 'ENXIO') return notRegular(path, 'a pipe or a socket', error);
  if (code === 'ENOENT') {
    return action === 'read'
      ? new DataError(`${path} does not exist.`, { hint: 'Check the path.', cause: error })
      : new DataError(`Cannot write ${path}: its folder does not exist.`, {
          hint: `Make it first: mkdir -p ${shellWord(dirname(path))}`,
          cause: error,
        });
  }
  const [problem, hint] = remedies[code] ?? [(error as Error).message, 'Check the path and the disk.'];
  return new DataError(`Cannot ${action} ${path}: ${problem} (${code}).`, { hint, cause: error });
}

/** What every look at a relative path says then. */
export function isWorkingFolderGone(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall === 'uv_cwd';
}

/** The code of a system's or a library's error, such as "ENOENT" or "Z_BUF_ERROR". */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
