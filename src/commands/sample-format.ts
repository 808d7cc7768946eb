// What `aigc sample --out` may ask for, by its ending.
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { findTwins, writeClassNames } from '../dataset/folder';
import { idxAxes, writeIdx, writeIdxLabels } from '../dataset/idx-writer';
import type { ImageShape } from '../dataset/image-set';
import { writeParquet } from '../dataset/parquet-writer';
import { DataError, UsageError } from '../errors';
import { headed, makeFolder, writeFileAtomic } from '../files';
import { composeGrid, type GridLayout, gridExtent, type ImageBytes, viewingScale } from '../images/grid';
import { npyHeader } from '../images/npy';
import { writePng } from '../images/png';
import type { Provenance } from '../images/provenance';
import { replaceFiles, settleFolder } from '../replacement';
import { gathered, type Layout } from '../use/sample';
import {
  checkLabelsOfArray,
  labelsOfArray,
  strayLabels,
  type Written,
  writeWithLabels,
} from './labels-beside';

/** The classes that were drawn, of a conditional model. */
export interface DrawnClasses {
  /** [count] */
  readonly labels: Uint8Array;
  /** By label, where the classes have names. */
  readonly names?: readonly string[] | undefined;
}

export interface Format {
  /** Whether `--out` names a folder. */
  readonly isFolder?: true;
  /** Whether it can be written in parts, each by a process of its own. */
  readonly inShards?: true;
  /** @param hasLabels whether labels will be written
   *  @throws DataError when what is at `path` is in the way; called before anything is drawn */
  check?(path: string, count: number, hasLabels: boolean): Promise<void>;
  /** The size of the picture that all images go into, if they do. */
  extent?(image: ImageShape, layout: Layout): { readonly height: number; readonly width: number };
  write(path: string, drawn: Drawn): Promise<Written>;
}

/** What is to be written. */
export interface Drawn {
  readonly images: DrawnImages;
  readonly layout: Layout;
  readonly classes: DrawnClasses | undefined;
  /** What is to be said of how they were made. */
  readonly provenance: Provenance | undefined;
  /** Others write parts beside it. */
  readonly isShard?: boolean;
}

/** Images as they are drawn, some at a time, in order. */
export interface DrawnImages extends ImageShape {
  readonly count: number;
  readonly blocks: AsyncIterable<ImageBytes> | Iterable<ImageBytes>;
}

async function* pixelsOf({ blocks }: DrawnImages): AsyncGenerator<Uint8Array> {
  for await (const { pixels } of blocks) yield pixels;
}

/** All in memory, for what shows them at once. */
export const allOf = ({ blocks, count }: DrawnImages) => gathered(blocks, count);

const asGrid = ({ height }: ImageShape, layout: Layout): GridLayout => ({
  ...layout,
  scale: viewingScale(height),
});

const gridFormat: Format = {
  extent: (image, layout) => gridExtent(image, asGrid(image, layout)),
  write: async (path, { images, layout, provenance }) => {
    await makeFolder(dirname(path));
    await writePng(path, composeGrid(await allOf(images), asGrid(images, layout)), provenance);
    return { files: [path] };
  },
};

/** The image itself, at its own size, as other commands take it back. */
const pictureFormat: Format = {
  extent: (image) => image,
  write: async (path, { images, provenance }) => {
    await makeFolder(dirname(path));
    await writePng(path, await allOf(images), provenance);
    return { files: [path] };
  },
};

const arrayFormat: Format = {
  inShards: true,
  check: (path, _count, hasLabels) => checkLabelsOfArray(path, hasLabels),
  write: (path, { images, classes, provenance, isShard }) => {
    const { count, height, width, channels } = images;
    const write = (to: string) =>
      writeFileAtomic(to, headed(npyHeader('|u1', [count, height, width, channels]), pixelsOf(images)));
    return writeWithLabels(path, write, classes && labelsOfArray(path, classes.labels), provenance, isShard);
  },
};

