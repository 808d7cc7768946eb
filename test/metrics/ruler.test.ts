import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { drawDigits } from '../../src/dataset/digits/digits';
import { pickImages } from '../../src/dataset/split';
import { expectedCoverage, measureClipped } from '../../src/metrics/clipped-density-coverage';
import { copyingScore, scoreOfCells } from '../../src/metrics/data-copying';
import { frechetDistance } from '../../src/metrics/frechet';
import { fitLine, frechetLimit } from '../../src/metrics/frechet-limit';
import { discrepancy, kernelDistance } from '../../src/metrics/kernel-distance';
import { compareImages } from '../../src/metrics/reconstructions';
import { distanceAlong, slicedDistance } from '../../src/metrics/sliced-distance';
import { vendiScore } from '../../src/metrics/vendi';
import { randomStream } from '../../src/rng';
import { nearestOf } from '../../src/stats/neighbours';
import { firstPoints, type Points, pixelPoints } from '../../src/stats/points';
import { native } from '../../src/tensor/native';
import { wasm } from '../../src/tensor/wasm';
import { readNpy, withFeatures, withPixels } from './fixtures';

const expected = JSON.parse(readFileSync(join(__dirname, '../fixtures/metrics/expected-ruler.json'), 'utf8'));
const read = (name: string) =>
  withFeatures(readNpy(`features-${name}`).floats, readNpy(`features-${name}`).shape[0] as number);
const [samples, test] = [read('samples'), read('test')];
const relative = (found: number | undefined, right: number) => Math.abs((found as number) / right - 1);

/** Eight independent features of N(shift, 1). */
function normalFeatures(count: number, shift: number, step: number) {
  const stream = randomStream(1, 'features', step);
  return withFeatures(
    Float32Array.from({ length: 8 * count }, () => shift + stream.normal()),
    count,
  );
}

