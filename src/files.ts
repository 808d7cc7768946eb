// Writing to disk so that readers see a whole file or the one that was there before, and disk errors in plain words.
import { access, constants, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from './errors';

let temporaryCount = 0;

/**
 * Replaces a file's content in one step: a temporary name in the same folder, fsync, rename. When anything fails the
 * temporary file is gone and the file that was there is untouched.
 * @param data the bytes, or their parts in order
 * @throws DataError when the folder is missing, unwritable or full
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const parts = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${temporaryCount++}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const part of parts) await writeWhole(file, part);
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

/** Makes a folder and those above it. @throws DataError when a file is in the way or the disk refuses */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    // Node calls a read-only disk "no such file" here: making the topmost missing folder alone tells the truth.
    const told = errorCode(error) === 'ENOENT' ? await refusal(path, error) : error;
    throw fileError(told, path, 'write');
  }
}

/** Tries whether a path could be written, its missing folders made, without doing either.
 *  @throws DataError when a file is in the way of a folder, or the nearest folder that is there may not be written */
export async function checkWritable(path: string): Promise<void> {
  const parent = dirname(resolve(path));
  try {
    const found = await stat(parent);
    if (!found.isDirectory()) throw Object.assign(new Error('a file is in the way'), { code: 'ENOTDIR' });
    await access(parent, constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || parent === resolve(path)) throw fileError(error, path, 'write');
    await checkWritable(parent).catch((above: unknown) => {
      throw above instanceof DataError ? fileError(above.cause, path, 'write') : above;
    });
  }
}

async function refusal(path: string, error: unknown): Promise<unknown> {
  const parent = dirname(resolve(path));
  if (parent !== resolve(path) && !(await stat(parent).catch(() => undefined))) return refusal(parent, error);
  return mkdir(path).then(
    () => error,
    (truth: unknown) => truth,
  );
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
  EMFILE: ['too many files are open', 'Close other programs, or raise `ulimit -n`.'],
};

/**
 * Says in plain words why the system refused a file. Errors that are not the system's come back as they are.
 * @returns the error to throw: a DataError that names the path and what to do
 */
export function fileError(error: unknown, path: string, action: 'read' | 'write'): unknown {
  const code = errorCode(error);
  if (error instanceof DataError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === 'ENOENT') {
    return action === 'read'
      ? new DataError(`${path} does not exist.`, { hint: 'Check the path.', cause: error })
      : new DataError(`Cannot write ${path}: its folder does not exist.`, {
          hint: `Make it first: mkdir -p ${dirname(path)}`,
          cause: error,
        });
  }
  const [problem, hint] = remedies[code] ?? [(error as Error).message, 'Check the path and the disk.'];
  return new DataError(`Cannot ${action} ${path}: ${problem} (${code}).`, { hint, cause: error });
}

/** The code of a system's or a library's error, such as "ENOENT" or "Z_BUF_ERROR". */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
