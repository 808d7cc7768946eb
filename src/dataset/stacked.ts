// Stacked images: three grey ones, drawn at random, as the channels of one in colour.
import { randomStream } from '../rng';
import { imageBytes } from './blocks';
import type { AnySet, ImageSet } from './image-set';
import { pickImages } from './split';

const channels = 3;

/**
 * Stacked MNIST when the images are MNIST's: a thousand modes, one for each triple of digits. Srivastava et al. 2017,
 * section 4.2, arxiv.org/abs/1705.07761 (VEEGAN), after Metz et al. 2017, arxiv.org/abs/1611.02163. Image i is of the
 * three that the stream (seed, name, i) draws, whatever the count. Without labels: there are more of them than a byte holds.
 * @param set grey images
 * @param name of the random stream: `stacked/train` or `stacked/test`
 */
export function stacked(set: AnySet, count: number, seed: number, name: string): ImageSet {
  const drawn = new Uint32Array(count * channels);
  for (let i = 0; i < count; i++) {
    const stream = randomStream(seed, name, i);
    for (let c = 0; c < channels; c++) drawn[i * channels + c] = stream.integer(set.count);
  }
  const { height, width } = set;
  const size = imageBytes(set);
  const pixels = new Uint8Array(count * size * channels);
  for (let first = 0; first < count; first += atOnce) {
    const few = drawn.subarray(first * channels, Math.min(count, first + atOnce) * channels);
    const grey = pickImages(set, few).pixels; // [images, channels, size]
    const base = first * channels * size;
    for (let at = 0; at < grey.length; at++) {
      const [image, pixel] = [Math.floor(at / size), at % size];
      const row = Math.floor(image / channels) * size + pixel;
      pixels[base + row * channels + (image % channels)] = grey[at] as number;
    }
  }
  return { count, height, width, channels, pixels, labels: undefined, classCount: 0 };
}

/** Images that are read from disk together. */
const atOnce = 1000;

/** One channel of each image as grey images. @returns [count, height, width, 1], bytes */
export function channelOf(
  { count, height, width, pixels }: Pick<ImageSet, 'count' | 'height' | 'width' | 'pixels'>,
  channel: number,
): Uint8Array {
  const grey = new Uint8Array(count * height * width);
  for (let at = 0; at < grey.length; at++) grey[at] = pixels[at * channels + channel] as number;
  return grey;
}
