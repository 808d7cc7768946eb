// Lays images out in rows and columns, as one picture of bytes.
import type { ImageShape, PixelRange } from '../dataset/image-set';

/** A picture of bytes: grey (one channel) or RGB (three). */
export interface Raster extends ImageShape {
  /** [height, width, channels] */
  readonly pixels: Uint8Array;
}

export interface ImageBytes extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
}

export interface GridLayout {
  readonly rows: number;
  readonly columns: number;
  /** Pixels between images and around them, after scaling. Default `gridGap`. */
  readonly gap?: number;
  /** Each pixel becomes scale × scale. Default 1. */
  readonly scale?: number;
}

/** Between images, and around them, pixels. */
export const gridGap = 2;
/** The gap: dark enough to recede, light enough to tell a black image from no image. */
const gapGrey = 40;

/** The size of the picture that a grid makes, pixels. */
export function gridExtent(image: ImageShape, layout: GridLayout): { height: number; width: number } {
  const { rows, columns, gap = gridGap, scale = 1 } = layout;
  return {
    height: rows * image.height * scale + (rows + 1) * gap,
    width: columns * image.width * scale + (columns + 1) * gap,
  };
}

/** Lays images out row by row; cells beyond the last image stay empty, images beyond the last cell are left out. */
export function composeGrid(images: ImageBytes, layout: GridLayout): Raster {
  const { rows, columns, gap = gridGap, scale = 1 } = layout;
  const { height, width } = gridExtent(images, layout);
  const cellHeight = images.height * scale;
  const cellWidth = images.width * scale;
  const raster = {
    height,
    width,
    channels: images.channels,
    pixels: new Uint8Array(height * width * images.channels),
  };
  raster.pixels.fill(gapGrey);
  for (let i = 0; i < Math.min(images.count, rows * columns); i++) {
    const top = gap + Math.floor(i / columns) * (cellHeight + gap);
    const left = gap + (i % columns) * (cellWidth + gap);
    drawImage(raster, images, i, top, left, scale);
  }
  return raster;
}

/** Draws one of the images into a picture of as many channels. */
export function drawImage(
  raster: Raster,
  images: Omit<ImageBytes, 'count'>,
  index: number,
  top: number,
  left: number,
  scale: number,
): void {
  const { height, width, channels, pixels } = images;
  const start = index * height * width * channels;
  for (let y = 0; y < height * scale; y++) {
    const fromRow = start + Math.floor(y / scale) * width * channels;
    let to = ((top + y) * raster.width + left) * channels;
    for (let x = 0; x < width * scale; x++) {
      const from = fromRow + Math.floor(x / scale) * channels;
      for (let channel = 0; channel < channels; channel++)
        raster.pixels[to++] = pixels[from + channel] as number;
    }
  }
}

/** How much to enlarge images of this height for people to look at: 28 pixels become 56, 64 stay. */
export function viewingScale(height: number): number {
  return Math.max(1, Math.round(56 / height));
}

/** Rows and columns for `count` images, as near to a square as a full rectangle allows: 64 → 8×8, 12 → 3×4. */
export function squarish(count: number): { readonly rows: number; readonly columns: number } {
  const side = Math.ceil(Math.sqrt(count));
  for (let columns = side; columns <= Math.min(count, 2 * side); columns++) {
    if (count % columns === 0) return { rows: count / columns, columns };
  }
  return { rows: Math.ceil(count / side), columns: side };
}

/** Floats to bytes: scaled, rounded, and clamped to 0 … 255; what is not a number becomes 0. */
export function toBytes(values: Float32Array, range: PixelRange): Uint8Array {
  const bytes = new Uint8ClampedArray(values.length);
  const [gain, offset] = range === 'zero-one' ? [255, 0] : [127.5, 127.5];
  for (let i = 0; i < values.length; i++) bytes[i] = (values[i] as number) * gain + offset;
  return new Uint8Array(bytes.buffer);
}
