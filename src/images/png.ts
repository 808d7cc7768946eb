// PNG files, grey or RGB, eight bits a channel. The same picture gives the same bytes: no time stamps, fixed deflate level.
import { PNG } from 'pngjs';
import { writeFileAtomic } from '../files';
import type { Raster } from './grid';
import type { Provenance } from './provenance';
import { withProvenance } from './xmp-carriers';

const greyType = 0;
const rgbType = 2;
/** The most pixels of a picture that is written: a larger one is nothing to look at. */
export const maxPixels = 2 ** 26;

/** @param provenance how the picture was made, to be said in it */
export function encodePng(raster: Raster, provenance?: Provenance): Buffer {
  const type = raster.channels === 1 ? greyType : rgbType;
  const png = new PNG({ width: raster.width, height: raster.height });
  png.data = Buffer.from(raster.pixels.buffer, raster.pixels.byteOffset, raster.pixels.byteLength);
  const bytes = PNG.sync.write(png, {
    colorType: type,
    inputColorType: type,
    inputHasAlpha: false,
    bitDepth: 8,
    deflateLevel: 9,
    filterType: -1,
  });
  const { buffer, byteOffset, byteLength } = withProvenance(bytes, provenance);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Writes the file in one step. @throws DataError when the folder is missing, unwritable or full */
export async function writePng(path: string, raster: Raster, provenance?: Provenance): Promise<void> {
  await writeFileAtomic(path, encodePng(raster, provenance));
}
