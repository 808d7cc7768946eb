// Writes IDX files, gzipped when the name ends in .gz; the same images give the same bytes.
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { headed, makeFolder, writeFileAtomic } from '../files';
import { blocksOf } from './blocks';
import { type AnySet, type ImageSet, isStored, type SetHead } from './image-set';
import { idxHeader } from './readers/idx';

type Bytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes unsigned bytes with their shape, in one step: a reader sees the whole file or the one that was there.
 * @param data the bytes, or their parts in order, which need not be in memory together
 * @throws DataError when the folder is missing, unwritable or full
 */
export function writeIdx(path: string, shape: readonly number[], data: Bytes): Promise<void> {
  const parts = headed(idxHeader(shape), data instanceof Uint8Array ? [data] : data);
  return writeFileAtomic(path, isZipped(path) ? zipped(parts) : parts);
}

async function* zipped(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: 9 });
  pipeline(Readable.from(parts), gzip, () => undefined); // What the parts throw comes out of `gzip`.
  let isFirst = true;
  for await (const piece of gzip as AsyncIterable<Buffer>) {
    if (isFirst) piece[9] = 255; // The system that zipped it, "unknown": the one header byte that differs between systems.
    isFirst = false;
    yield piece;
  }
}

const isZipped = (path: string) => /\.gz$/i.test(path);

/** Writes the images of a set: three axes for grey, four for colour. */
export function writeIdxImages(path: string, set: Omit<ImageSet, 'labels' | 'classCount'>): Promise<void> {
  return writeIdx(path, idxAxes(set), set.pixels);
}

/** The shape that images have in an IDX file. */
export function idxAxes({
  count,
  height,
  width,
  channels,
}: Omit<SetHead, 'labels' | 'classCount'>): number[] {
  return channels === 1 ? [count, height, width] : [count, height, width, channels];
}

function* pixelsOf(set: AnySet): Generator<Uint8Array> {
  for (const { images } of blocksOf(set)) yield images.pixels;
}

export function writeIdxLabels(path: string, labels: Uint8Array): Promise<void> {
  return writeIdx(path, [labels.length], labels);
}

/** Writes one split under the names that MNIST's files have, gzipped; one on disk as it is, so that it can be read there.
 *  The folder is made if need be. @returns the paths written */
export async function writeSplit(folder: string, split: 'train' | 't10k', set: AnySet): Promise<string[]> {
  await makeFolder(folder);
  const images = join(
    folder,
    `${split}-images-idx${set.channels === 1 ? 3 : 4}-ubyte${isStored(set) ? '' : '.gz'}`,
  );
  if (isStored(set)) await writeIdx(images, idxAxes(set), pixelsOf(set));
  else await writeIdxImages(images, set);
  if (set.labels === undefined) return [images];
  const labels = join(folder, `${split}-labels-idx1-ubyte.gz`);
  await writeIdxLabels(labels, set.labels);
  return [images, labels];
}
