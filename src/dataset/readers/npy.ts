// The reader of NumPy's arrays: a file of images with the labels beside it, or a folder of such files by split.
import { dirname, join } from 'node:path';
import { type NpyHeader, parseNpyHeader } from '../../images/npy';
import { openSource, readSource } from '../byte-source';
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
  read: async (place, { options }) => {
    const { folder, names, only } = await filesOf(place);
    const members: Member[] = [];
    for (const name of names) members.push(await memberOf(join(folder, name), name));
    return readMembers(members, { path: place.path, options, only: only && bare(only) });
  },
};

const bare = (name: string) => name.replace(/\.npy(?:\.gz)?$/i, '');

async function memberOf(path: string, name: string): Promise<Member> {
  const read = async () => {
    const source = await openSource(path);
    return readNpyArray(readSource(source), path, source.limit);
  };
  return { name: bare(name), source: path, head: await headOf(path), read };
}

async function headOf(path: string): Promise<NpyHeader | undefined> {
  try {
    return parseNpyHeader((await lookAt(path)).head, path);
  } catch {
    return undefined; // Whoever reads it says why.
  }
}

/** Of a single file those beside it, among which its labels may be. */
async function filesOf({ kind, path, name, files }: Place) {
  if (kind === 'folder') return { folder: path, names: files.filter(isNpy), only: undefined };
  const folder = dirname(path);
  const beside = await listFolder(folder).catch(() => ({ files: [] as string[] }));
  return {
    folder,
    names: [name, ...beside.files.filter((other) => other !== name && isNpy(other))],
    only: name,
  };
}
