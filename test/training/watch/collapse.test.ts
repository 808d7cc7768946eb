import * as tf from '@tensorflow/tfjs-core';
import type { TrainValues } from '../../../src/config/train-options';
import { drawDigits } from '../../../src/dataset/digits/digits';
import type { Model } from '../../../src/models/family';
import type { EpochEvent } from '../../../src/run/events';
import { featurePoints, type Points, pixelPoints } from '../../../src/stats/points';
import { wasm } from '../../../src/tensor/wasm';
import { createReference, judgeCollapse, measureCollapse } from '../../../src/training/watch/collapse';
import { createCollapseWatch, watchSetting } from '../../../src/training/watch/collapse-watch';

beforeAll(() => wasm.start());

const size = 28 * 28;
const [real, other] = [drawDigits(300, 5), drawDigits(900, 6)];
/** How many samples there are. */
const count = 120;
const labels = real.labels as Uint8Array;
const realPoints = pixelPoints(real.pixels, real.count);
const reference = () => createReference(realPoints, labels, count);

/** The images of the second set at these places. */
function imagesAt(indices: readonly number[]): Uint8Array {
  const pixels = new Uint8Array(indices.length * size);
  for (const [i, at] of indices.entries())
    pixels.set(other.pixels.subarray(at * size, (at + 1) * size), i * size);
  return pixels;
}
/** Samples that are these. */
const samplesAt = (indices: readonly number[]): Points => pixelPoints(imagesAt(indices), indices.length);
const all = [...Array(count).keys()];
const ofClasses = (classes: readonly number[]) => {
  const found = [...(other.labels as Uint8Array).keys()].filter((i) =>
    classes.includes(other.labels?.[i] as number),
  );
  return all.map((i) => found[i % found.length] as number);
};

