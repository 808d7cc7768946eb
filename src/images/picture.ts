// Reads pictures of all kinds, the same way for all: upright, in 8-bit sRGB, without transparency.
import type { Sharp } from 'sharp';
import { DataError } from '../errors';
import { readWhole } from '../read-file';
import { greyToRgb, isGrey, toGrey } from './channels';
import { asPictureError, type Decoded, isOfStrayBytes, openPicture } from './decode';
import { decodedSize, type Frame, framed } from './frame';
import type { Raster } from './grid';
import { ForeignPictureError, PictureError } from './picture-error';
import { conversionLine } from './picture-kind';
import type { Rgb } from './resample';
import { loadSharp } from './sharp';

/** A picture's file, or what is in one. */
export type PictureSource = string | Buffer;

export interface PictureLook {
  /** Behind what is transparent, and of the bars: black, white or #RRGGBB. */
  readonly background: string;
  /** What values are multiplied by, at the depth that the file has, before they become bytes. */
  readonly scale: number;
}

export interface PictureFrame extends Frame, PictureLook {}

/** @returns [height, width, 3], RGB. @throws PictureError when it is no whole picture */
export type DecodePicture = (source: PictureSource) => Promise<Uint8Array>;

/** No picture's file is larger. */
export const maxFileBytes = 2 ** 28;

/** Opens the decoder. @throws DataError when sharp is not installed for this system */
export async function openDecoder(frame: PictureFrame): Promise<DecodePicture> {
  await loadSharp();
  const bars = colourOf(frame.background);
  return (source) =>
    decoded(source, frame.scale, async ({ picture, height, width }) => {
      const size = decodedSize({ height, width }, frame);
      const flat = picture.flatten({ background: frame.background });
      const isWhole = size.height === height && size.width === width;
      const rgb = await toRgb(isWhole ? flat : flat.resize({ ...size, fit: 'fill' }));
      return framed(rgb, frame, bars, { height, width });
    });
}

/** An image in memory as `openDecoder` makes one of a picture's file; no decoder is needed. @returns [height, width, 3] */
export function fitted({ pixels, ...size }: Rgb, frame: PictureFrame): Uint8Array {
  const { scale } = frame;
  const scaled = scale === 1 ? pixels : pixels.map((value) => Math.min(255, Math.round(scale * value)));
  return framed({ ...size, pixels: scaled }, frame, colourOf(frame.background));
}

/** [red, green, blue] of black, white or #RRGGBB. */
function colourOf(background: string): readonly number[] {
  if (background === 'black' || background === 'white')
    return Array(3).fill(background === 'white' ? 255 : 0);
  return [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16));
}

/** Opens what reads pictures as large as they are. @throws DataError when sharp is not installed for this system */
export async function openWholeDecoder({ background, scale }: PictureLook) {
  await loadSharp();
  return (source: PictureSource): Promise<Rgb> =>
    decoded(source, scale, ({ picture }) => toRgb(picture.flatten({ background })));
}

export type PictureHead = Omit<Decoded, 'picture'>;

/** Opens what reads a picture's head alone. @throws DataError when sharp is not installed for this system */
export async function openHeadReader(): Promise<(source: PictureSource) => Promise<PictureHead>> {
  await loadSharp();
  return (source) => decoded(source, 1, async ({ picture: _, ...head }) => head);
}

/** Reads one picture as it is, grey if all its pixels are, else as RGB; what is transparent is seen on black.
 *  @throws DataError when the file is missing, is no picture, or is damaged */
export async function readPicture(path: string): Promise<Raster> {
  try {
    const read = await openWholeDecoder({ background: 'black', scale: 1 });
    const { width, height, pixels } = await read(path);
    if (!isGrey(pixels)) return { width, height, channels: 3, pixels: Uint8Array.from(pixels) };
    return { width, height, channels: 1, pixels: toGrey(pixels) };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    throw new DataError(`${path} cannot be read as a picture: ${error.message}.`, {
      hint:
        error instanceof ForeignPictureError
          ? `Convert it: ${conversionLine(path)}.`
          : 'Save or copy the picture again, as PNG or JPEG.',
      cause: error,
    });
  }
}

/** A small PNG of a picture, as it is. @param width at most so wide, pixels @throws PictureError */
export async function thumbnailOf(path: string, width: number) {
  return decoded(path, 1, async ({ picture }) => {
    const small = picture.resize({ width, withoutEnlargement: true }).png();
    const { data, info } = await small.toBuffer({ resolveWithObject: true });
    return { png: data, width: info.width, height: info.height };
  });
}

/** A small lossy WebP of a picture. @param width at most so wide, pixels @throws PictureError */
export async function thumbnailWebp(path: string, width: number): Promise<Buffer> {
  return decoded(path, 1, ({ picture }) =>
    picture.resize({ width, withoutEnlargement: true }).webp({ quality: 60, effort: 6 }).toBuffer(),
  );
}

/** Opens a picture and makes something of it; once more, where some stray bytes are all that the decoder minds. */
async function decoded<T>(
  source: PictureSource,
  scale: number,
  make: (picture: Decoded) => Promise<T>,
): Promise<T> {
  const sharp = await loadSharp();
  const bytes = typeof source === 'string' ? await readWhole(source, maxFileBytes) : source;
  try {
    try {
      return await make(await openPicture(sharp, bytes, scale));
    } catch (error) {
      if (!isOfStrayBytes(error)) throw error;
      return await make(await openPicture(sharp, bytes, scale, true));
    }
  } catch (error) {
    throw asPictureError(error);
  }
}

async function toRgb(image: Sharp): Promise<Rgb> {
  const flat = image.toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  // An image of one channel comes as one, whatever colour space is asked for.
  const pixels = channels === 1 ? greyToRgb(data) : data;
  return { pixels, height, width };
}
