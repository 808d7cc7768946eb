// Pictures through a model, clean, noisy or with parts hidden.
import type { ImageSet } from '../dataset/image-set';
import { addNoise, hide } from '../images/degrade';
import type { ImageBytes } from '../images/grid';
import type { Mask } from '../images/mask';
import { drawImages } from './draw';
import { canEncode } from './encode';
import { inPaint } from './in-paint';
import { invertImages } from './invert';
import type { SavedModel } from './open-model';

export interface Degraded {
  readonly images: ImageSet;
  /** [count, height, width, channels], 1 where a pixel is known. */
  readonly known: Uint8Array;
  readonly hidesAny: boolean;
  /** Whether it differs from the original at all. */
  readonly changed: boolean;
}

export interface Degradation {
  readonly mask: Mask | undefined;
  /** Standard deviation, pixels from 0 to 1. */
  readonly noise: number | undefined;
  readonly seed: number;
}

/** What is hidden shows the training set's mean pixel. */
export function degrade(original: ImageSet, how: Degradation, { manifest }: SavedModel): Degraded {
  const { mask, noise, seed } = how;
  const noisy = noise === undefined ? original : addNoise(original, noise, seed);
  const { images, known } = hide(noisy, mask, seed, Math.round(255 * manifest.setting.pixelMean));
  return { images, known, hidesAny: mask !== undefined, changed: mask !== undefined || noise !== undefined };
}

interface Reconstruction {
  /** [count], of a conditional model. */
  readonly labels: Int32Array | undefined;
  readonly lastWeights: boolean;
  /** Rounds of filling in, or steps of Adam where there is no encoder; the default of either when left out. */
  readonly steps: number | undefined;
  readonly seed: number;
  /** Told of each step of the search for latents, where there is no encoder. */
  onStep(done: number, total: number): void;
}

/** Encoded and decoded, or, without an encoder, the nearest that the model can draw. */
export async function reconstructImages(
  { model, family }: SavedModel,
  { images, known, hidesAny }: Degraded,
  { labels, lastWeights, steps, seed, onStep }: Reconstruction,
): Promise<ImageBytes> {
  if (canEncode(model)) {
    const rounds = hidesAny ? (steps ?? 30) : 1;
    return inPaint(model, { images, known, range: family.pixelRange, labels, lastWeights, rounds });
  }
  const latents = await invertImages(model, {
    images: Float32Array.from(images.pixels, (byte) => byte / 255),
    known: Float32Array.from(known),
    count: images.count,
    labels,
    lastWeights,
    seed,
    steps: steps ?? 300,
    onStep,
  });
  return drawImages(model, latents, { labels, lastWeights });
}
