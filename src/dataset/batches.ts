// Which images a training step reads, and those images as numbers.
import { UsageError } from '../errors';
import { permutation, randomStream } from '../rng';
import type { ImageSet } from './image-set';

export interface BatchPlan {
  readonly batchSize: number;
  /** Whole batches in the set; what remains is left to the next epoch's order. */
  readonly stepsPerEpoch: number;
  /** The images of training step `step` (0 is the first): [batchSize]. Any step can be asked for. */
  indicesOf(step: number): Uint32Array;
}

/**
 * Every epoch goes through the set in its own order, drawn from (seed, "shuffle", epoch).
 * @throws UsageError when a batch is larger than the set
 */
export function planBatches(count: number, batchSize: number, seed: number): BatchPlan {
  if (batchSize > count) {
    throw new UsageError(`--batch-size ${batchSize} is more than the ${count} training images.`, {
      hint: `Use --batch-size ${count} or less.`,
    });
  }
  const stepsPerEpoch = Math.floor(count / batchSize);
  let order = { epoch: -1, indices: new Uint32Array() };
  return {
    batchSize,
    stepsPerEpoch,
    indicesOf: (step) => {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (order.epoch !== epoch) {
        order = { epoch, indices: permutation(randomStream(seed, 'shuffle', epoch), count) };
      }
      const first = (step % stepsPerEpoch) * batchSize;
      return order.indices.subarray(first, first + batchSize);
    },
  };
}

const tables = {
  'zero-one': Float32Array.from({ length: 256 }, (_, byte) => byte / 255),
  'minus-one-one': Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1),
} as const;

/**
 * The chosen images as numbers, in an array of their own: tfjs-node keeps an array that it was given.
 * @param range [0, 1], or [−1, 1] for networks that end in tanh
 * @returns [indices.length, height, width, channels], flat
 */
export function gatherBatch(set: ImageSet, indices: Uint32Array, range: keyof typeof tables): Float32Array {
  const size = set.height * set.width * set.channels;
  const table = tables[range];
  const batch = new Float32Array(indices.length * size);
  let to = 0;
  for (const index of indices) {
    const end = (index + 1) * size;
    for (let from = index * size; from < end; from++) {
      batch[to++] = table[set.pixels[from] as number] as number;
    }
  }
  return batch;
}

/** The chosen images' labels. @throws Error when the set has none, which the caller checks */
export function gatherLabels(set: ImageSet, indices: Uint32Array): Int32Array {
  const { labels } = set;
  if (!labels) throw new Error('labels were asked of a set without any');
  return Int32Array.from(indices, (index) => labels[index] as number);
}

/** The mean pixel of the whole set in [0, 1]. */
export function pixelMean(set: ImageSet): number {
  let sum = 0;
  for (const pixel of set.pixels) sum += pixel;
  return sum / set.pixels.length / 255;
}
