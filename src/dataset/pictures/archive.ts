// What every archive of pictures must keep to: names that stay inside, files and folders alone, sizes that can be borne.
import { DataError } from '../../errors';
import { headBytes, tellByName, tellKind } from '../../images/picture-kind';
import { isLeftBehind, isNote } from './store';

/** @throws DataError for a name that leads out of the archive */
export function checkName(archive: string, name: string): void {
  const parts = name.replaceAll('\\', '/').split('/');
  if (
    name !== '' &&
    !name.startsWith('/') &&
    !parts.includes('..') &&
    !/^[a-z]:/i.test(name) &&
    !name.includes('\0')
  )
    return;
  throw refused(archive, `has an entry called ${JSON.stringify(name)}, which leads out of it`);
}

export function refused(archive: string, what: string): DataError {
  return new DataError(`${archive} ${what}.`, {
    hint: 'Make the archive anew, of the pictures and their folders alone; or unpack it where you trust it, and name the folder.',
  });
}

export type Role = 'picture' | 'other kind' | 'note' | 'unknown' | 'nothing';

/** What a file of an archive is, by its name; `unknown` must be looked into. */
export function roleOf(name: string): Role {
  if (isLeftBehind(name)) return 'nothing';
  const told = tellByName(name);
  if (told === 'readable') return 'picture';
  if (told === 'foreign') return 'other kind';
  if (isNote(name)) return 'note';
  return told === 'no ending' ? 'unknown' : 'nothing';
}

/** Whether a file is what an archive without pictures may be of. */
export const isStranger = (role: Role) => role !== 'picture' && role !== 'other kind';

/** Whether the beginning of a file is that of a picture. @param whole whether all of it must be read all the same */
export async function beginsPicture(bytes: AsyncIterable<Buffer>, whole: boolean): Promise<boolean> {
  let head: Buffer = Buffer.alloc(0);
  for await (const piece of bytes) {
    if (head.length < headBytes) head = Buffer.concat([head, piece]);
    else if (!whole) break;
  }
  return tellKind(head) !== undefined;
}

/** All of a file. @throws DataError when more comes than it may have */
export async function gather(bytes: AsyncIterable<Buffer>, most: number, name: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > most)
      throw new DataError(`${name} is too large: expected at most ${most} bytes.`, {
        hint: 'Is it a picture?',
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
