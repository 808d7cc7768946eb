// What a set's pixels are like in numbers, and which of its images are the same.
import { createHash } from 'node:crypto';
import { blocksOf, imageBytes, pixelBytes } from './blocks';
import type { AnySet } from './image-set';

export interface ChannelStatistics {
  /** Of pixels in [0, 1], as transforms.Normalize takes them. */
  readonly mean: number;
  readonly standardDeviation: number;
}

/** One for each channel. */
export function channelStatistics(set: AnySet): ChannelStatistics[] {
  const { channels } = set;
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (const { images } of blocksOf(set)) {
    const { pixels } = images;
    for (let i = 0; i < pixels.length; i++)
      ((counts[i % channels] as Float64Array)[pixels[i] as number] as number)++;
  }
  return counts.map((ofChannel) => {
    const total = pixelBytes(set) / channels;
    const mean = ofChannel.reduce((sum, count, byte) => sum + (count * byte) / 255, 0) / total;
    const variance =
      ofChannel.reduce((sum, count, byte) => sum + count * (byte / 255 - mean) ** 2, 0) / total;
    return { mean, standardDeviation: Math.sqrt(variance) };
  });
}

/** How many images are as one before them, or as one of `known`, to the last pixel. */
export function countRepeats(set: AnySet, known?: AnySet): number {
  const seen = new Set(known ? hashes(known) : []);
  let repeats = 0;
  for (const hash of hashes(set)) {
    if (seen.has(hash)) repeats++;
    else if (known === undefined) seen.add(hash);
  }
  return repeats;
}

function* hashes(set: AnySet): Generator<string> {
  const size = imageBytes(set);
  for (const { images } of blocksOf(set))
    for (let i = 0; i < images.count; i++)
      yield createHash('sha1')
        .update(images.pixels.subarray(i * size, (i + 1) * size))
        .digest('base64');
}
