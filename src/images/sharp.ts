// The library that decodes pictures and draws SVG: loaded when it is called for, and kept to what we mean it to read.
import type sharpModule from 'sharp';
import { DataError } from '../errors';

const loaders = ['Png', 'Jpeg', 'Webp', 'Heif', 'Nsgif', 'Tiff'] as const;

let loaded: Promise<typeof sharpModule> | undefined;

/** Once for all: while decoders are blocked and let in again, a picture that is being decoded would be refused.
 *  @throws DataError when sharp is not installed for this system */
export function loadSharp(): Promise<typeof sharpModule> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof sharpModule> {
  const { default: sharp } = await import('sharp').catch((cause: unknown) => {
    throw new DataError('Cannot load sharp, the library that reads pictures and draws PNG charts.', {
      hint: 'Install aigc again without --omit=optional, on this system: the library differs between systems.',
      cause,
    });
  });
  // What calls itself .png may be anything: only the decoders that are meant are ever fed.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: loaders.map((kind) => `VipsForeignLoad${kind}`) });
  sharp.cache(false); // Every picture is read once.
  sharp.concurrency(1); // Pictures are small: several at a time are faster than several threads for one.
  return sharp;
}