const parquetFormat: Format = {
  inShards: true,
  write: (path, { images: { blocks }, classes, provenance, isShard }) => {
    const write = (to: string) => writeParquet(to, { blocks, ...classes });
    return writeWithLabels(path, write, undefined, provenance, isShard);
  },
};

const idxFormat: Format = {
  inShards: true,
  check: async (path, _count, hasLabels) => {
    const [stray] = await findTwins(path, hasLabels ? labelsPath(path) : undefined);
    if (stray !== undefined) throw strayLabels(stray, path);
  },
  write: async (path, { images, classes, provenance, isShard }) => {
    const beside = classes && {
      path: labelsPath(path),
      write: async (to: string) => {
        await writeIdxLabels(to, classes.labels);
        // Of a set that is a folder's own, as `aigc data make` writes them.
        if (classes.names && /^train-images/.test(basename(path)))
          await writeClassNames(dirname(to), classes.names);
      },
    };
    const write = (to: string) => writeIdx(to, idxAxes(images), pixelsOf(images));
    return writeWithLabels(path, write, beside, provenance, isShard);
  },
};

const folderFormat: Format = {
  isFolder: true,
  check: checkStale,
  write: async (path, { images, provenance }) => {
    await replaceFiles(path, [], (draft) => writePictures(draft, images, provenance));
    return { files: [path] };
  },
};

const idxPattern = /[.-]idx[34]-ubyte(\.gz)?$/i;

/** What --out asks for, by its ending; checked before anything is computed. */
export function formatOf(out: string, count?: number): Format {
  const ending = extname(out).toLowerCase();
  if (/[/\\]$/.test(out)) return folderFormat;
  if (ending === '.png') return count === 1 ? pictureFormat : gridFormat;
  if (ending === '.npy') return arrayFormat;
  if (ending === '.parquet') return parquetFormat;
  if (idxPattern.test(out)) return idxFormat;
  if (ending === '') return folderFormat;
  throw new UsageError(`--out ${out}: there is no way to write "${ending}" files.`, {
    hint: 'Use .png, .npy, .idx3-ubyte, .idx3-ubyte.gz, .parquet, or a folder, which may end in "/".',
  });
}

/** train-images-idx3-ubyte.gz → train-labels-idx1-ubyte.gz, samples.idx3-ubyte → samples.idx1-ubyte: where
 *  `--data` looks for the labels of such images. */
export function labelsPath(images: string): string {
  const name = basename(images)
    .replace(/images/i, 'labels')
    .replace(/idx[34](-ubyte(?:\.gz)?)$/i, 'idx1$1');
  return join(dirname(images), name);
}

/** A PNG for each image: 000000.png, 000001.png, … */
async function writePictures(
  folder: string,
  { blocks }: DrawnImages,
  provenance: Provenance | undefined,
): Promise<void> {
  let number = 0;
  for await (const { height, width, channels, pixels, count } of blocks) {
    const size = height * width * channels;
    for (let i = 0; i < count; i++) {
      const picture = { height, width, channels, pixels: pixels.subarray(i * size, (i + 1) * size) };
      await writePng(join(folder, `${String(number++).padStart(6, '0')}.png`), picture, provenance);
    }
  }
}

/** @throws DataError when images of an earlier draw would stay among the new ones */
async function checkStale(folder: string, count: number): Promise<void> {
  await settleFolder(folder);
  const names = await readdir(folder).catch(() => []); // Making it tells what is wrong with it.
  const stale = names
    .filter((name) => /^\d{6,}\.png$/.test(name) && Number.parseInt(name, 10) >= count)
    .sort();
  if (stale.length === 0) return;
  throw new DataError(`${folder} holds more images of an earlier draw: ${stale[0]} and on would stay.`, {
    hint: 'Name another folder, or remove this one first.',
  });
}
