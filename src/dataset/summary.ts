// What a set holds, counted: images per label, and how its pixels are spread.
import { blocksOf, pixelBytes } from './blocks';
import type { AnySet } from './image-set';
import { countClasses } from './readers/array-labels';

const binCount = 16;

/** Images of each label: [classCount]. */
export function countLabels(labels: Uint8Array): number[] {
  const counts = new Array<number>(countClasses(labels)).fill(0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}

/** Shares of the pixels in 16 bins of 16 values each; they sum to 1. */
export function pixelHistogram(set: AnySet): number[] {
  const counts = new Float64Array(256);
  for (const { images } of blocksOf(set)) {
    const { pixels } = images;
    for (let i = 0; i < pixels.length; i++) {
      const byte = pixels[i] as number;
      counts[byte] = (counts[byte] as number) + 1;
    }
  }
  const width = counts.length / binCount;
  return Array.from({ length: binCount }, (_, bin) => {
    const inBin = counts.subarray(bin * width, (bin + 1) * width);
    return inBin.reduce((sum, count) => sum + count, 0) / pixelBytes(set);
  });
}
