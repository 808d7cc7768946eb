// Images out of arrays of numbers: which axis is what, which numbers are black and white.
import { DataError, UsageError } from '../../errors';
import type { NpyArray } from '../../images/npy';
import { grouped } from '../../words';
import type { ImageShape } from '../image-set';
import { type PixelRange, parseRange, rangeInWords, recogniseRange, toBytes } from './pixel-range';
import type { ReadOptions } from './reader';

export interface NumberArray extends NpyArray {
  /** "float32"; "byte" of IDX's, which are never taken for bits. */
  readonly typeName: string;
  readonly source: string;
}

export interface ArrayImages extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
}

export interface Layout extends ImageShape {
  readonly count: number;
  /** How the numbers of an image lie: rows of pixels, or one plane for each channel. */
  readonly order: 'pixels' | 'planes';
}

/** Whether an array may hold images, by its shape. */
export const mayBeImages = (shape: readonly number[]) => shape.length >= 2 && shape.length <= 4;

/**
 * The images of some arrays, which are of one range: that of the first.
 * @returns with a sentence on how they were taken
 * @throws DataError, or UsageError for a --shape or --range that does not fit
 */
export function imagesOfArrays(
  arrays: readonly NumberArray[],
  options: ReadOptions,
): { readonly images: readonly ArrayImages[]; readonly note: string } {
  const [first] = arrays as [NumberArray];
  const range = rangeOf(first, options);
  let clipped = 0;
  const images = arrays.map(({ shape, values, source }) => {
    const layout = layoutOf(shape, options, source);
    const bytes = toBytes(values, range, source);
    clipped += bytes.clipped;
    const { count, height, width } = layout;
    return { count, height, width, ...arranged(bytes.pixels, layout) };
  });
  return { images, note: noteOn(first, layoutOf(first.shape, options, first.source), range, clipped) };
}

/** How an array was taken. @param clipped numbers that lay beyond the range by no more than rounding leaves */
export function noteOn(
  { shape, typeName }: Pick<NumberArray, 'shape' | 'typeName'>,
  layout: Layout,
  range: PixelRange,
  clipped: number,
): string {
  const beyond = clipped > 0 ? `; ${grouped(clipped)} beyond it by a rounding error were clipped` : '';
  return `${axesInWords(shape, layout)}, ${typeName} in ${rangeInWords(range)}${beyond}`;
}

function rangeOf({ values, typeName, source }: NumberArray, options: ReadOptions): PixelRange {
  const told = rangeToldBy(typeName, options);
  if (told) return told;
  if (typeName === 'uint8') {
    const isBits = !values.some((value) => value > 1) && values.some((value) => value === 1);
    return { black: 0, white: isBits ? 1 : 255 };
  }
  return recogniseRange(values, source);
}

/** The range that need not be looked for. */
export function rangeToldBy(typeName: string, { range }: ReadOptions): PixelRange | undefined {
  if (range !== undefined) return parseRange(range);
  if (typeName === 'bool') return { black: 0, white: 1 };
  return typeName === 'byte' ? { black: 0, white: 255 } : undefined;
}

/** What each axis is. @throws DataError when that is not clear, or when these are no images */
export function layoutOf(shape: readonly number[], options: ReadOptions, source: string): Layout {
  const layout = shape.length === 2 ? flatLayout(shape, options, source) : deepLayout(shape);
  if (options.shape !== undefined && shape.length !== 2) {
    throw new UsageError(`--shape ${options.shape}: ${source} has the shape [${shape.join(', ')}] already.`, {
      hint: 'Leave it out.',
    });
  }
  if (layout === undefined) {
    throw new DataError(
      `${source} is an array of shape [${shape.join(', ')}], expected images: [count, height, width], with 1, 3 or 4 channels behind or before height and width, or [count, pixels].`,
      { hint: 'Put the axes in that order before saving.' },
    );
  }
  const { count, height, width } = layout;
  if (count > 0 && height > 0 && width > 0) return layout;
  throw new DataError(`${source} holds no images: its shape is ${shape.join('×')}.`, {
    hint: 'Use another file.',
  });
}

const isChannels = (size: number) => size === 1 || size === 3 || size === 4;

