// What every metric of samples must do.
import * as tf from '@tensorflow/tfjs-core';
import { drawDigits } from '../../src/dataset/digits/digits';
import type { ImageSet } from '../../src/dataset/image-set';
import { metrics } from '../../src/metrics';
import type { Estimates, MeasuredImages, SampleMetric } from '../../src/metrics/metric';
import { randomStream } from '../../src/rng';
import { wasm } from '../../src/tensor/wasm';
import { measured } from '../metrics/random-network';
import { rectangles } from '../small-set';

/** Slow ones train networks: they have tests of their own. */
const sampleMetrics = metrics.filter(
  (metric): metric is SampleMetric => metric.of === 'samples' && !metric.slow,
);
const train = drawDigits(400, 1);
const test = measured(drawDigits(150, 2), train);
const real = measured(drawDigits(120, 3), train);
const noise = measured({ ...drawDigits(120, 3), pixels: noisePixels(120 * 784) }, train);

function noisePixels(length: number): Uint8Array {
  const stream = randomStream(4, 'noise');
  return Uint8Array.from({ length }, () => stream.integer(256));
}

/** The images of some numbers. */
function taken(images: MeasuredImages, indices: readonly number[]): MeasuredImages {
  const rows = <T extends Uint8Array | Float32Array>(values: T): number[] => {
    const size = values.length / images.count;
    return indices.flatMap((i) => [...values.subarray(i * size, (i + 1) * size)]);
  };
  return {
    ...images,
    count: indices.length,
    pixels: Uint8Array.from(rows(images.pixels)),
    features: Float32Array.from(rows(images.features)),
    ...(images.probabilities && { probabilities: Float32Array.from(rows(images.probabilities)) }),
  };
}

/** Labelled images of another shape. */
function oddSet(count: number, height: number, width: number, channels: number): ImageSet {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return { ...rectangles(count, height, width, channels), labels, classCount: 3 };
}

function expectFinite(metric: SampleMetric, figures: Estimates): void {
  expect(Object.keys(figures).sort()).toEqual(metric.figures.map(({ name }) => name).sort());
  for (const { mean, standardError } of Object.values(figures)) {
    expect(Number.isFinite(mean)).toBe(true);
    expect(Number.isFinite(standardError)).toBe(true);
    expect(standardError).toBeGreaterThanOrEqual(0);
  }
}

beforeAll(() => wasm.start());

it('names every metric and every figure once', () => {
  const names = metrics.map(({ name }) => name);
  const figures = metrics.flatMap((metric) => metric.figures.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(figures).size).toBe(figures.length);
});

describe.each(sampleMetrics)('$name', (metric) => {
  const measure = (samples: MeasuredImages, seed = 1) => metric.measure({ samples, test, train, seed });

  it('gives its figures, the same for the same seed, and keeps no tensor', async () => {
    const figures = await measure(real);
    expectFinite(metric, figures);
    const before = tf.memory().numTensors;
    expect(await measure(real)).toEqual(figures);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['a collapsed generator', taken(real, Array(120).fill(7))],
    ['one training image, over and over', taken(measured(train, train), Array(50).fill(0))],
    ['20 samples', taken(real, [...Array(20).keys()])],
    ['2 samples', taken(real, [0, 1])],
    ['black images', measured({ ...drawDigits(30, 1), pixels: new Uint8Array(30 * 784) }, train)],
    [
      'more samples than test images',
      taken(
        real,
        [...Array(300).keys()].map((i) => i % 120),
      ),
    ],
    ['the test images themselves', test],
  ])('is finite for %s', async (_, samples) => expectFinite(metric, await measure(samples)));

  it.each([
    [8, 8, 1],
    [9, 7, 3],
    [2, 2, 1],
  ])('takes images of %i×%i×%i', async (...shape) => {
    const labelled = oddSet(60, ...shape);
    const held = {
      ...labelled,
      count: 40,
      pixels: labelled.pixels.map((byte, i) => byte ^ (i % 5)).slice(0, 40 * (labelled.pixels.length / 60)),
    };
    const images = measured(held, labelled);
    expectFinite(
      metric,
      await metric.measure({
        samples: taken(images, [...Array(30).keys()]),
        test: images,
        train: labelled,
        seed: 1,
      }),
    );
  });

  it('does without class probabilities, or refuses in words', async () => {
    const bare = ({ probabilities, ...images }: MeasuredImages): MeasuredImages => images;
    const evaluation = { samples: bare(real), test: bare(test), train, seed: 1 };
    const refusal = metric.refusal?.({
      sampleCount: real.count,
      features: 'rotations',
      hasTraining: true,
      hasLabels: false,
      image: { height: 28, width: 28, channels: 1 },
    });
    if (refusal === undefined) expectFinite(metric, await metric.measure(evaluation));
    else expect(refusal).toMatch(/^[a-z]/);
  });

  it('finds real images better than noise', async () => {
    const [good, bad] = [await measure(real), await measure(noise)];
    for (const { name, better } of metric.figures) {
      const gain = (good[name]?.mean as number) - (bad[name]?.mean as number);
      if (better) expect(better === 'higher' ? gain : -gain).toBeGreaterThan(0);
    }
  });
});
