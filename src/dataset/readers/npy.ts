// The reader of NumPy's arrays: a file of images with the labels beside it, or a folder of such files by split.
import { dirname, join } from 'node:path';
import { parseNpyHeader } from '../../images/npy';
import { typeInWords } from '../../images/numbers';
import { openSource, readSource } from '../byte-source';
import { isOfAnotherShard } from '../shard-names';
import { type Member, readMembers } from './named-arrays';
import { readNpyArray } from './npy-array';
import { listFolder, lookAt, type Place } from './place';
import type { Reader } from './reader';

const isNpy = (name: string) => /\.npy(?:\.gz)?$/i.test(name);

export const npy: Reader = {
  name: 'npy',
  summary: 'NumPy arrays (.npy)',
  options: ['key', 'label', 'shape', 'range', 'transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder') return files.some(isNpy) ? 'content' : undefined;
    if (head.toString('latin1', 0, 6) === '\x93NUMPY') return 'content';
    return isNpy(name) ? 'name' : undefined;
  },
  read: async (place, { options, keep }) => {
    const { folder, names, only } = await filesOf(place);
    const members: Member[] = [];
    for (const name of names) members.push(await memberOf(join(folder, name), name));
    return readMembers(members, { path: place.path, options, keep, only: only && bare(only) });
  },
};

const bare = (name: string) => name.replace(/\.npy(?:\.gz)?$/i, '');

async function memberOf(path: string, name: string): Promise<Member> {
  const read = async () => {
    const source = await openSource(path);
    return readNpyArray(readSource(source), path, source.limit);
  };
  return { name: bare(name), source: path, ...(await headOf(path)), read };
}

async function headOf(path: string): Promise<Pick<Member, 'head' | 'file'>> {
  try {
    const { head: bytes, gzipped } = await lookAt(path);
    const head = parseNpyHeader(bytes, path);
    return { head, file: head && { path, gzipped, ...head, typeName: typeInWords(head.type) } };
  } catch {
    return { head: undefined }; // Whoever reads it says why.
  }
}

/** Of a single file those beside it, among which its labels may be. */
async function filesOf({ kind, path, name, files }: Place) {
  if (kind === 'folder') return { folder: path, names: files.filter(isNpy), only: undefined };
  const folder = dirname(path);
  const beside = await listFolder(folder).catch(() => ({ files: [] as string[] }));
  return {
    folder,
    names: [
      name,
      ...beside.files.filter((other) => other !== name && isNpy(other) && !isOfAnotherShard(other, name)),
    ],
    only: name,
  };
}
