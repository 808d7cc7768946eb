// Images on their way from a form that cannot be read by number to one that can: a file without a name, in the cache
// folder, that is gone with the process.
import { mkdirSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { openNameless } from '../read-file';
import { fileSize } from '../words';
import type { OpenFile, StoredRows } from './image-set';
import { keepOpen, rowsAt } from './row-file';

export class Spool {
  private readonly opened: OpenFile;
  private written = 0;

  /**
   * @param rows that it will hold, of so many bytes each
   * @throws DataError when the disk has no room for them, or refuses
   */
  constructor(
    rows: number,
    readonly rowBytes: number,
  ) {
    const folder = join(cacheFolder(), 'spool');
    const path = join(folder, `${process.pid}-${count++}`);
    try {
      mkdirSync(folder, { recursive: true });
      checkRoom(folder, rows * rowBytes);
      this.opened = keepOpen(path, openNameless(path, rows * rowBytes), undefined);
    } catch (error) {
      throw fileError(error, path, 'write');
    }
  }

  /** Writes rows behind those before, or at a row's place. @throws DataError when the disk refuses */
  write(bytes: Uint8Array, row = this.written / this.rowBytes): void {
    const { path, file } = this.opened;
    const start = row * this.rowBytes;
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, start + done);
    } catch (error) {
      throw fileError(error, path, 'write');
    }
    this.written = Math.max(this.written, start + bytes.length);
  }

  /** Its rows, from one on. */
  rows(from = 0): StoredRows {
    return rowsAt({ opened: this.opened, offset: from * this.rowBytes, rowBytes: this.rowBytes });
  }
}

let count = 0;

function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= bytes) return;
  throw new DataError(
    `${folder} has ${fileSize(bavail * bsize)} free, and the images need ${fileSize(bytes)} there.`,
    { hint: 'Free some space, or name a folder on another disk: AIGC_CACHE_DIR=DIR.' },
  );
}
