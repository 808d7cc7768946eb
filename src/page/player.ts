// The model in the page: the family's own code, with the page's weights.

import type { ImageBytes } from '../images/grid';
import { families } from '../models';
import type { Model } from '../models/family';
import { withGivenValues } from '../models/parameters';
import { drawImages, latentsAt } from '../use/draw';
import { canEncode, encodeImages } from '../use/encode';
import { inPaint } from '../use/in-paint';
import type { Weights } from './packed-weights';
import type { PageModel } from './page-data';

/** Which class to draw, or how much of each: [classCount]. Undefined for a model without classes. */
export type Shares = Float32Array | undefined;

export interface Player {
  readonly about: PageModel;
  /** As `aigc sample` has them. @returns [count, latentDim], flat */
  latentsAt(seed: number, first: number, count: number, truncation?: number): Float32Array;
  /** The very images of `aigc sample`. @param labels one for each, of a model with classes */
  sample(latents: Float32Array, labels: Int32Array | undefined): Promise<ImageBytes>;
  /** A few images, as fast as can be. @param shares the same for all */
  draw(latents: Float32Array, shares: Shares): Promise<ImageBytes>;
  /** One picture's latent. @param pixels [height, width, channels], bytes */
  encode(pixels: Uint8Array, label: number | undefined): Promise<Float32Array>;
  /** What the model makes of one picture. @param known 1 where a pixel is, 0 where it is to be filled in */
  complete(pixels: Uint8Array, known: Uint8Array, label: number | undefined): Promise<ImageBytes>;
}

/** Rounds of filling in: half of what `aigc reconstruct` takes, for it is done while one draws. */
const rounds = 15;

export function createPlayer(about: PageModel, weights: ReadonlyMap<string, Weights>): Player {
  const family = families.find(({ name }) => name === about.family);
  if (!family) throw new Error(`This page has no code of the family ${about.family}.`);
  const { image, classCount, pixelMean, seed, options, lastWeights, pixelRange } = about;
  const model: Model = withGivenValues(weights, () =>
    family.create({ image, classCount, pixelMean, seed, options: options as never }),
  );
  const oneOf = (pixels: Uint8Array) => ({ ...image, count: 1, pixels });
  const labelsOf = (label: number | undefined) => (label === undefined ? undefined : Int32Array.of(label));
  return {
    about,
    latentsAt: (from, first, count, truncation) => latentsAt(model, from, first, count, truncation),
    sample: (latents, labels) => drawImages(model, latents, { labels, lastWeights }),
    draw: (latents, shares) => {
      const count = latents.length / about.latentDim;
      const classShares = shares && repeated(shares, count);
      return drawImages(model, latents, { classShares, lastWeights, unpadded: true });
    },
    encode: (pixels, label) => {
      if (!canEncode(model)) throw new Error('a model without an encoder');
      return encodeImages(model, oneOf(pixels), pixelRange, labelsOf(label), { unpadded: true });
    },
    complete: (pixels, known, label) => {
      if (!canEncode(model)) throw new Error('a model without an encoder');
      return inPaint(model, {
        images: oneOf(pixels),
        known,
        range: pixelRange,
        labels: labelsOf(label),
        lastWeights,
        rounds: known.every((one) => one === 1) ? 1 : rounds,
        unpadded: true,
      });
    },
  };
}

function repeated(row: Float32Array, count: number): Float32Array {
  const all = new Float32Array(row.length * count);
  for (let i = 0; i < count; i++) all.set(row, i * row.length);
  return all;
}
