// PNG files, grey or RGB, eight bits a channel. The same picture gives the same bytes: no time stamps, fixed deflate level.
import { readFile } from 'node:fs/promises';
import { PNG } from 'pngjs';
import { DataError } from '../errors';
import { fileError, writeFileAtomic } from '../files';
import type { Raster } from './grid';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const greyType = 0;
const rgbType = 2;
/** The most pixels of a picture. A larger one is no input for these models, and its header must not make us allocate
 *  for it; nor is it anything to look at. */
export const maxPixels = 2 ** 26;

export function encodePng(raster: Raster): Buffer {
  const type = raster.channels === 1 ? greyType : rgbType;
  const png = new PNG({ width: raster.width, height: raster.height });
  png.data = Buffer.from(raster.pixels.buffer, raster.pixels.byteOffset, raster.pixels.byteLength);
  return PNG.sync.write(png, {
    colorType: type,
    inputColorType: type,
    inputHasAlpha: false,
    bitDepth: 8,
    deflateLevel: 9,
    filterType: -1,
  });
}

/** Writes the file in one step. @throws DataError when the folder is missing, unwritable or full */
export async function writePng(path: string, raster: Raster): Promise<void> {
  await writeFileAtomic(path, encodePng(raster));
}

/** Reads a PNG of any kind as grey if all its pixels are, else as RGB; what is transparent is seen on black.
 *  @throws DataError when the file is missing, is no PNG, or is damaged */
export async function readPng(path: string): Promise<Raster> {
  const file = await readFile(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  if (file.length < 24 || !file.subarray(0, 8).equals(signature)) {
    throw new DataError(`${path} is not a PNG file.`, { hint: 'Save the picture as PNG.' });
  }
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  if (width * height > maxPixels) {
    throw new DataError(`${path} is ${width}×${height} pixels, expected at most ${maxPixels} in all.`, {
      hint: 'Make the picture smaller.',
    });
  }
  try {
    return fromRgba(PNG.sync.read(file));
  } catch (error) {
    throw new DataError(
      `${path} is a damaged PNG file (${error instanceof Error ? error.message : error}).`,
      {
        hint: 'Save or copy the picture again.',
        cause: error,
      },
    );
  }
}

function fromRgba({ width, height, data }: PNG): Raster {
  const rgb = new Uint8Array(width * height * 3);
  let grey = true;
  for (let i = 0; i < width * height; i++) {
    const alpha = (data[4 * i + 3] as number) / 255;
    for (let channel = 0; channel < 3; channel++) {
      rgb[3 * i + channel] = Math.round((data[4 * i + channel] as number) * alpha);
    }
    grey &&= rgb[3 * i] === rgb[3 * i + 1] && rgb[3 * i] === rgb[3 * i + 2];
  }
  if (!grey) return { width, height, channels: 3, pixels: rgb };
  return { width, height, channels: 1, pixels: rgb.filter((_, index) => index % 3 === 0) };
}
