// Pictures through a model with an encoder, and their hidden parts filled in.
import type { ImageSet, PixelRange } from '../dataset/image-set';
import type { ImageBytes } from '../images/grid';
import { drawImages } from './draw';
import { type Encoding, encodeImages } from './encode';

export interface InPainting {
  /** Hidden pixels hold the first guess. */
  readonly images: Omit<ImageSet, 'labels' | 'classCount'>;
  /** [count, height, width, channels], 1 where the pixel is known. */
  readonly known: Uint8Array;
  readonly range: PixelRange;
  readonly labels?: Int32Array | undefined;
  readonly lastWeights: boolean;
  /** Rounds of encoding and decoding; 1 when nothing is hidden. */
  readonly rounds: number;
  /** As in `Drawing`. */
  readonly unpadded?: boolean;
}

/**
 * Encodes and decodes; what is hidden is taken from the result, what is known stays, and again. Rezende, Mohamed &
 * Wierstra 2014, appendix F, arxiv.org/abs/1401.4082, with the means of both distributions where they draw from them, so
 * that it settles.
 * @returns the model's images of the last round
 */
export async function inPaint(model: Encoding, wanted: InPainting): Promise<ImageBytes> {
  const { images, known, range, labels, lastWeights, rounds, unpadded = false } = wanted;
  let pixels = images.pixels;
  for (let round = 1; ; round++) {
    const latents = await encodeImages(model, { ...images, pixels }, range, labels, { unpadded });
    const drawn = await drawImages(model, latents, { labels, lastWeights, unpadded });
    if (round >= rounds) return drawn;
    pixels = images.pixels.map((value, i) => (known[i] ? value : (drawn.pixels[i] as number)));
  }
}
