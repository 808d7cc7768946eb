// Reads PNG and JPEG files, the same way for all: upright, in 8-bit sRGB, without transparency.
import type sharpModule from 'sharp';
import type { Sharp } from 'sharp';
import { DataError } from '../errors';
import { readWhole } from '../read-file';
import type { Raster } from './grid';
import { PictureError, type PictureHeader, readPictureHeader } from './picture-header';
import { loadSharp } from './sharp';

export const fits = ['cover', 'contain', 'stretch'] as const;

export interface PictureFrame {
  readonly height: number;
  readonly width: number;
  /** cover: fills the frame and cuts what is over; contain: all of the picture, with bars; stretch: its shape is lost. */
  readonly fit: (typeof fits)[number];
  /** Behind what is transparent, and of the bars: black, white or #RRGGBB. */
  readonly background: string;
  /** What values are multiplied by, at the depth that the file has, before they become bytes. */
  readonly scale: number;
}

/** @returns [height, width, 3], RGB. @throws PictureError when the file is no whole picture */
export type PictureSource = string | Buffer;
export type DecodePicture = (source: PictureSource) => Promise<Uint8Array>;

/** No picture's file is larger. */
const maxFileBytes = 2 ** 28;

/** Opens the decoder. @throws DataError when sharp is not installed for this system */
export async function openDecoder(frame: PictureFrame): Promise<DecodePicture> {
  const { height, width, fit, background, scale } = frame;
  const sharp = await loadSharp();
  const resize = { height, width, fit: fit === 'stretch' ? 'fill' : fit, background } as const;
  return async (path) => {
    const upright = await openUpright(sharp, path, scale);
    const { rgb } = await told(() => toRgb(upright.flatten({ background }).resize(resize)));
    return rgb;
  };
}

export async function openWholeDecoder({ background, scale }: { background: string; scale: number }) {
  const sharp = await loadSharp();
  return async (source: PictureSource) => {
    const upright = await openUpright(sharp, source, scale);
    const { rgb, height, width } = await told(() => toRgb(upright.flatten({ background })));
    return { pixels: rgb, height, width };
  };
}

export interface PictureHead {
  /** Upright. */
  readonly height: number;
  readonly width: number;
  readonly hasAlpha: boolean;
  readonly is16Bit: boolean;
}

/** Opens what reads a picture's head alone. @throws DataError when sharp is not installed for this system */
export async function openHeadReader(): Promise<(path: string) => Promise<PictureHead>> {
  const sharp = await loadSharp();
  return async (path) => {
    const { bytes, header } = await readChecked(path);
    const { autoOrient, hasAlpha } = await told(() => sharp(bytes).metadata());
    return { ...autoOrient, hasAlpha, is16Bit: header.depth === 16 };
  };
}

/** Reads one picture as it is, grey if all its pixels are, else as RGB; what is transparent is seen on black.
 *  @throws DataError when the file is missing, is no picture, or is damaged */
export async function readPicture(path: string): Promise<Raster> {
  const sharp = await loadSharp();
  try {
    const upright = await openUpright(sharp, path);
    const { rgb, height, width } = await told(() => toRgb(upright.flatten({ background: 'black' })));
    if (!isGrey(rgb)) return { width, height, channels: 3, pixels: Uint8Array.from(rgb) };
    const grey = Uint8Array.from({ length: width * height }, (_, i) => rgb[3 * i] as number);
    return { width, height, channels: 1, pixels: grey };
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    throw new DataError(`${path} cannot be read as a picture: ${error.message}.`, {
      hint: 'Save or copy the picture again, as PNG or JPEG.',
      cause: error,
    });
  }
}

/** A small PNG of a picture, as it is. @param width at most so wide, pixels @throws PictureError */
export async function thumbnailOf(path: string, width: number) {
  const sharp = await loadSharp();
  const upright = await openUpright(sharp, path);
  return told(async () => {
    const small = upright.resize({ width, withoutEnlargement: true }).png();
    const { data, info } = await small.toBuffer({ resolveWithObject: true });
    return { png: data, width: info.width, height: info.height };
  });
}

