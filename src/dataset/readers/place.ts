// What lies at a path, as far as a look tells: a file's first bytes, a folder's names. Readers recognise by it.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileError } from '../../file-error';
import { settleFolder } from '../../replacement';
import { type ByteSource, openSource, readSource } from '../byte-source';

export interface Place {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** The file's name, or the folder's. */
  readonly name: string;
  /** The first bytes of a file, unfolded if it is gzipped; at most 4,096. */
  readonly head: Buffer;
  readonly gzipped: boolean;
  /** Bytes of a file on disk; 0 of a folder. */
  readonly size: number;
  /** The names in a folder, in order: archives unfold to folders called like the file inside, which are no files. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

const headBytes = 4096;

/** Looks at a path. @throws DataError when there is nothing that may be read */
export async function lookAt(path: string): Promise<Place> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  const name = basename(path);
  if (!found.isDirectory()) {
    const source = await openSource(path);
    const { gzipped, size } = source;
    return { path, kind: 'file', name, gzipped, size, head: await readHead(source), files: [], folders: [] };
  }
  const { files, folders } = await listFolder(path);
  return { path, kind: 'folder', name, gzipped: false, size: 0, head: Buffer.alloc(0), files, folders };
}

/** The first bytes, as they unfold; fewer when what is gzipped is damaged. */
async function readHead(source: ByteSource): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of readSource(source)) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= headBytes) break;
    }
  } catch {
    // The reader of the file says what is wrong with it.
  }
  return Buffer.concat(pieces).subarray(0, headBytes);
}

/** The names in a folder, in order; what systems leave behind, what is hidden and what is said of other files (.xmp) aside. */
export async function listFolder(
  folder: string,
): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  await settleFolder(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(error, folder, 'read');
  });
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of entries) {
    if (/^(?:\.|__MACOSX$)|\.xmp$/i.test(entry.name)) continue;
    if (await isFolder(folder, entry)) folders.push(entry.name);
    else files.push(entry.name);
  }
  return { files: files.sort(), folders: folders.sort() };
}

async function isFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(folder, entry.name)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
