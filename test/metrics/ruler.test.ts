import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { expectedCoverage, measureClipped } from '../../src/metrics/clipped-density-coverage';
import { frechetDistance } from '../../src/metrics/frechet';
import { fitLine, frechetLimit } from '../../src/metrics/frechet-limit';
import { discrepancy, kernelDistance } from '../../src/metrics/kernel-distance';
import { vendiScore } from '../../src/metrics/vendi';
import { randomStream } from '../../src/rng';
import { native } from '../../src/tensor/native';
import { wasm } from '../../src/tensor/wasm';
import { readNpy, withFeatures } from './fixtures';

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
    expect(relative(await discrepancy(samples, test), expected.kid)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(0);
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
