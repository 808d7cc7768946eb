// What `aigc sample --out` may ask for, by its ending.
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { writeIdxImages, writeIdxLabels } from '../dataset/idx-writer';
import type { ImageShape } from '../dataset/image-set';
import { DataError, UsageError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import { composeGrid, type GridLayout, gridExtent, type ImageBytes, viewingScale } from '../images/grid';
import { encodeNpy } from '../images/npy';
import { writePng } from '../images/png';
import { writeLabelsBeside } from './labels-beside';

export interface Layout {
  readonly rows: number;
  readonly columns: number;
}

export interface Format {
  /** @throws DataError when what is at `path` is in the way; called before anything is drawn */
  check?(path: string, count: number): Promise<void>;
  /** The size of the picture that all images go into, if they do. */
  extent?(image: ImageShape, layout: Layout): { readonly height: number; readonly width: number };
  /** @param labels [count], the classes that were drawn, of a conditional model
   *  @returns the other files that were written */
  write(path: string, images: ImageBytes, layout: Layout, labels?: Uint8Array): Promise<readonly string[]>;
}

const asGrid = ({ height }: ImageShape, layout: Layout): GridLayout => ({
  ...layout,
  scale: viewingScale(height),
});

const gridFormat: Format = {
  extent: (image, layout) => gridExtent(image, asGrid(image, layout)),
  write: async (path, images, layout) => {
    await writePng(path, composeGrid(images, asGrid(images, layout)));
    return [];
  },
};

const arrayFormat: Format = {
  write: async (path, { count, height, width, channels, pixels }, _layout, labels) => {
    await writeFileAtomic(path, encodeNpy(pixels, [count, height, width, channels]));
    return labels === undefined ? [] : [await writeLabelsBeside(path, labels)];
  },
};

const idxFormat: Format = {
  write: async (path, images, _layout, labels) => {
    await writeIdxImages(path, images);
    if (labels === undefined) return [];
    const beside = labelsPath(path);
    await writeIdxLabels(beside, labels);
    return [beside];
  },
};

const folderFormat: Format = {
  check: checkStale,
  write: async (path, images) => {
    await writePictures(path, images);
    return [];
  },
};

const idxPattern = /[.-]idx[34]-ubyte(\.gz)?$/i;

/** What --out asks for, by its ending; checked before anything is computed. */
export function formatOf(out: string): Format {
  const ending = extname(out).toLowerCase();
  if (/[/\\]$/.test(out)) return folderFormat;
  if (ending === '.png') return gridFormat;
  if (ending === '.npy') return arrayFormat;
  if (idxPattern.test(out)) return idxFormat;
  if (ending === '') return folderFormat;
  throw new UsageError(`--out ${out}: there is no way to write "${ending}" files.`, {
    hint: 'Use .png, .npy, .idx3-ubyte, .idx3-ubyte.gz, or a folder, which may end in "/".',
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
async function writePictures(folder: string, images: ImageBytes): Promise<void> {
  await makeFolder(folder);
  const { height, width, channels, pixels, count } = images;
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const picture = { height, width, channels, pixels: pixels.subarray(i * size, (i + 1) * size) };
    await writePng(join(folder, `${String(i).padStart(6, '0')}.png`), picture);
  }
}

/** @throws DataError when images of an earlier draw would stay among the new ones */
async function checkStale(folder: string, count: number): Promise<void> {
  const names = await readdir(folder).catch(() => []); // Making it tells what is wrong with it.
  const stale = names
    .filter((name) => /^\d{6,}\.png$/.test(name) && Number.parseInt(name, 10) >= count)
    .sort();
  if (stale.length === 0) return;
  throw new DataError(`${folder} holds more images of an earlier draw: ${stale[0]} and on would stay.`, {
    hint: 'Name another folder, or remove this one first.',
  });
}
