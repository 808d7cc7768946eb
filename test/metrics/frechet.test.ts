import { type Features, frechetDistance } from '../../src/metrics/frechet';
import { randomStream } from '../../src/rng';
import { readExpected, readNpy } from './fixtures';

function features(name: string, columns: number): Features {
  const { floats, shape } = readNpy(`features-${name}`);
  const [count = 0, width = 0] = shape;
  const kept = floats.filter((_, i) => i % width < columns);
  return { count, featureCount: columns, features: kept };
}

/** Each feature of N(shift, scale²). */
function normalFeatures(
  count: number,
  featureCount: number,
  shift: number,
  scale: number,
  step: number,
): Features {
  const stream = randomStream(1, 'features', step);
  const values = Float32Array.from({ length: count * featureCount }, () => shift + scale * stream.normal());
  return { count, featureCount, features: values };
}

const expected = readExpected();

it("equals SciPy's matrix square root within 1e-6", () => {
  const { mean } = frechetDistance(features('samples', 20), features('test', 20));
  expect(Math.abs(mean / expected.fidFullRank - 1)).toBeLessThan(1e-6);
});

it('equals NumPy within 1e-6 where features are dead, copied and sums of others', () => {
  const { mean } = frechetDistance(features('samples', 24), features('test', 24));
  expect(Math.abs(mean / expected.fid - 1)).toBeLessThan(1e-6);
});

it('is the formula for one feature', () => {
  const column = (values: number[]) => ({
    count: values.length,
    featureCount: 1,
    features: Float32Array.from(values),
  });
  // Means 2 and 7, standard deviations 1 and 2.
  expect(frechetDistance(column([1, 2, 3]), column([5, 7, 9])).mean).toBeCloseTo(25 + 1, 10);
});

it('is nothing between a set and itself, and finite between collapsed ones', () => {
  const set = features('samples', 24);
  expect(frechetDistance(set, set).mean).toBeLessThan(1e-6);
  const point = (value: number) => ({
    count: 5,
    featureCount: 3,
    features: new Float32Array(15).fill(value),
  });
  expect(frechetDistance(point(1), point(3))).toEqual({ mean: 12, standardError: 0 });
  const { mean, standardError } = frechetDistance(point(1), normalFeatures(100, 3, 0, 1, 0));
  expect(mean).toBeGreaterThan(4);
  expect(standardError).toBeGreaterThan(0);
  expect(standardError).toBeLessThan(2);
});

it.each([
  ['near', 0.05, 1],
  ['far', 0.5, 1.5],
])('gives the spread over repetitions as standard error: %s', (_, shift, scale) => {
  const repeated = Array.from({ length: 60 }, (_, i) =>
    frechetDistance(normalFeatures(300, 6, shift, scale, 2 * i), normalFeatures(400, 6, 0, 1, 2 * i + 1)),
  );
  const mean = repeated.reduce((sum, each) => sum + each.mean, 0) / 60;
  const spread = Math.sqrt(repeated.reduce((sum, each) => sum + (each.mean - mean) ** 2, 0) / 59);
  const claimed = repeated.reduce((sum, each) => sum + each.standardError, 0) / 60;
  expect(claimed / spread).toBeGreaterThan(0.75);
  expect(claimed / spread).toBeLessThan(1.6);
});
