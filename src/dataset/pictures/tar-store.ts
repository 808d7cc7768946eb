// The pictures in a tar archive, gzipped or not: read through from the beginning, once for the names and once for what is
// in them; nothing is written to disk.
import { Readable } from 'node:stream';
import { DataError } from '../../errors';
import { maxFileBytes } from '../../images/picture';
import { openSource, readSource } from '../byte-source';
import { maxMembers } from '../readers/zip';
import { beginsPicture, checkName, gather, isStranger, refused, roleOf } from './archive';
import { atATime, maxNoteBytes, type PictureStore, type Visit } from './store';

/** In all, so that an archive of many tables takes no memory without end. */
const maxNotes = 2 ** 28;

/** Lists an archive. @throws DataError for links, devices, and names that lead out of it */
export async function openTarStore(path: string): Promise<PictureStore> {
  const found: { name: string; at: number }[] = [];
  const otherKinds: string[] = [];
  const notes = new Map<string, () => Promise<Buffer>>();
  const strangers: string[] = [];
  let noteBytes = 0;
  const locate = (name: string) => `${path}: ${name}`;
  await readThrough(path, async (name, at, entry) => {
    const role = roleOf(name);
    if (role === 'other kind') otherKinds.push(name);
    if (role === 'picture' || (role === 'unknown' && (await beginsPicture(entry, true))))
      found.push({ name, at });
    if (strangers.length < 3 && isStranger(role)) strangers.push(name);
    if (role !== 'note' || noteBytes > maxNotes) return;
    const bytes = await gather(entry, maxNoteBytes, locate(name));
    noteBytes += bytes.length;
    notes.set(name, async () => bytes);
  });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    where: path,
    names: found.map(({ name }) => name),
    otherKinds,
    strangers,
    notes,
    emptyFolders: [],
    locate,
    each: (indices, visit) => {
      const wanted = new Map(indices.map((index) => [found[index]?.at, index]));
      return visitInOrder(path, wanted, visit);
    },
  };
}

type Entry = AsyncIterable<Buffer>;
/** @returns 'enough' when nothing that comes later is wanted */
type Meet = (name: string, at: number, entry: Entry) => Promise<'enough' | undefined>;

/** Meets each file. @param meet may leave some of the entry unread */
async function readThrough(path: string, meet: Meet): Promise<void> {
  const { extract } = await import('tar-stream');
  const source = Readable.from(readSource(await openSource(path)), { objectMode: false });
  const tar = extract();
  source.on('error', (error) => tar.destroy(error));
  source.pipe(tar);
  let at = 0;
  try {
    for await (const entry of tar) {
      const { name, type, size = 0 } = entry.header;
      if (at++ >= maxMembers) throw refused(path, `has more than ${maxMembers} entries`);
      checkName(path, name);
      if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory')
        throw refused(path, `holds ${name}, which is a ${String(type).replace('-', ' ')}`);
      const isMet = size > 0 && type !== 'directory';
      const met = isMet && (await meet(name.replace(/^(?:\.\/)+/, ''), at, entry as AsyncIterable<Buffer>));
      entry.resume();
      if (met === 'enough') break;
    }
  } catch (error) {
    throw error instanceof DataError ? error : damaged(path, error);
  } finally {
    source.destroy();
    tar.destroy();
  }
}

function damaged(path: string, error: unknown): DataError {
  return new DataError(`${path} is a damaged tar archive: ${(error as Error).message}.`, {
    hint: 'Copy or download it again.',
    cause: error,
  });
}

/** Decoding goes on while the next entries are read. */
async function visitInOrder(
  path: string,
  wanted: ReadonlyMap<number | undefined, number>,
  visit: Visit,
): Promise<void> {
  const busy = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  let left = wanted.size;
  await readThrough(path, async (name, at, entry) => {
    const index = wanted.get(at);
    if (index === undefined) return undefined;
    const bytes = await gather(entry, maxFileBytes, `${path}: ${name}`);
    const work = visit(index, async () => bytes)
      .catch((error: unknown) => {
        failed = { error };
      })
      .finally(() => busy.delete(work));
    busy.add(work);
    if (busy.size >= atATime) await Promise.race(busy);
    if (failed) throw failed.error;
    left--;
    return left === 0 ? 'enough' : undefined;
  });
  await Promise.all(busy);
  if (failed) throw (failed as { readonly error: unknown }).error;
}
