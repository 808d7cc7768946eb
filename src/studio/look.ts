// What lies at a path, for those who only look: whatever keeps them from it, there is nothing.
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { DataError } from '../errors';

/** Of the path itself: a link is a link. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** None where it is no folder, or a link to one. */
export function entriesOf(path: string): readonly Dirent[] {
  try {
    return lstatSync(path).isDirectory() ? readdirSync(path, { withFileTypes: true }) : [];
  } catch {
    return [];
  }
}

/** What of a file tells that it is another one. */
export const markOf = ({ ino, mtimeMs, size }: Stats): string => `${ino} ${mtimeMs} ${size}`;

/** What `read` gives; undefined where it meets what cannot be read. */
export function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** Whether a path lies in a folder, both without links. */
export const isWithin = (folder: string, path: string): boolean =>
  path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
