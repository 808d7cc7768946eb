// The reader of IDX: a file of images with the labels beside it, or a folder of them.
import { findSplits, holdsIdx, readClassNames, readSplit, type SplitPaths, splitOfFile } from '../folder';
import type { FoundSplit, Reader } from './reader';

/** Reads the files of one split, or of two. @throws DataError */
export async function readSplits(train: SplitPaths, test?: SplitPaths | undefined) {
  const found = async (paths: SplitPaths): Promise<FoundSplit> => ({ ...paths, set: await readSplit(paths) });
  return { train: await found(train), test: test && (await found(test)) };
}

export const idx: Reader = {
  name: 'idx',
  summary: "IDX files, as MNIST's train-images-idx3-ubyte",
  options: ['transpose'],
  recognise: ({ kind, name, head, files }) => {
    if (kind === 'folder') return files.some(holdsIdx) ? 'content' : undefined;
    const [zero, zeroToo, type = 0, axes = 0] = head;
    if (zero === 0 && zeroToo === 0 && type >= 8 && type <= 14 && axes >= 1 && axes <= 8) return 'content';
    return holdsIdx(name) ? 'name' : undefined;
  },
  read: async ({ path, kind }) => {
    if (kind === 'file') return { ...(await readSplits(await splitOfFile(path))), notes: [] };
    const { train, test } = await findSplits(path);
    return { ...(await readSplits(train, test)), classNames: await readClassNames(path), notes: [] };
  },
};