/** A small lossy WebP of a picture. @param width at most so wide, pixels @throws PictureError */
export async function thumbnailWebp(path: string, width: number): Promise<Buffer> {
  const sharp = await loadSharp();
  const upright = await openUpright(sharp, path);
  return told(() =>
    upright.resize({ width, withoutEnlargement: true }).webp({ quality: 60, effort: 6 }).toBuffer(),
  );
}

/** Whether all pixels are. @param rgb [pixels, 3] */
export function isGrey(rgb: Uint8Array): boolean {
  for (let i = 0; i < rgb.length; i += 3) if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return false;
  return true;
}

/** The file's bytes, once their head has been found to be that of a picture that we can bear. */
async function readChecked(
  path: PictureSource,
): Promise<{ readonly bytes: Buffer; readonly header: PictureHeader }> {
  const bytes = typeof path === 'string' ? await readWhole(path, maxFileBytes) : path;
  return { bytes, header: readPictureHeader(bytes) };
}

async function openUpright(sharp: typeof sharpModule, path: PictureSource, scale = 1): Promise<Sharp> {
  const { bytes, header } = await readChecked(path);
  const upright = sharp(bytes).autoOrient();
  if (header.depth === 16) return told(() => inEightBits(sharp, upright, scale));
  return scale === 1 ? upright : told(() => multiplied(sharp, upright, scale));
}

/** 16 bits a channel as 8, rounded: the decoder would cut them off, so that 0x00ff is 0 and 0xffff alike with 0xff00. */
async function inEightBits(sharp: typeof sharpModule, picture: Sharp, scale: number): Promise<Sharp> {
  const deep = picture.toColourspace('rgb16').raw({ depth: 'ushort' });
  const { data, info } = await deep.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const bytes = Uint8Array.from(values, (value, i) =>
    Math.min(255, Math.round(((isAlpha(i, channels) ? 1 : scale) * value) / 257)),
  );
  return sharp(bytes, { raw: { width, height, channels } });
}

async function multiplied(sharp: typeof sharpModule, picture: Sharp, scale: number): Promise<Sharp> {
  const flat = picture.toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const bytes = Uint8Array.from(data, (value, i) =>
    isAlpha(i, channels) ? value : Math.min(255, Math.round(scale * value)),
  );
  return sharp(bytes, { raw: { width, height, channels } });
}

/** Of two or four channels the last says how opaque a pixel is. */
const isAlpha = (index: number, channels: number) => channels % 2 === 0 && index % channels === channels - 1;

async function toRgb(image: Sharp) {
  const flat = image.toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  const { height, width, channels } = info;
  // An image of one channel comes as one, whatever colour space is asked for.
  const rgb = channels === 1 ? Uint8Array.from({ length: 3 * data.length }, repeat(data)) : data;
  return { rgb, height, width };
}

const repeat = (grey: Uint8Array) => (_: unknown, index: number) => grey[Math.floor(index / 3)] as number;

/** Says what the decoder says, in one line of its words on the picture. */
async function told<T>(decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (/unsupported image format/i.test(error.message))
      throw new PictureError('neither PNG nor JPEG inside');
    throw new PictureError(firstWords(error.message));
  }
}

/** Without its name, how it was called and where in its tiles it stopped: that is not the reader's concern. */
function firstWords(message: string): string {
  const lines = message.split('\n').map((line) =>
    line
      .replace(/\(?Warning treated as error[^)]*\)?/, '')
      .replace(/^Input file has corrupt header: */, '')
      .replace(/^vips\w*: */i, '')
      .trim(),
  );
  const [first] = lines.filter((line) => !/^$|^read gave \d+ warnings|^error in tile/.test(line));
  return first ?? 'its data is damaged';
}