function deepLayout(shape: readonly number[]): Layout | undefined {
  const [count = 0, first = 0, second = 0, last] = shape;
  if (shape.length < 3 || shape.length > 4) return undefined;
  if (last === undefined) return { count, height: first, width: second, channels: 1, order: 'pixels' };
  if (isChannels(last)) return { count, height: first, width: second, channels: last, order: 'pixels' };
  return isChannels(first)
    ? { count, height: second, width: last, channels: first, order: 'planes' }
    : undefined;
}

/** Of rows of numbers: as --shape says, or square and grey. */
function flatLayout(
  [count = 0, size = 0]: readonly number[],
  { shape }: ReadOptions,
  source: string,
): Layout {
  if (shape !== undefined) {
    const image = parseShape(shape);
    const { height, width, channels } = image;
    if (height * width * channels === size) return { count, ...image };
    throw new UsageError(
      `--shape ${shape} is ${height * width * channels} numbers an image; ${source} has ${size}.`,
      { hint: 'Height times width, times the channels, must be the length of a row.' },
    );
  }
  const side = Math.sqrt(size);
  if (Number.isInteger(side)) return { count, height: side, width: side, channels: 1, order: 'pixels' };
  throw new DataError(`${source} holds rows of ${size} numbers, which is no square of grey pixels.`, {
    hint: hintOnRows(count, size),
  });
}

function hintOnRows(count: number, size: number): string {
  const colour = Math.sqrt(size / 3);
  if (Number.isInteger(colour))
    return `If they are colour images: --shape ${colour}x${colour}x3, or --shape 3x${colour}x${colour} when planes of one colour follow each other.`;
  if (size > 4 && Number.isInteger(Math.sqrt(size - 1)))
    return "If the first of each row is its label: numpy.savez('set.npz', x=array[:, 1:], y=array[:, 0]).";
  if (Math.max(count, size) <= 2 * Math.min(count, size))
    return "If it is one image: numpy.save('set.npy', array[None]). Else say which height and width they have: --shape HEIGHTxWIDTH.";
  return 'Say which height and width they have: --shape HEIGHTxWIDTH.';
}

/** "28x28", "32x32x3", "3x32x32" */
export function parseShape(word: string): ImageShape & Pick<Layout, 'order'> {
  const sizes = word.split('x').map(Number);
  const [first = 0, second = 0, third] = sizes;
  if (third === undefined) return { height: first, width: second, channels: 1, order: 'pixels' };
  return isChannels(third)
    ? { height: first, width: second, channels: third, order: 'pixels' }
    : { height: second, width: third, channels: first, order: 'planes' };
}

function axesInWords(shape: readonly number[], { channels, order }: Layout): string {
  const alpha = channels === 4 ? ', transparency laid on black' : '';
  const planes = order === 'planes' && channels > 1 ? ' (channels first)' : '';
  return `[${shape.join(', ')}]${planes}${alpha}${lastAxis(shape)}`;
}

/** Of [28, 28, 1000], which MATLAB's users have: nothing but the numbers says that the images go last. */
function lastAxis(shape: readonly number[]): string {
  const [first = 0, second, third = 0] = shape;
  if (shape.length !== 3 || first !== second || third <= first) return '';
  return `, ${first} images of ${first}×${third} (if they are counted by the last axis: numpy.moveaxis(array, -1, 0))`;
}

/** Whether the bytes are as images have them already. */
export const isArranged = ({ channels, order }: Layout) =>
  channels === 1 || (order === 'pixels' && channels === 3);

/** Channels behind each other; of four the last says how opaque a pixel is, on black. */
export function arranged(pixels: Uint8Array, layout: Layout) {
  const { count, height, width, channels, order } = layout;
  if (isArranged(layout)) return { pixels, channels };
  const area = height * width;
  const [kept, step, plane] = [
    channels === 4 ? 3 : channels,
    order === 'planes' ? 1 : channels,
    order === 'planes' ? area : 1,
  ];
  const out = new Uint8Array(count * area * kept);
  for (let image = 0, to = 0; image < count; image++) {
    const start = image * area * channels;
    for (let at = 0; at < area; at++) {
      const from = start + at * step;
      const alpha = channels === 4 ? (pixels[from + 3 * plane] as number) / 255 : 1;
      for (let channel = 0; channel < kept; channel++)
        out[to++] = Math.round(alpha * (pixels[from + channel * plane] as number));
    }
  }
  return { pixels: out, channels: kept };
}
