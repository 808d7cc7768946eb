// Images that stay in a file, each a row of bytes: read by number, by the system's page cache.
import { closeSync, fstatSync, readSync } from 'node:fs';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { openRegularSync } from '../read-file';
import type { OpenFile, RowPlace, StoredRows } from './image-set';

const closing = new FinalizationRegistry<number>((file) => closeSync(file));

/** @param seen as `OpenFile` has it @returns the file, closed once nobody holds it any more */
export function keepOpen(path: string, file: number, seen: OpenFile['seen']): OpenFile {
  const opened = { path, file, seen };
  closing.register(opened, file);
  return opened;
}

/** Opens somebody's file. @throws DataError when it is no regular file, or unreadable */
export function openToRead(path: string): OpenFile {
  const { file, found } = openRegularSync(path);
  return keepOpen(path, file, { bytes: found.size, modifiedMs: found.mtimeMs });
}

/** @throws DataError when a file is no longer what was opened, or is gone: what was read and what comes are two sets */
export function checkUnchanged({ path, file, seen }: OpenFile): void {
  if (seen === undefined) return;
  const found = fstatSync(file);
  if (found.nlink > 0 && found.size === seen.bytes && found.mtimeMs === seen.modifiedMs) return;
  const what = found.nlink === 0 ? 'was removed or replaced' : 'has changed';
  throw new DataError(`${path} ${what} while images were read from it.`, {
    hint: 'Put it back as it was. A run goes on from its last checkpoint: add --resume.',
  });
}

/** The rows of a file. */
export function rowsAt(place: RowPlace): StoredRows {
  const { opened, offset, rowBytes } = place;
  const { path, file } = opened;
  const fill = (bytes: Uint8Array, row: number) => {
    const start = offset + row * rowBytes;
    try {
      for (let done = 0; done < bytes.length; ) {
        const count = readSync(file, bytes, done, bytes.length - done, start + done);
        if (count === 0) throw tooShort(path);
        done += count;
      }
    } catch (error) {
      throw fileError(error, path, 'read');
    }
  };
  return {
    place,
    read: (indices) => {
      checkUnchanged(opened);
      const bytes = new Uint8Array(indices.length * rowBytes);
      for (let i = 0; i < indices.length; i++)
        fill(bytes.subarray(i * rowBytes, (i + 1) * rowBytes), indices[i] as number);
      return bytes;
    },
    between: (from, to) => {
      checkUnchanged(opened);
      const bytes = new Uint8Array((to - from) * rowBytes);
      fill(bytes, from);
      return bytes;
    },
  };
}

function tooShort(path: string): DataError {
  return new DataError(`${path} is shorter than it was: some of its images are gone.`, {
    hint: 'Put it back as it was.',
  });
}
