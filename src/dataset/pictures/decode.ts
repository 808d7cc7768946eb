// Decodes PNG and JPEG files to one size, upright, in 8-bit sRGB and without transparency. sharp is loaded when it is called for.
import type { Sharp } from 'sharp';
import { DataError } from '../../errors';
import { fileError } from '../../files';

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
export type DecodePicture = (path: string) => Promise<Uint8Array>;

/** One picture that cannot be read; the message says why, without the path. */
export class PictureError extends Error {}

/** Opens the decoder. @throws DataError when sharp is not installed for this system */
export async function openDecoder({
  height,
  width,
  fit,
  background,
  scale,
}: PictureFrame): Promise<DecodePicture> {
  const sharp = await loadSharp();
  const resize = { height, width, fit: fit === 'stretch' ? 'fill' : fit, background } as const;
  return async (path) => {
    try {
      const upright = sharp(path).autoOrient().flatten({ background });
      const sized = upright.resize(resize);
      const { data, info } = await toRgb(scale === 1 ? sized : sized.linear(scale, 0));
      // An image of one channel comes as one, whatever colour space is asked for.
      return info.channels === 1 ? Uint8Array.from({ length: 3 * data.length }, repeat(data)) : data;
    } catch (error) {
      throw fromSharp(error, path);
    }
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
    try {
      const { autoOrient, hasAlpha, depth } = await sharp(path).metadata();
      return { ...autoOrient, hasAlpha, is16Bit: depth === 'ushort' };
    } catch (error) {
      throw fromSharp(error, path);
    }
  };
}

function toRgb(image: Sharp) {
  return image.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
}

const repeat = (grey: Uint8Array) => (_: unknown, index: number) => grey[Math.floor(index / 3)] as number;

async function loadSharp() {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new DataError('Cannot load sharp, the library that reads PNG and JPEG files.', {
      hint: 'Install aigc again without --omit=optional, on this system: the library differs between systems.',
      cause,
    });
  });
  // What calls itself .png may be anything: only the two decoders that are meant are ever fed with it.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['VipsForeignLoadPng', 'VipsForeignLoadJpeg'] });
  sharp.cache(false); // Every picture is read once.
  sharp.concurrency(1); // Pictures are small: several at a time are faster than several threads for one.
  return sharp;
}

function fromSharp(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if (/unsupported image format/i.test(error.message)) return new PictureError('neither PNG nor JPEG inside');
  const told = fileError(error, path, 'read');
  if (told !== error) return told;
  const ours = / *\(Warning treated as error[^)]*\)/; // How we called the decoder is not the reader's concern.
  return new PictureError(error.message.replace(/\s+/g, ' ').replace(ours, '').trim());
}
