// What a set's pixels are like in numbers, and which of its images are the same.
import { createHash } from 'node:crypto';
import type { ImageSet } from './image-set';

export interface ChannelStatistics {
  /** Of pixels in [0, 1], as transforms.Normalize takes them. */
  readonly mean: number;
  readonly standardDeviation: number;
}

/** One for each channel. */
export function channelStatistics({ pixels, channels }: ImageSet): ChannelStatistics[] {
  return Array.from({ length: channels }, (_, channel) => {
    const counts = new Float64Array(256);
    for (let i = channel; i < pixels.length; i += channels) {
      const byte = pixels[i] as number;
      counts[byte] = (counts[byte] as number) + 1;
    }
    const total = pixels.length / channels;
    const mean = counts.reduce((sum, count, byte) => sum + (count * byte) / 255, 0) / total;
    const variance = counts.reduce((sum, count, byte) => sum + count * (byte / 255 - mean) ** 2, 0) / total;
    return { mean, standardDeviation: Math.sqrt(variance) };
  });
}

/** How many images are as one before them, or as one of `known`, to the last pixel. */
export function countRepeats(set: ImageSet, known?: ImageSet): number {
  const seen = new Set(known ? hashes(known) : []);
  let repeats = 0;
  for (const hash of hashes(set)) {
    if (seen.has(hash)) repeats++;
    else if (known === undefined) seen.add(hash);
  }
  return repeats;
}

function* hashes({ pixels, count }: ImageSet): Generator<string> {
  const size = pixels.length / count;
  for (let i = 0; i < count; i++)
    yield createHash('sha1')
      .update(pixels.subarray(i * size, (i + 1) * size))
      .digest('base64');
}
