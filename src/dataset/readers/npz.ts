// The reader of NumPy's archives: a zip with an array in each member.
import { basename, extname, join } from 'node:path';
import { type NpyHeader, parseNpyHeader } from '../../images/npy';
import { type Member, readMembers } from './named-arrays';
import { readNpyArray } from './npy-array';
import type { Reader } from './reader';
import { firstName, isZip, openZip, type Zip, type ZipMember } from './zip';

export const npz: Reader = {
  name: 'npz',
  summary: 'NumPy archives (.npz)',
  options: ['key', 'label', 'shape', 'range', 'transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder') return files.some(isNpz) ? 'content' : undefined;
    if (isZip(head) && (isNpz(name) || firstName(head).endsWith('.npy'))) return 'content';
    return isNpz(name) ? 'name' : undefined;
  },
  read: async ({ kind, path, files }, { options }) => {
    const paths = kind === 'file' ? [path] : files.filter(isNpz).map((name) => join(path, name));
    const zips: Zip[] = [];
    try {
      const members: Member[] = [];
      for (const archive of paths) {
        const zip = await openZip(archive);
        zips.push(zip);
        // Of several archives each is perhaps a split: train/x of train.npz.
        const prefix = paths.length > 1 ? `${basename(archive, extname(archive))}/` : '';
        for (const member of zip.members) members.push(await memberOf(member, archive, prefix));
      }
      return await readMembers(members, { path, options });
    } finally {
      for (const zip of zips) zip.close();
    }
  },
};

const isNpz = (name: string) => /\.npz$/i.test(name);

async function memberOf(member: ZipMember, archive: string, prefix: string): Promise<Member> {
  const name = member.name.replace(/\.npy$/, '');
  const source = `${archive}:${name}`;
  const read = () => readNpyArray(member.open(), source, member.bytes);
  return { name: `${prefix}${name}`, source, head: await headOf(member, source), read };
}

/** Undefined for what is no array of numbers. */
async function headOf(member: ZipMember, source: string): Promise<NpyHeader | undefined> {
  let head: Buffer = Buffer.alloc(0);
  for await (const piece of member.open()) {
    head = Buffer.concat([head, piece]);
    try {
      const found = parseNpyHeader(head, source);
      if (found) return found;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
