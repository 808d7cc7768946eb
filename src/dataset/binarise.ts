// Images whose pixels are black or white, drawn from their grey levels once and for all.
import { randomStream } from '../rng';
import type { ImageSet } from './image-set';

/** Each pixel is 255 with the probability that is its grey level, else 0 (Salakhutdinov & Murray 2008). Image i has a
 *  stream of its own, (seed, "binarise", i): the same every time.
 *  @param first the number of the first of these images, of a part of a set */
export function binarise(set: ImageSet, seed: number, first = 0): ImageSet {
  const size = set.height * set.width * set.channels;
  const pixels = new Uint8Array(set.pixels.length);
  for (let image = 0; image < set.count; image++) {
    const stream = randomStream(seed, 'binarise', first + image);
    for (let i = image * size; i < (image + 1) * size; i++)
      pixels[i] = stream.uniform() * 255 < (set.pixels[i] as number) ? 255 : 0;
  }
  return { ...set, pixels };
}
