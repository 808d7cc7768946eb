// The grid of samples after an epoch: the same latents every time, so that progress can be seen.
import { join } from 'node:path';
import { parseGrid } from '../config/shared-options';
import { classesOf, presentClasses } from '../dataset/classes';
import type { DataSet, ImageShape } from '../dataset/image-set';
import { UsageError } from '../errors';
import { makeFolder } from '../files';
import { composeGrid, gridExtent, viewingScale } from '../images/grid';
import { maxPixels, writePng } from '../images/png';
import type { Family, Model } from '../models/family';
import { drawImages, latentsAt } from '../use/draw';

/** @throws UsageError when the grid would be too large a picture, before anything is trained */
export function checkGrid(grid: string, image: ImageShape): void {
  const { height, width } = gridExtent(image, { ...parseGrid(grid), scale: viewingScale(image.height) });
  if (height * width <= maxPixels) return;
  throw new UsageError(`--grid ${grid} makes pictures of ${height}×${width} pixels.`, {
    hint: `At most ${maxPixels} in all: use fewer rows and columns.`,
  });
}

interface Drawn {
  readonly model: Model;
  readonly family: Family;
  readonly data: DataSet;
}

/** The class of each cell: one class a row, from the first again where there are more rows; where there are fewer, the
 *  cells go through the classes in turn, or through some of them, evenly spread. */
export function classOfCells(rows: number, columns: number, classes: readonly number[]): Int32Array {
  const cells = rows * columns;
  const { length } = classes;
  return Int32Array.from({ length: cells }, (_, cell) => {
    const place = cells >= length ? cell : Math.floor((cell * length) / cells);
    return classes[(rows >= length ? Math.floor(cell / columns) : place) % length] as number;
  });
}

/** @returns what writes the grid of an epoch to `samples/epoch-0001.png`, and says where */
export function createGridWriter(
  folder: string,
  { model, family, data }: Drawn,
  values: { readonly grid: string; readonly seed: number },
): (epoch: number) => Promise<string> {
  const { rows, columns } = parseGrid(values.grid);
  const latents = latentsAt(model, values.seed, 0, rows * columns);
  const labels = family.conditional
    ? classOfCells(rows, columns, presentClasses(classesOf(data)))
    : undefined;
  return async (epoch) => {
    const images = await drawImages(model, latents, { labels });
    const path = join(folder, `epoch-${String(epoch).padStart(4, '0')}.png`);
    await makeFolder(folder);
    await writePng(path, composeGrid(images, { rows, columns, scale: viewingScale(images.height) }));
    return path;
  };
}
