// The grid of samples after an epoch: the same latents every time, so that progress can be seen.
import { join } from 'node:path';
import { parseGrid } from '../config/shared-options';
import { makeFolder } from '../files';
import { composeGrid, viewingScale } from '../images/grid';
import { writePng } from '../images/png';
import { drawImages, latentsAt } from '../models/draw';
import type { Model } from '../models/family';

/** @returns what writes the grid of an epoch to `samples/epoch-0001.png`, and says where */
export function createGridWriter(
  folder: string,
  model: Model,
  values: { readonly grid: string; readonly seed: number },
): (epoch: number) => Promise<string> {
  const { rows, columns } = parseGrid(values.grid);
  const latents = latentsAt(model, values.seed, 0, rows * columns);
  return async (epoch) => {
    const images = await drawImages(model, latents);
    const path = join(folder, `epoch-${String(epoch).padStart(4, '0')}.png`);
    await makeFolder(folder);
    await writePng(path, composeGrid(images, { rows, columns, scale: viewingScale(images.height) }));
    return path;
  };
}
