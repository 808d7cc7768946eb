// Animations by the ending of their name: GIF, which everything plays, or WebP, which is smaller and has every colour.
import { extname } from 'node:path';
import { greyToRgb } from './channels';
import { encodeGif } from './gif';
import type { Raster } from './grid';
import type { Provenance } from './provenance';
import { loadSharp } from './sharp';
import { withProvenance } from './xmp-carriers';

export const filmEndings = ['.gif', '.webp'] as const;

export const isFilm = (path: string) => filmEndings.some((ending) => path.toLowerCase().endsWith(ending));

/**
 * An animation that runs for ever. The same frames give the same bytes.
 * @param path     says by its ending which kind
 * @param frames   of one size
 * @param delaysMs how long each is shown
 * @throws DataError when it is to be a WebP, and sharp is not installed for this system
 */
export async function encodeFilm(
  path: string,
  frames: readonly Raster[],
  delaysMs: readonly number[],
  provenance: Provenance | undefined,
): Promise<Uint8Array> {
  if (extname(path).toLowerCase() === '.gif') return encodeGif(frames, delaysMs, provenance);
  const sharp = await loadSharp();
  const { width, height } = frames[0] as Raster;
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  const film = sharp(Buffer.concat(frames.map(toRgb)), { raw }).webp({
    lossless: true,
    effort: 4,
    loop: 0,
    delay: [...delaysMs],
  });
  return withProvenance(await film.toBuffer(), provenance);
}

const toRgb = ({ channels, pixels }: Raster) => (channels === 3 ? pixels : greyToRgb(pixels));
