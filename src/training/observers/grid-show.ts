// The grid after an epoch, in the terminal of the person who watches.
import type { ImageShape } from '../../dataset/image-set';
import { gridGap, type Raster, viewingScale } from '../../images/grid';
import { decodePlainPng } from '../../images/plain-png';
import {
  blockRows,
  corner,
  kittyPicture,
  type PictureWay,
  sixelPicture,
} from '../../images/terminal-picture';
import type { Bars } from '../../output';
import { readWholeSync } from '../../read-file';
import type { Observer } from '../../run/events';

/** Rows of text that a picture takes, where the terminal can draw finer than text. */
const textRows = 12;
/** About the height of such a row, pixels: a terminal does not say. */
const rowPixels = 20;
/** Columns of text for each image of blocks, one pixel each: as few as leave a digit to be read. */
const imageColumns = 14;

/** Of a grid's file. */
const mostBytes = 2 ** 28;

/** @param image of which the grid is made */
export function createGridShow(bars: Bars, way: PictureWay, image: ImageShape): Observer {
  return {
    on: (event) => {
      if (event.event !== 'grid' || bars.closed) return;
      const png = readWholeSync(event.file, mostBytes);
      if (way === 'kitty') return bars.draw(kittyPicture(png, textRows));
      const grid = decodePlainPng(png);
      if (!grid) return;
      if (way === 'sixel')
        return bars.draw(sixelPicture(grid, Math.round((textRows * rowPixels * grid.width) / grid.height)));
      bars.draw(blockStrip(grid, image, bars.columns));
    },
  };
}

/** The first images of the first row, as many as can be told apart. */
function blockStrip(grid: Raster, image: ImageShape, columns: number): string {
  const cell = (side: number) => side * viewingScale(image.height) + gridGap;
  const count = Math.max(1, Math.floor((columns - 1) / imageColumns));
  const strip = corner(grid, cell(image.height) + gridGap, count * cell(image.width) + gridGap);
  return blockRows(strip, columns - 1, trueColour()).join('\n');
}

const trueColour = () => /^(truecolor|24bit)$/.test(process.env.COLORTERM ?? '');
