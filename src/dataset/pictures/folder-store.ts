// The pictures below a folder.
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileError } from '../../file-error';
import { maxFileBytes } from '../../images/picture';
import { headBytes, tellByName, tellKind } from '../../images/picture-kind';
import { openRegular, readWhole } from '../../read-file';
import { settleFolder } from '../../replacement';
import { compare } from './arrange';
import { leftBehind } from './leftovers';
import { inParallel, isNote, maxNoteBytes, type PictureStore } from './store';

interface Listing {
  readonly names: string[];
  readonly otherKinds: string[];
  readonly notes: string[];
  readonly emptyFolders: string[];
}

/** Lists what is in a folder and below; a link back to a folder that was seen is not followed. */
export async function openFolder(folder: string): Promise<PictureStore> {
  const listing: Listing = { names: [], otherKinds: [], notes: [], emptyFolders: [] };
  await list(folder, '', listing, new Set());
  const { names, otherKinds, emptyFolders } = listing;
  const locate = (name: string) => join(folder, name);
  const notes = new Map(listing.notes.map((name) => [name, () => readWhole(locate(name), maxNoteBytes)]));
  return {
    where: folder,
    names,
    otherKinds,
    notes,
    emptyFolders,
    locate,
    each: (indices, visit) =>
      inParallel(indices, (index) =>
        visit(index, () => readWhole(locate(names[index] as string), maxFileBytes)),
      ),
  };
}

/** One picture's file. */
export function openFile(path: string): PictureStore {
  return {
    where: path,
    names: [basename(path)],
    otherKinds: [],
    notes: new Map(),
    emptyFolders: [],
    locate: () => path,
    each: (indices, visit) =>
      inParallel(indices, (index) => visit(index, () => readWhole(path, maxFileBytes))),
  };
}

/** Adds all that is in a folder. @param below its name, with "/" behind it; the outermost has none */
async function list(folder: string, below: string, into: Listing, seen: Set<string>): Promise<void> {
  const real = await realpath(folder).catch((error: unknown) => {
    throw fileError(error, folder, 'read');
  });
  if (seen.has(real)) return;
  seen.add(real);
  await settleFolder(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(error, folder, 'read');
  });
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    if (leftBehind.test(entry.name)) continue;
    const [path, name] = [join(folder, entry.name), below + entry.name];
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (!kind.isDirectory()) {
      await add(path, name, kind.isFile(), into);
      continue;
    }
    const before = into.names.length;
    await list(path, `${name}/`, into, seen);
    if (below === '' && into.names.length === before) into.emptyFolders.push(entry.name);
  }
}

async function add(path: string, name: string, isFile: boolean, into: Listing): Promise<void> {
  const told = tellByName(name);
  if (told === 'readable') into.names.push(name);
  else if (told === 'foreign') into.otherKinds.push(name);
  else if (isFile && isNote(name)) into.notes.push(name);
  else if (isFile && told === 'no ending' && (await isPictureInside(path))) into.names.push(name);
}

/** Whether a file is a picture by what is in it: of those without an ending nothing else tells. */
export async function isPictureInside(path: string): Promise<boolean> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return tellKind(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}