describe('figures', () => {
  it('are those of four points on a line, by hand', async () => {
    const line = (...at: number[]): Points =>
      featurePoints(
        { features: Float32Array.from(at), count: at.length, featureCount: 1 },
        new Float32Array(1),
      );
    const points = await createReference(line(0, 1, 3, 7), Uint8Array.of(0, 0, 1, 1), 2);
    // Radii: with fewer than 5 others, to the farthest. Pairs of the first two: 1 apart.
    expect([...points.squaredRadii]).toEqual([49, 36, 16, 49]);
    expect(points.distances).toEqual({ pair: 1, nearest: 1 });
    const figures = await measureCollapse(points, line(-6.5, -6));
    expect(figures.diversity).toBeCloseTo(0.5, 5);
    expect(figures.separation).toBeCloseTo(0.5, 5);
    // Mean distances: 9 across, 0.5 between the samples, 1 between the first two real points.
    expect(figures.likeness).toBeCloseTo(1 - (2 * 9 - 0.5 - 1) / 1, 4);
    // Only 0 has a sample within its radius. As many real points would cover 1 − 3/5 · 2/4 · 1/3 = 0.9 of the four.
    expect(figures.coverage).toBeCloseTo(0.25 / 0.9, 5);
    expect(figures.missingClasses).toBeUndefined(); // two samples are too few to tell
  });

  it('are near 1 for images as real as the real ones', async () => {
    const figures = await measureCollapse(await reference(), samplesAt(all));
    for (const name of ['diversity', 'separation', 'likeness', 'coverage'] as const) {
      expect({ name, close: Math.abs(figures[name] - 1) < 0.25 }).toEqual({ name, close: true });
    }
    expect(figures).toMatchObject({ missingClasses: [], expectedClasses: 10 });
    expect(figures.labelEntropy).toBeGreaterThan(2.1);
    expect(judgeCollapse(figures)).toBeUndefined();
  });

  it('leak no tensors', async () => {
    const points = await reference();
    const before = tf.memory().numTensors;
    await measureCollapse(points, samplesAt(all));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the judgement', () => {
  it.each([
    ['one image over and over', all.map(() => 3), /^All samples look alike/],
    ['copies of four images', all.map((i) => i % 4), /^The samples are copies of a few/],
    ['only ones', ofClasses([1]), /classes missing/],
    ['ones, sevens and nines', ofClasses([1, 7, 9]), /^[3-7] of 10 classes missing \(.*\)/],
  ])('on %s', async (_, indices, message) => {
    expect(judgeCollapse(await measureCollapse(await reference(), samplesAt(indices)))).toMatch(message);
  });

  it('is mild with blurred images, which a young VAE draws', async () => {
    const pixels = imagesAt(all);
    const mean = Float32Array.from({ length: size }, (_, j) =>
      average(all.map((i) => pixels[i * size + j] ?? 0)),
    );
    const blurred = pixels.map((value, k) => (value + (mean[k % size] ?? 0)) / 2);
    const figures = await measureCollapse(await reference(), pixelPoints(blurred, all.length));
    expect(figures.diversity).toBeCloseTo(0.5, 1);
    expect(judgeCollapse(figures)).toBeUndefined();
  });

  it('needs no labels, and never misses the one class of a set', async () => {
    for (const known of [undefined, new Uint8Array(real.count)]) {
      const figures = await measureCollapse(
        await createReference(realPoints, known, all.length),
        samplesAt(all),
      );
      expect(figures.missingClasses).toBeUndefined();
      expect(judgeCollapse(figures)).toBeUndefined();
    }
  });

  it('cannot be passed on a set of equal images', async () => {
    const black = pixelPoints(new Uint8Array(20 * size), 20);
    const figures = await measureCollapse(await createReference(black, undefined, 20), black);
    expect(judgeCollapse(figures)).toBeUndefined();
  });
});

describe('the watch', () => {
  const bad = { diversity: 0.01, separation: 0.01, likeness: 0.01, coverage: 0.01 };
  const good = { diversity: 0.8, separation: 0.8, likeness: 0.8, coverage: 0.8 };
  const epochAt = (epoch: number, collapse: typeof bad | undefined): EpochEvent => ({
    event: 'epoch',
    epoch,
    step: epoch * 100,
    losses: {},
    ...(collapse && { collapse }),
    imagesPerSecond: 1,
    seconds: 1,
  });
  const watch = (earlier: readonly EpochEvent[] = []) =>
    createCollapseWatch(async () => good, { everyEpochs: 2, fromStep: 400 }, earlier);

  it('looks at every so many epochs, and at the last of more than these', async () => {
    expect(await watch().measure(1, false)).toBeUndefined();
    expect(await watch().measure(2, false)).toEqual(good);
    expect(await watch().measure(1, true)).toBeUndefined();
    expect(await watch().measure(3, true)).toEqual(good);
  });

  it('minds samples that lie near each other only as far as their latents do not', () => {
    const near = { ...good, separation: 0.05 };
    const of = (dimension: number) => {
      const model = { latent: { dimension, prior: 'normal' } } as unknown as Model;
      const values = { seed: 1 } as unknown as TrainValues;
      return createCollapseWatch(async () => near, watchSetting({ model, values, stepsPerEpoch: 100 }), []);
    };
    expect(of(2).judge(epochAt(8, near))).toBeUndefined();
    expect(of(62).judge(epochAt(8, near))?.message).toMatch(/copies of a few/);
  });

  it('says at the end how good samples are', async () => {
    const verdict = (figures: typeof good) =>
      createCollapseWatch(async () => figures, { everyEpochs: 2, fromStep: 400 }, []).verdict(400);
    expect(await verdict(bad)).toMatch(/^All samples look alike: .* Train longer/);
    expect(await verdict(good)).toMatch(
      /not yet spread as the images are \(likeness 0\.800 of 1\): train longer/,
    );
    expect(await verdict({ ...good, likeness: 0.99 })).toMatch(/^The samples are spread as the images are/);
    expect(await watch().verdict(399)).toBeUndefined();
  });

  it('judges no beginner, and says since when it is so, also when the run was resumed', () => {
    const log = [epochAt(2, bad), epochAt(4, good), epochAt(6, bad), epochAt(7, undefined), epochAt(8, bad)];
    const whole = watch();
    expect(log.map((event) => whole.judge(event)?.sinceEpoch)).toEqual([
      undefined,
      undefined,
      6,
      undefined,
      6,
    ]);
    expect(watch(log.slice(0, 3)).judge(epochAt(8, bad))?.message).toMatch(/ since epoch 6\.$/);
    expect(watch(log.slice(0, 2)).judge(epochAt(6, bad))?.message).toMatch(/ at epoch 6\.$/);
  });
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
