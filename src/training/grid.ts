// The grid of samples after an epoch: the same latents every time, so that progress can be seen.
import { join } from 'node:path';
import { parseGrid } from '../config/shared-options';
import { classesOf, presentClasses } from '../dataset/classes';
import { makeFolder } from '../files';
import { composeGrid, viewingScale } from '../images/grid';
import { writePng } from '../images/png';
import { drawImages, latentsAt } from '../use/draw';
import type { Session } from './open-session';
import { provenanceOfGrid } from './provenance';

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
export function createGridWriter(session: Session): (epoch: number, step: number) => Promise<string> {
  const { model, family, data, values, folder } = session;
  const { rows, columns } = parseGrid(values.grid);
  const latents = latentsAt(model, values.seed, 0, rows * columns);
  const labels = family.conditional
    ? classOfCells(rows, columns, presentClasses(classesOf(data)))
    : undefined;
  return async (epoch, step) => {
    const images = await drawImages(model, latents, { labels });
    const path = join(folder.samples, `epoch-${String(epoch).padStart(4, '0')}.png`);
    await makeFolder(folder.samples);
    const raster = composeGrid(images, { rows, columns, scale: viewingScale(images.height) });
    await writePng(path, raster, values.provenance ? await provenanceOfGrid(session, step) : undefined);
    return path;
  };
}
