// The disk's errors in plain words: what could not be done with which file, and what to do now.
import { dirname } from 'node:path';
import { DataError } from './errors';
import { shellWord } from './words';

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

export function notRegular(path: string, kind: string, cause?: unknown): DataError {
  return new DataError(`${path} is ${kind}, expected a regular file.`, {
    hint: 'Write its content to a file first.',
    cause,
  });
}

export function workingFolderGone(cause: unknown): DataError {
  return new DataError('The working folder was removed or moved.', {
    hint: 'Go to one that is there: cd DIR.',
    cause,
  });
}
