import { figuresOfShares, labelHistogram } from '../../src/metrics/label-histogram';
import { withPixels, withProbabilities } from './fixtures';

it('equals the sums by hand', () => {
  const figures = figuresOfShares(
    Float64Array.from([0.75, 0.2, 0.05, 0]),
    Float64Array.from([0.25, 0.25, 0.5, 0]),
  );
  expect(figures.labelEntropy).toBeCloseTo(
    -(0.75 * Math.log(0.75) + 0.2 * Math.log(0.2) + 0.05 * Math.log(0.05)),
    12,
  );
  expect(figures.missingClasses).toBe(0); // 0.05 is a tenth of 0.5, and a class without test images cannot be missing
  expect(figures.labelDistance).toBeCloseTo(0.5, 12);
});

it('counts classes that a generator dropped', async () => {
  const rows = (classes: number[]) => classes.map((of) => [0, 1, 2].map((c) => (c === of ? 0.8 : 0.1)));
  const test = withProbabilities(rows(Array.from({ length: 300 }, (_, i) => i % 3)));
  const samples = withProbabilities(rows(Array.from({ length: 200 }, (_, i) => i % 2)));
  const figures = await labelHistogram.measure({ samples, test, train: withPixels('pixels-train'), seed: 1 });
  expect(figures.labelEntropy?.mean).toBeCloseTo(Math.log(2), 12);
  expect(figures.missingClasses).toEqual({ mean: 1, standardError: 0 });
  expect(figures.labelDistance?.mean).toBeCloseTo(1 / 3, 12);
  // The spread of a multinomial: of p₀ + p₁ − 2/3 − (q₀ + q₁ − 2/3), where p₀ + p₁ = 1.
  expect(figures.labelDistance?.standardError).toBeGreaterThan(0.5 * Math.sqrt(2 / 9 / 300));
  expect(figures.labelDistance?.standardError).toBeLessThan(2 * Math.sqrt(2 / 9 / 300));
});
