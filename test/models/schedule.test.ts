import { scaleStepSizes, scheduleFactor, withDecaySteps } from '../../src/models/schedule';

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

test('a decay without a length takes that of the run, and keeps one that it has', () => {
  expect(withDecaySteps({ schedule: 'cosine', decaySteps: undefined }, 500).decaySteps).toBe(500);
  expect(withDecaySteps({ schedule: 'cosine', decaySteps: 100 }, 500).decaySteps).toBe(100);
  expect(withDecaySteps({ schedule: 'constant', decaySteps: undefined }, 500).decaySteps).toBeUndefined();
  expect(withDecaySteps({ batchSize: 4 }, 500)).toEqual({ batchSize: 4 });
});

test('a scale halves step sizes, of which there may be several, and nothing else', () => {
  const scalars = {
    stepSize: 3,
    generatorStepSize: 1,
    discriminatorStepSize2: 5,
    klWeight: 7,
    stepSizeMost: 9,
  };
  expect(scaleStepSizes(scalars, 0.5)).toEqual({
    stepSize: 1.5,
    generatorStepSize: 0.5,
    discriminatorStepSize2: 2.5,
    klWeight: 7,
    stepSizeMost: 9,
  });
  expect(scaleStepSizes(scalars, 1)).toEqual(scalars);
});
