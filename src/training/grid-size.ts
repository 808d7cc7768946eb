// What sample grids a run may have.
import { parseGrid } from '../config/shared-options';
import type { ImageShape } from '../dataset/image-set';
import { UsageError } from '../errors';
import { gridExtent, viewingScale } from '../images/grid';
import { maxPixels } from '../images/png';

/** @throws UsageError when the grid would be too large a picture, before anything is trained */
export function checkGrid(grid: string, image: ImageShape): void {
  const { height, width } = gridExtent(image, { ...parseGrid(grid), scale: viewingScale(image.height) });
  if (height * width <= maxPixels) return;
  throw new UsageError(`--grid ${grid} makes pictures of ${height}×${width} pixels.`, {
    hint: `At most ${maxPixels} in all: use fewer rows and columns.`,
  });
}
