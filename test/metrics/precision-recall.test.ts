import * as tf from '@tensorflow/tfjs-core';
import { measureDensityCoverage } from '../../src/metrics/density-coverage';
import { measurePrecisionRecall } from '../../src/metrics/precision-recall';
import { native } from '../../src/tensor/native';
import { wasm } from '../../src/tensor/wasm';
import { readExpected, readNpy, withFeatures } from './fixtures';

const read = (name: string) =>
  withFeatures(readNpy(`features-${name}`).floats, readNpy(`features-${name}`).shape[0] as number);
const [samples, test] = [read('samples'), read('test')];
const rows = (...values: number[][]) => withFeatures(Float32Array.from(values.flat()), values.length);

describe.each([wasm, native])('on $name', (backend) => {
  beforeAll(() => backend.start());

  it.each([1, 3, 5])('equals prdc on the same features, k = %i', async (k) => {
    const before = tf.memory().numTensors;
    const { precision, recall } = await measurePrecisionRecall(samples, test, k);
    const { density, coverage } = await measureDensityCoverage(samples, test, k);
    const expected = readExpected().prdc[k];
    expect(precision?.mean).toBeCloseTo(expected?.precision as number, 12);
    expect(recall?.mean).toBeCloseTo(expected?.recall as number, 12);
    expect(density?.mean).toBeCloseTo(expected?.density as number, 12);
    expect(coverage?.mean).toBeCloseTo(expected?.coverage as number, 12);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts by hand', async () => {
    // Real 0, 1, 3 have radii 1, 1, 2 at k = 1; samples 0.5, 4, 9 have 3.5, 3.5, 5.
    const [real, drawn] = [rows([0], [1], [3]), rows([0.5], [4], [9])];
    const { precision, recall } = await measurePrecisionRecall(drawn, real, 1);
    const { density, coverage } = await measureDensityCoverage(drawn, real, 1);
    expect(precision?.mean).toBeCloseTo(2 / 3); // 0.5 and 4
    expect(recall?.mean).toBe(1); // 0 and 1 in the ball of 0.5, 3 in both
    expect(density?.mean).toBeCloseTo(3 / 3); // 0.5 in two balls, 4 in one
    expect(coverage?.mean).toBe(1);
  });

  it('gives a collapsed generator its precision, and no recall', async () => {
    const copies = withFeatures(
      Float32Array.from({ length: 100 * 24 }, (_, i) => test.features[i % 24] as number),
      100,
    );
    const { precision, recall } = await measurePrecisionRecall(copies, test, 5);
    const { density, coverage } = await measureDensityCoverage(copies, test, 5);
    expect(precision).toEqual({ mean: 1, standardError: 0 });
    expect(recall).toEqual({ mean: 0, standardError: 0 });
    expect(density?.mean).toBeGreaterThan(0);
    expect(coverage?.mean).toBeLessThan(0.1);
  });
});
