// What is done to images before a model is to restore them, and how far from the originals it ends.
import type { ImageSet } from '../dataset/image-set';
import { randomStream } from '../rng';
import { knownPixels, type Mask } from './mask';

/** Adds Gaussian noise to each pixel and keeps it in 0 … 255. @param deviation of pixels from 0 to 1 */
export function addNoise(set: ImageSet, deviation: number, seed: number): ImageSet {
  const size = set.height * set.width * set.channels;
  const noisy = new Uint8ClampedArray(set.pixels.length);
  for (let i = 0; i < set.count; i++) {
    const stream = randomStream(seed, 'noise', i);
    for (let j = i * size; j < (i + 1) * size; j++) {
      noisy[j] = (set.pixels[j] as number) + 255 * deviation * stream.normal();
    }
  }
  return { ...set, pixels: new Uint8Array(noisy.buffer) };
}

/**
 * Hides pixels of each image.
 * @param guess what stands in their place, 0 … 255
 * @returns the images, and which of their values are known: [count, height, width, channels], 1 or 0
 */
export function hide(set: ImageSet, mask: Mask | undefined, seed: number, guess: number) {
  const { count, height, width, channels } = set;
  const size = height * width * channels;
  const known = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const pixels = knownPixels(mask, set, seed, i);
    for (let j = 0; j < size; j++) known[i * size + j] = pixels[Math.floor(j / channels)] as number;
  }
  return { images: { ...set, pixels: set.pixels.map((value, i) => (known[i] ? value : guess)) }, known };
}

/** How far two images are from each other, pixels from 0 to 1. */
export interface Difference {
  /** Mean squared error. */
  readonly mse: number;
  /** −10 log₁₀ of it, dB; of pixels as bytes, so that 99 stands for no difference at all. */
  readonly psnr: number;
}

const psnrAtMost = 99;

/** Over the known and over the hidden values apart. */
export function differences(original: Uint8Array, result: Uint8Array, known: Uint8Array) {
  const over = (wanted: 0 | 1): Difference => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < original.length; i++) {
      if (known[i] !== wanted) continue;
      sum += (((original[i] as number) - (result[i] as number)) / 255) ** 2;
      count++;
    }
    const mse = count === 0 ? 0 : sum / count;
    return { mse, psnr: Math.min(psnrAtMost, -10 * Math.log10(mse)) };
  };
  return { known: over(1), hidden: over(0) };
}