describe.each([wasm, native])('on $name', (backend) => {
  beforeAll(() => backend.start());

  it("kid equals scikit-learn's kernel on the same features", async () => {
    const before = tf.memory().numTensors;
    expect(relative(await discrepancy(samples, test), expected.kid)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("mind equals POT's sliced distance along the same directions", async () => {
    const width = samples.featureCount;
    const directions = Float32Array.from({ length: 40 * width }, (_, at) => Math.sin(at + 1));
    for (let at = 0; at < directions.length; at += width) {
      const row = directions.subarray(at, at + width);
      row.set(row.map((value) => value / Math.hypot(...row)));
    }
    const first = withFeatures(samples.features.slice(0, test.count * width), test.count);
    expect(relative(await distanceAlong(directions, first, test), expected.mind)).toBeLessThan(1e-5);
  });

  it("C_T equals the authors', in cells and without", async () => {
    const sets = [
      withPixels('pixels-samples'),
      withPixels('pixels-test'),
      withPixels('pixels-train'),
    ] as const;
    const points = sets.map(({ pixels, count }) => pixelPoints(pixels, count));
    const cells = await Promise.all(
      points.map(async (set) => (await nearestOf(set, firstPoints(points[2] as Points, 3))).indices),
    );
    const members = cells as [Uint32Array, Uint32Array, Uint32Array];
    const { C_T, global } = expected.dataCopying;
    expect((await scoreOfCells(sets, members, 3)).mean).toBeCloseTo(C_T, 9);
    const one = members.map((of) => of.map(() => 0)) as typeof members;
    expect((await scoreOfCells(sets, one, 1)).mean).toBeCloseTo(global, 9);
  });

  it.each([1, 5])('clipped density and coverage equal those by SciPy, k = %i', async (k) => {
    const { clippedDensity, clippedCoverage } = await measureClipped(samples, test, k);
    expect(clippedDensity?.mean).toBeCloseTo(expected.clipped[k].density, 12);
    expect(clippedCoverage?.mean).toBeCloseTo(expected.clipped[k].coverage, 12);
  });
});

it.each([1, 5])("what coverage is to be expected is SciPy's beta-binomial, k = %i", (k) => {
  const found = expectedCoverage(samples.count, test.count, k);
  [0, 1, 7, 50, samples.count - 1].forEach((good, i) => {
    expect(found[good]).toBeCloseTo(expected.clipped[k].expected[i], 10);
  });
});

it.each(['28', '45'])("MSE, PSNR and SSIM equal scikit-image's, %s pixels", (side) => {
  const { pixels, ...shape } = withPixels(`pairs-${side}`);
  const size = pixels.length / shape.count;
  const found = compareImages(pixels.subarray(0, size), pixels.subarray(size, 2 * size), shape, 1);
  for (const [name, value] of Object.entries(expected.reconstruction[side]))
    expect([name, relative(found[name]?.mean, value as number) < 1e-9]).toEqual([name, true]);
});

it('vendi equals the package vendi-score, and counts kinds of images', () => {
  expect(relative(vendiScore(samples).mean, expected.vendi)).toBeLessThan(1e-6);
  const kinds = (count: number) =>
    withFeatures(
      Float32Array.from({ length: 60 * 6 }, (_, at) => (at % 6 === Math.floor(at / 6) % count ? 2 : 0)),
      60,
    );
  expect(vendiScore(kinds(1))).toEqual({ mean: 1, standardError: 0 });
  expect(vendiScore(kinds(4)).mean).toBeCloseTo(4, 10);
});

describe('of sets drawn alike and apart', () => {
  beforeAll(() => wasm.start());

  it('kid has no bias, where the Fréchet distance of few images has', async () => {
    const [first, second] = [normalFeatures(400, 0, 0), normalFeatures(500, 0, 1)];
    const { mean, standardError } = await kernelDistance(first, second, 1);
    expect(Math.abs(mean)).toBeLessThan(4 * standardError);
    expect(await kernelDistance(first, second, 1)).toEqual({ mean, standardError });
    expect(frechetDistance(first, second).mean).toBeGreaterThan(0.05);
    const apart = await kernelDistance(first, normalFeatures(400, 1, 2), 1);
    expect(apart.mean).toBeGreaterThan(10 * apart.standardError);
  });

  it('mind grows with the shift between sets, and says how sure it is', async () => {
    const [first, near] = [normalFeatures(400, 0, 7), normalFeatures(400, 0, 8)];
    const same = await slicedDistance(first, near, 1);
    const apart = await slicedDistance(first, normalFeatures(500, 0.5, 9), 1);
    // Each direction sees |0.5|² of the eight features' 8 · 0.25 as an eighth of it: 3 · 8 · 0.25 in all.
    expect(apart.mean - same.mean).toBeGreaterThan(6 - 4 * apart.standardError);
    expect(apart.mean - same.mean).toBeLessThan(6 + 4 * apart.standardError);
    expect(await slicedDistance(first, near, 1)).toEqual(same);
  });

  it('C_T is far below 0 for copies with a little noise, near 0 for unseen images, far above for strange ones', async () => {
    const digits = drawDigits(1500, 5);
    const part = (from: number, count: number) => {
      const { pixels } = pickImages(
        digits,
        Array.from({ length: count }, (_, i) => from + i),
      );
      return { ...withPixels('pixels-test'), height: 28, width: 28, count, pixels };
    };
    const [train, unseen] = [pickImages(digits, [...Array(600).keys()]), part(600, 450)];
    const score = async (images: typeof unseen) => (await copyingScore(images, unseen, train, 1)).mean;
    const noisy = (images: typeof unseen, most: number) => {
      const stream = randomStream(2, 'noise');
      return { ...images, pixels: images.pixels.map((byte) => byte ^ stream.integer(most)) };
    };
    expect(await score(noisy(part(0, 420), 8))).toBeLessThan(-5);
    expect(Math.abs(await score(part(1050, 450)))).toBeLessThan(3);
    expect(await score(noisy(part(1050, 450), 128))).toBeGreaterThan(5);
  });

  it('fid-infinity takes the bias off', () => {
    expect(fitLine([0.5, 0.25, 0.2, 0.1].map((x, i) => ({ x, y: [5, 3.5, 3.1, 2.7][i] as number })))).toEqual(
      {
        intercept: expect.closeTo(expected.line.intercept, 10),
        slope: expect.closeTo(expected.line.slope, 10),
        standardError: expect.any(Number),
      },
    );
    const [first, second] = [normalFeatures(1000, 0, 3), normalFeatures(1000, 0.5, 4)];
    // |0.5|² in each of eight features.
    const [limit, finite] = [frechetLimit(first, second, 1), frechetDistance(first, second)];
    expect(Math.abs(limit.mean - 2)).toBeLessThan(Math.abs(finite.mean - 2) + limit.standardError);
    expect(Math.abs(limit.mean - 2)).toBeLessThan(3 * limit.standardError);
  });

  it('clipped shares are of good samples: half of them far away leaves half', async () => {
    const real = normalFeatures(600, 0, 5);
    const half = normalFeatures(600, 0, 6);
    half.features.fill(1e3, 300 * 8);
    const { clippedDensity, clippedCoverage } = await measureClipped(half, real, 5);
    expect(clippedDensity?.mean).toBeCloseTo(0.5, 1);
    expect(clippedCoverage?.mean).toBeCloseTo(0.5, 1);
    expect(clippedCoverage?.standardError).toBeGreaterThan(0);
  });
});
