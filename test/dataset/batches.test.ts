import { gatherBatch, gatherLabels, planBatches } from '../../src/dataset/batches';
import { pixelMean } from '../../src/dataset/blocks';
import type { ImageSet } from '../../src/dataset/image-set';
import { UsageError } from '../../src/errors';
import { permutation, randomStream } from '../../src/rng';

const set: ImageSet = {
  count: 3,
  height: 1,
  width: 2,
  channels: 1,
  pixels: Uint8Array.of(0, 255, 51, 102, 1, 254),
  labels: Uint8Array.of(7, 8, 9),
  classCount: 10,
};

describe('planBatches', () => {
  it('reads every image at most once an epoch and drops the remainder', () => {
    const plan = planBatches(10, 3, 1);
    expect(plan.stepsPerEpoch).toBe(3);
    const epoch = [0, 1, 2].flatMap((step) => [...plan.indicesOf(step)]);
    expect(new Set(epoch).size).toBe(9);
    expect(Math.max(...epoch)).toBeLessThan(10);
  });

  it('takes each epoch its own order, the one of the shuffle stream', () => {
    const plan = planBatches(10, 5, 42);
    const order = permutation(randomStream(42, 'shuffle', 1), 10);
    expect([...plan.indicesOf(2), ...plan.indicesOf(3)]).toEqual([...order]);
    expect([...plan.indicesOf(0), ...plan.indicesOf(1)]).not.toEqual([...order]);
  });

  it('gives a step the same images whatever was asked before', () => {
    const forward = planBatches(100, 7, 3);
    const steps = Array.from({ length: 40 }, (_, step) => forward.indicesOf(step));
    const backward = planBatches(100, 7, 3);
    for (let step = 39; step >= 0; step--) expect(backward.indicesOf(step)).toEqual(steps[step]);
    expect(planBatches(100, 7, 4).indicesOf(0)).not.toEqual(steps[0]);
  });

  it.each([0, -1, 1.5, Number.NaN, 11])('refuses a batch of %p out of 10 images', (batchSize) => {
    expect(() => planBatches(10, batchSize, 1)).toThrow(UsageError);
  });

  it('gives a hint that holds for families that need more than one image', () => {
    const hint = 'Use a smaller --batch-size or more images.';
    expect(() => planBatches(1, 2, 1)).toThrow(expect.objectContaining({ hint }));
  });

  it('takes a batch of the whole set', () => {
    expect([...planBatches(4, 4, 1).indicesOf(9)].sort()).toEqual([0, 1, 2, 3]);
  });
});

describe('gatherBatch', () => {
  it('scales bytes to [0, 1]', () => {
    const expected = Float32Array.of(1 / 255, 254 / 255, 0, 1);
    expect(gatherBatch(set, Uint32Array.of(2, 0), 'zero-one')).toEqual(expected);
  });

  it('scales bytes to [−1, 1], both ends reached', () => {
    expect(gatherBatch(set, Uint32Array.of(0, 1), 'minus-one-one')).toEqual(
      Float32Array.of(-1, 1, 51 / 127.5 - 1, 102 / 127.5 - 1),
    );
  });

  it('makes a new array each time', () => {
    const indices = Uint32Array.of(0);
    expect(gatherBatch(set, indices, 'zero-one').buffer).not.toBe(
      gatherBatch(set, indices, 'zero-one').buffer,
    );
  });

  it('gathers labels beside the images', () => {
    expect(gatherLabels(set, Uint32Array.of(2, 2, 0))).toEqual(Int32Array.of(9, 9, 7));
    expect(gatherLabels({ ...set, labels: undefined }, Uint32Array.of(0))).toBeUndefined();
  });
});

it('pixelMean is the mean of the bytes over 255', () => {
  expect(pixelMean(set)).toBeCloseTo((0 + 255 + 51 + 102 + 1 + 254) / 6 / 255, 12);
});
