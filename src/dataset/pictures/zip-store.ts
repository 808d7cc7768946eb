// The pictures in a zip archive: each unfolded when it is wanted, none written to disk.
import { maxFileBytes } from '../../images/picture';
import { openZip, type ZipMember } from '../readers/zip';
import { beginsPicture, checkName, gather, isStranger, refused, roleOf } from './archive';
import { inParallel, maxNoteBytes, type PictureStore } from './store';

/** Opens an archive; the caller closes it. */
export async function openZipStore(path: string): Promise<PictureStore & { close(): void }> {
  const zip = await openZip(path);
  try {
    const pictures: ZipMember[] = [];
    const otherKinds: string[] = [];
    const notes = new Map<string, () => Promise<Buffer>>();
    const strangers: string[] = [];
    const locate = (name: string) => `${path}: ${name}`;
    for (const member of zip.members) {
      checkName(path, member.name);
      const role = roleOf(member.name);
      if (role === 'other kind') otherKinds.push(member.name);
      if (strangers.length < 3 && isStranger(role)) strangers.push(member.name);
      if (role === 'note')
        notes.set(member.name, () => gather(member.open(), maxNoteBytes, locate(member.name)));
      if (role === 'picture' || (role === 'unknown' && (await beginsPicture(member.open(), false))))
        pictures.push(member);
    }
    const load = (member: ZipMember) => {
      if (member.bytes > maxFileBytes)
        throw refused(path, `claims that ${member.name} has ${member.bytes} bytes`);
      return gather(member.open(), maxFileBytes, locate(member.name));
    };
    pictures.sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      where: path,
      names: pictures.map(({ name }) => name),
      otherKinds,
      strangers,
      notes,
      emptyFolders: [],
      locate,
      each: (indices, visit) =>
        inParallel(indices, (index) => visit(index, async () => load(pictures[index] as ZipMember))),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}
