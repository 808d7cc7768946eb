// Small data sets for tests, drawn by code.
import { drawDigits } from '../src/dataset/digits/digits';
import { writeSplit } from '../src/dataset/idx-writer';
import type { DataSet, ImageSet } from '../src/dataset/image-set';
import { randomStream } from '../src/rng';

/** Writes a folder that `--data` takes: 256 training and 64 test digits. */
export async function writeDigits(folder: string, trainCount = 256, testCount = 64): Promise<void> {
  await writeSplit(folder, 'train', drawDigits(trainCount, 11));
  await writeSplit(folder, 't10k', drawDigits(testCount, 12));
}

/** Images of any shape, each a bright rectangle on black: something that can be learnt. */
export function rectangles(count: number, height: number, width: number, channels: number): ImageSet {
  const pixels = new Uint8Array(count * height * width * channels);
  const stream = randomStream(3, 'rectangles');
  for (let i = 0; i < count; i++) {
    const [top, left] = [stream.integer(height), stream.integer(width)];
    for (let y = top; y < height; y++) {
      for (let x = left; x < width; x++) {
        const at = ((i * height + y) * width + x) * channels;
        pixels.fill(200 + stream.integer(56), at, at + channels);
      }
    }
  }
  return { count, height, width, channels, pixels, labels: undefined, classCount: 0 };
}

export function asDataSet(train: ImageSet, test?: ImageSet): DataSet {
  return { name: 'test', train, test, fingerprint: 'test' };
}
