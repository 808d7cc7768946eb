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

test('nothing decays without a length', () => {
  expect(scheduleFactor({ schedule: 'linear', decaySteps: undefined }, 10)).toBe(1);
});
