// Writing to disk so that readers see a whole file or the one that was there before.
import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, fileError, workingFolderGone } from './file-error';

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

/** What `writeFileAtomic` takes, of a header and what follows it. */
export async function* headed(
  header: Uint8Array,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  yield* parts;
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

/** Tries whether a path could be written, its missing folders made, without doing either.
 *  @throws DataError when a file is in the way of a folder, or the nearest folder that is there may not be written */
export async function checkWritable(path: string): Promise<void> {
  try {
    await checkParents(path);
  } catch (error) {
    throw fileError(error, path, 'write');
  }
}

async function checkParents(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    const found = await stat(parent);
    if (!found.isDirectory()) throw Object.assign(new Error('a file is in the way'), { code: 'ENOTDIR' });
    await access(parent, constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    if (parent === '.') throw workingFolderGone(error);
    await checkParents(parent);
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
