// One picture that shows what a data set looks like: a row for each label, or the first images when there are none.
import type { AnySet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { composeGrid, type Raster } from './grid';

/** About as wide as a screen shows without scrolling, pixels. */
const sheetWidth = 1200;
const unlabelledRows = 10;

/** The first images of each label, in a row each. */
export function contactSheet(set: AnySet): Raster {
  const scale = set.width <= 32 ? 2 : 1;
  const columns = Math.min(20, Math.max(4, Math.floor(sheetWidth / (set.width * scale + 2))));
  const { height, width, channels } = set;
  const size = height * width * channels;
  const rows = set.labels ? rowsByLabel(set.labels, columns) : rowsInOrder(set.count, columns);
  // Labels with fewer images than columns leave black cells.
  const pixels = new Uint8Array(rows.length * columns * size);
  for (const [row, indices] of rows.entries())
    pixels.set(pickImages(set, indices).pixels, row * columns * size);
  const count = rows.length * columns;
  return composeGrid({ count, height, width, channels, pixels }, { rows: rows.length, columns, scale });
}

/** Labels that no image has are left out. */
function rowsByLabel(labels: Uint8Array, columns: number): number[][] {
  const rows: number[][] = [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index] as number;
    rows[label] ??= [];
    if (rows[label].length < columns) rows[label].push(index);
  }
  return rows.filter((row) => row !== undefined);
}

function rowsInOrder(count: number, columns: number): number[][] {
  const shown = Math.min(count, unlabelledRows * columns);
  return Array.from({ length: Math.ceil(shown / columns) }, (_, row) =>
    Array.from({ length: Math.min(columns, shown - row * columns) }, (_, column) => row * columns + column),
  );
}
