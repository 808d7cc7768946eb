// The reader of pictures in a tar or zip archive, WebDataset's shards among them.
import { tellByName } from '../../images/picture-kind';
import { readSet } from '../pictures/set';
import { openTarStore } from '../pictures/tar-store';
import { openZipStore } from '../pictures/zip-store';
import type { Reader } from './reader';
import { firstName, isZip } from './zip';

export const archive: Reader = {
  name: 'archive',
  summary: 'pictures in an archive (tar, zip)',
  options: ['tile'],
  recognise: ({ kind, name, head }) => {
    if (kind === 'folder') return undefined;
    if (isTar(head)) return 'content';
    if (isZip(head)) return holdsOthers(head) ? undefined : 'content';
    return /\.(?:tar|tgz|tar\.gz|zip)$/i.test(name) ? 'name' : undefined;
  },
  read: async ({ path, head }, { options: { tile }, pictures, keep }) => {
    const request = { ...pictures, keep };
    if (!isZip(head)) return readSet(await openTarStore(path), request, tile);
    const store = await openZipStore(path);
    try {
      return await readSet(store, request, tile);
    } finally {
      store.close();
    }
  },
};

/** POSIX.1-1988 and GNU's: the word stands behind the fields of the first header. */
const isTar = (head: Buffer) => head.toString('latin1', 257, 262) === 'ustar';

/** Whether the first file in a zip is of those that other readers look for, such as arrays. */
function holdsOthers(head: Buffer): boolean {
  const name = firstName(head);
  return tellByName(name) === 'nothing' && !/\.(?:csv|cls|txt|md|json|ds_store)$/i.test(name);
}
