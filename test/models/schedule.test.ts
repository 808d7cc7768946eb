import { scheduleFactor } from '../../src/models/schedule';

test.each([
  ['constant', [1, 1, 1, 1]],
  ['linear', [1, 0.75, 0.5, 0]],
  ['cosine', [1, (1 + Math.SQRT1_2) / 2, 0.5, 0]],
] as const)('%s falls as its formula says, and stays at its end', (schedule, expected) => {
  const factors = [0, 25, 50, 150].map((step) => scheduleFactor({ schedule, decaySteps: 100 }, step));
  factors.forEach((factor, i) => {
    expect(factor).toBeCloseTo(expected[i] as number, 12);
  });
});

test('cooldown leaves the rate as it is for nine tenths, and then falls with the root of the rest', () => {
  const factorAt = (step: number) => scheduleFactor({ schedule: 'cooldown', decaySteps: 1000 }, step);
  expect([0, 500, 900].map(factorAt)).toEqual([1, 1, 1]);
  expect(factorAt(925)).toBeCloseTo(0.5, 12);
  expect(factorAt(964)).toBeCloseTo(0.2, 12);
  expect([1000, 2000].map(factorAt)).toEqual([0, 0]);
});

test('stages are of 1, 3, 9 … 2,187 of 3,280 passes, and fall to a tenth', () => {
  const factorAt = (step: number) => scheduleFactor({ schedule: 'stages', decaySteps: 3280 }, step);
  const ends = [1, 4, 13, 40, 121, 364, 1093];
  for (const [i, end] of ends.entries()) {
    expect(factorAt(end - 1)).toBeCloseTo(10 ** (-i / 7), 12);
    expect(factorAt(end)).toBeCloseTo(10 ** (-(i + 1) / 7), 12);
  }
  expect(factorAt(5000)).toBeCloseTo(0.1, 12);
});

test('nothing decays without a length', () => {
  expect(scheduleFactor({ schedule: 'linear', decaySteps: undefined }, 10)).toBe(1);
});
