import { domainOf, linearScale, logScale, robustDomain } from '../../src/chart/scale';
import { linearTicks, logTicks, tickLabel } from '../../src/chart/ticks';

it.each([
  [0, 10, 5, [0, 2, 4, 6, 8, 10]],
  [-0.31, 0.32, 6, [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]],
  [-181, -89, 4, [-180, -160, -140, -120, -100]],
  [0, 240_000, 4, [0, 50_000, 100_000, 150_000, 200_000]],
  [3, 3, 4, [3]],
])('from %d to %d about %d ticks are round numbers', (low, high, count, expected) => {
  expect(linearTicks(low, high, count)).toEqual(expected);
});

it('ticks of logarithms are powers of ten, with 2 and 5 where there are few', () => {
  expect(logTicks(1e-4, 1e-2)).toEqual([1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2]);
  expect(logTicks(1e-6, 1)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]);
  expect(logTicks(3e-4, 4e-4)).toEqual([]);
});

it.each([
  [0, 5, '0'],
  [-105, 5, '−105'],
  [0.25, 0.05, '0.25'],
  [0.30000000000000004, 0.1, '0.3'],
  [100, 20, '100'],
  [20_000, 20_000, '20k'],
  [22_000, 2_000, '22k'],
  [1_500_000, 500_000, '1.5M'],
  [1e-4, 1e-4, '1e-4'],
])('the tick %d, %d from the next, reads as one expects', (value, step, label) => {
  expect(tickLabel(value, step)).toBe(label);
});

it('scales put the ends of their axis at 0 and 1', () => {
  expect([10, 15, 20].map(linearScale([10, 20], 5).at)).toEqual([0, 0.5, 1]);
  const log = logScale([1e-4, 1e-2]);
  expect(log.at(1e-3)).toBeCloseTo(0.5);
});

it('an axis has a width even when all its values are one, and cuts the few that are far out', () => {
  expect(domainOf([2, 2])).toEqual([1.9, 2.1]);
  expect(domainOf([0])).toEqual([-1, 1]);
  const values = [...Array.from({ length: 100 }, (_, i) => i / 100), 1000];
  expect(robustDomain(values)[1]).toBeLessThan(2);
  expect(robustDomain([1, 2, 1000])[1]).toBeGreaterThan(1000);
});
