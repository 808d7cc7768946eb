// The archive that several named sets are published as: its files, unpacked beside it.
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { writeFileAtomic } from '../files';
import type { KeptSums } from './kept-sums';
import type { SetArchive } from './named-set';
import { openZip } from './readers/zip';

/**
 * Unpacks what an archive holds of its sets, each file whole or not at all.
 * @returns the hashes of the files
 * @throws DataError when it is damaged, or the disk refuses
 */
export async function unpackSets(path: string, { holds }: SetArchive, folder: string): Promise<KeptSums> {
  const sums = new Map<string, string>();
  const zip = await openZip(path);
  try {
    for (const member of zip.members) {
      const name = basename(member.name);
      if (!holds.test(name)) continue;
      const hash = createHash('sha256');
      await writeFileAtomic(join(folder, name), hashed(member.open(), hash));
      sums.set(name, hash.digest('hex'));
    }
  } finally {
    zip.close();
  }
  return sums;
}

async function* hashed(pieces: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>) {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
