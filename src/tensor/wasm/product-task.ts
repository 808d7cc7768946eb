// One task of a matrix product: some rows and columns of the result, block by block of what fits the caches.

import type { Routine } from './module';
import type { Routines } from './routines';
import { edgeTiles, mainTiles, type Tile, tileName } from './tile';

/** Rows of B that are packed at once. A result is the sum over such blocks in order, each summed up from zero: the bits
 *  depend on this number, and on none of the others here. */
export const depthBlock = 256;

/** Columns of B that are packed at once. */
export const columnBlock = 240;

/** Rows of A that pass over all packed columns before the next do. */
const rowBlock = 96;

const packedBBytes = 4 * depthBlock * (columnBlock + 16);

/** What a thread needs to pack a block of B, and to copy one of A. */
export const packedBytes = packedBBytes + 4 * depthBlock * rowBlock;

/** Bytes between a transposed A's columns from which on its blocks are copied: each column is on a page of its own then,
 *  and where this is a multiple of 4096, all of them share a few lines of the cache. */
const farApart = 2048;

/** Byte offsets, and distances in bytes. */
export interface Product {
  readonly a: number;
  /** From one row to the next, and from one column to the next. */
  readonly aRow: number;
  readonly aStep: number;
  readonly b: number;
  /** From one row to the next, and from one column to the next: one of them is 4. */
  readonly bRow: number;
  readonly bStep: number;
  readonly c: number;
  readonly cRow: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Whether C has something already to which the product is added. */
  readonly adds: boolean;
  /** `packedBytes` that nobody else uses. */
  readonly scratch: number;
  /** Index of the main tile. */
  readonly tile: number;
}

export function multiply(routines: Routines, product: Product): void {
  const { columns, depth, scratch } = product;
  const tile = mainTiles[product.tile] as Tile;
  const width = columnBlock - (columnBlock % (4 * tile.vectors));
  for (let left = 0; left < columns; left += width) {
    const count = Math.min(width, columns - left);
    for (let top = 0; top < depth; top += depthBlock) {
      const deep = Math.min(depthBlock, depth - top);
      const b = product.b + top * product.bRow + left * product.bStep;
      packBlock(routines, { ...product, b, to: scratch }, deep, count);
      const block = {
        a: product.a + top * product.aStep,
        b: scratch,
        c: product.c + 4 * left,
        columns: count,
        depth: deep,
        adds: product.adds || top > 0,
      };
      const isFar = product.aRow === 4 && product.aStep >= farApart;
      multiplyPacked(routines, { ...product, ...block }, isFar ? scratch + packedBBytes : undefined);
    }
  }
}

/** What of B is packed, and where to. */
interface Source {
  readonly b: number;
  readonly bRow: number;
  readonly bStep: number;
  readonly to: number;
  readonly tile: number;
}

/** Packs panels of B as wide as the tile; the last is as narrow as its columns allow, and filled up with zeros. */
function packBlock(
  routines: Routines,
  { b, bRow, bStep, to, tile }: Source,
  deep: number,
  count: number,
): void {
  const panel = 4 * (mainTiles[tile] as Tile).vectors;
  const full = Math.floor(count / panel);
  const rest = count - full * panel;
  const panelBytes = 4 * panel * deep;
  if (bStep === 4) {
    routines[panel === 12 ? 'pack12' : 'pack16'](to, b, bRow, deep, full, panelBytes);
  } else {
    for (let i = 0; i < full; i++)
      routines.transpose(to + i * panelBytes, 4 * panel, b + i * panel * bStep, bStep, panel, deep);
  }
  if (rest === 0) return;
  const row = 16 * Math.ceil(rest / 4);
  const last = to + full * panelBytes;
  const source = b + full * panel * bStep;
  if (rest % 4 > 0) routines.zero(last, row * deep);
  if (bStep === 4) routines.copyBlocks(last, source, 4 * rest, 1, 0, 0, 1, 0, 0, deep, row, bRow);
  else routines.transpose(last, row, source, bStep, rest, deep);
}

/** Columns that packed rows of B have, for any tile. */
export const packedWidth = (columns: number) => 4 * Math.ceil(columns / 4);

/** Packs all of B, block of rows after block. */
export function packBlocks(routines: Routines, source: Source, depth: number, columns: number): void {
  for (let top = 0; top < depth; top += depthBlock) {
    const block = {
      ...source,
      b: source.b + top * source.bRow,
      to: source.to + 4 * top * packedWidth(columns),
    };
    packBlock(routines, block, Math.min(depthBlock, depth - top), columns);
  }
}

/**
 * The product with a block of B that is packed already, at most `depthBlock` deep, at `b`.
 * @param copy where to copy A's rows to before they are used, some at a time; only for an A whose rows are 4 bytes apart
 */
export function multiplyPacked(
  routines: Routines,
  product: Omit<Product, 'bRow' | 'bStep' | 'scratch'>,
  copy?: number,
): void {
  const { a, aRow, c, cRow, rows, columns, depth, adds } = product;
  const aStep = copy === undefined ? product.aStep : 4 * rowBlock;
  const tile = mainTiles[product.tile] as Tile;
  const panel = 4 * tile.vectors;
  for (let top = 0; top < rows; top += rowBlock) {
    const high = Math.min(rowBlock, rows - top);
    const source = copy ?? a + top * aRow;
    if (copy !== undefined) {
      const from = a + top * aRow;
      routines.copyBlocks(copy, from, 4 * high, 1, 0, 0, 1, 0, 0, depth, aStep, product.aStep);
    }
    const target = c + top * cRow;
    let b = product.b;
    for (let left = 0; left < columns; left += panel) {
      const width = Math.min(panel, columns - left);
      const vectors = Math.ceil(width / 4);
      const name = tileName(vectors === tile.vectors ? tile : (edgeTiles[vectors - 1] as Tile));
      const to = target + 4 * left;
      (routines[name] as Routine)(depth, source, aRow, aStep, b, to, cRow, high, width, adds ? 1 : 0);
      b += 16 * vectors * depth;
    }
  }
}
