// What lies at a path, for those who only look: whatever keeps them from it, there is nothing.
import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';

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
