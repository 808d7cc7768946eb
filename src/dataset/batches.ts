// Which images each step reads, as a function of (seed, step) alone, and gathering them as floats.
import { UsageError } from '../errors';
import { permutation, randomStream } from '../rng';
import { type AnySet, isStored, type PixelRange, type SetHead } from './image-set';

export interface BatchPlan {
  readonly batchSize: number;
  /** Whole batches in an epoch; the images left over wait for another order. */
  readonly stepsPerEpoch: number;
  /** The images of step 0, 1, …: [batchSize] numbers below the set's count. Any step can be asked for at any time. */
  indicesOf(step: number): Uint32Array;
}

/**
 * Plans shuffled batches: epoch e reads the set in the order `permutation(randomStream(seed, 'shuffle', e))`.
 * @param count images in the set
 * @throws UsageError when a batch is larger than the set
 */
export function planBatches(count: number, batchSize: number, seed: number): BatchPlan {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UsageError(`The batch size is ${batchSize}, expected a whole number from 1.`, {
      hint: 'Set it with --batch-size, for example 64.',
    });
  }
  if (batchSize > count) {
    throw new UsageError(`The batch size is ${batchSize}, but the training set has only ${count} images.`, {
      hint: 'Use a smaller --batch-size or more images.',
    });
  }
  const stepsPerEpoch = Math.floor(count / batchSize);
  // Of the last two epochs: who reads ahead asks for the next one before this one is done.
  let orders: { readonly epoch: number; readonly indices: Uint32Array }[] = [];
  const orderOf = (epoch: number) => {
    const known = orders.find((order) => order.epoch === epoch);
    if (known) return known;
    const order = { epoch, indices: permutation(randomStream(seed, 'shuffle', epoch), count) };
    orders = [order, ...orders].slice(0, 2);
    return order;
  };
  return {
    batchSize,
    stepsPerEpoch,
    indicesOf: (step) => {
      const { indices } = orderOf(Math.floor(step / stepsPerEpoch));
      const start = (step % stepsPerEpoch) * batchSize;
      return indices.slice(start, start + batchSize);
    },
  };
}

/** A byte as a float is (byte · multiply + add) / divide: in float32 each step but the last is exact, so that it gives
 *  the same bits as `gatherBatch`. For where the pixels are scaled by tensor code. */
export const pixelScales: Readonly<
  Record<PixelRange, { readonly multiply: number; readonly add: number; readonly divide: number }>
> = {
  'zero-one': { multiply: 1, add: 0, divide: 255 },
  'minus-one-one': { multiply: 2, add: -255, divide: 255 },
};

/** Float for each byte. */
const tables: Readonly<Record<PixelRange, Float32Array>> = {
  'zero-one': Float32Array.from({ length: 256 }, (_, byte) => byte / 255),
  'minus-one-one': Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1),
};

/**
 * The pixels of some images as floats.
 * @returns [indices, height, width, channels], always a new array: tfjs-node keeps the array that it is given
 */
export function gatherBatch(set: AnySet, indices: Uint32Array, range: PixelRange): Float32Array {
  if (isStored(set)) return pixelFloats(set.rows.read(indices), range);
  const { pixels } = set;
  const table = tables[range];
  const size = set.height * set.width * set.channels;
  const values = new Float32Array(indices.length * size);
  let to = 0;
  for (let i = 0; i < indices.length; i++) {
    const start = (indices[i] as number) * size;
    for (let from = start; from < start + size; from++)
      values[to++] = table[pixels[from] as number] as number;
  }
  return values;
}

/** Bytes as the floats that `gatherBatch` makes of them. */
export function pixelFloats(bytes: Uint8Array, range: PixelRange): Float32Array {
  const table = tables[range];
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i] as number] as number;
  return values;
}

/** [indices], undefined when the set has no labels. */
export function gatherLabels(set: Pick<SetHead, 'labels'>, indices: Uint32Array): Int32Array | undefined {
  const { labels } = set;
  return labels && Int32Array.from(indices, (index) => labels[index] as number);
}
