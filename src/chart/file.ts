// Writes a chart to disk as SVG or PNG, and makes pictures small enough to be part of one.
import { extname } from 'node:path';
import { DataError, UsageError } from '../errors';
import { writeFileAtomic } from '../files';
import { thumbnailOf } from '../images/picture';
import { PictureError } from '../images/picture-error';
import type { Provenance } from '../images/provenance';
import { loadSharp } from '../images/sharp';
import { withProvenance } from '../images/xmp-carriers';

const endings = ['.svg', '.png'] as const;

/** PNG pixels for one of SVG's: sharp on screens of high density. */
const pngScale = 2;

/**
 * The files that `--out` asks for: the one named, or both when the name has neither ending.
 * @throws UsageError for the ending of another format
 */
export function chartFiles(out: string): readonly string[] {
  const ending = extname(out).toLowerCase();
  if (endings.some((known) => known === ending)) return [out];
  if (/^\.(jpe?g|gif|webp|pdf|html?|bmp|tiff?|eps)$/.test(ending)) {
    throw new UsageError(`--out ${out}: charts are written as .svg or .png, got ${ending}.`, {
      hint: 'A name without an ending writes both.',
    });
  }
  return endings.map((known) => out + known);
}

/** Writes each file in one step.
 *  @param provenance how the pictures that are part of the chart were made, to be said in the files
 *  @throws DataError when the disk refuses, or sharp is missing and a PNG is asked for */
export async function writeChart(
  svg: string,
  files: readonly string[],
  provenance?: Provenance,
): Promise<void> {
  for (const file of files) {
    const isSvg = extname(file).toLowerCase() === '.svg';
    const bytes = isSvg ? Buffer.from(`${svg}\n`) : await rasterised(svg);
    await writeFileAtomic(file, withProvenance(bytes, provenance));
  }
}

/** Reading pictures blocks it (dataset/pictures/decode.ts): only our own SVG is ever read. */
const svgLoader = { operation: ['VipsForeignLoadSvg'] };

async function rasterised(svg: string): Promise<Uint8Array> {
  const sharp = await loadSharp();
  sharp.unblock(svgLoader);
  try {
    return await sharp(Buffer.from(svg), { density: 72 * pngScale })
      .flatten({ background: '#ffffff' })
      .png({ palette: true, quality: 100, effort: 7 })
      .toBuffer();
  } finally {
    sharp.block(svgLoader);
  }
}

export interface Thumbnail {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** @param width at most so wide, pixels @returns undefined when the file is missing or no picture */
export async function thumbnail(file: string, width: number): Promise<Thumbnail | undefined> {
  await loadSharp();
  return thumbnailOf(file, width).catch((error: unknown) => {
    if (error instanceof PictureError || error instanceof DataError) return undefined;
    throw error;
  });
}
