import type { EpochEvent } from '../../../src/run/events';
import { chooseBestFigure, createBestTracker } from '../../../src/training/watch/best';

const stepsPerEpoch = 10;
const figure = { name: 'elbo', label: 'test ELBO', of: ({ heldOut }: EpochEvent) => heldOut?.elbo };
const epochAt = (epoch: number, elbo: number | undefined): EpochEvent => ({
  event: 'epoch',
  epoch,
  step: epoch * stepsPerEpoch,
  losses: {},
  ...(elbo !== undefined && { heldOut: { elbo } }),
  imagesPerSecond: 1,
  seconds: 1,
});
const base = { figure, keep: true, patience: 2, stepsPerEpoch, earlier: [], known: undefined, stored: [] };
const log = [-120, -110, -115, undefined, -111].map((elbo, i) => epochAt(i + 1, elbo));
const best = { step: 20, figure: 'elbo', value: -110 };

it('keeps the largest value, the first of equals, and passes over epochs without one', () => {
  const tracker = createBestTracker(base);
  expect(log.map((event) => tracker.observe(event)?.step)).toEqual([10, 20, undefined, undefined, undefined]);
  expect(tracker.observe(epochAt(6, -110))).toBeUndefined();
  expect(tracker.best).toEqual(best);
});

it('is exhausted when it was measured `patience` epochs after the best, and was no better', () => {
  const tracker = createBestTracker(base);
  expect(tracker.exhausted()).toBe(false); // nothing is known yet
  const exhausted = log.map((event) => {
    tracker.observe(event);
    return tracker.exhausted();
  });
  expect(exhausted).toEqual([false, false, false, false, true]);
  expect(createBestTracker({ ...base, patience: undefined, earlier: log }).exhausted()).toBe(false);
});

it('knows from the log what it knew before', () => {
  const resumed = createBestTracker({ ...base, earlier: log.slice(0, 3), stored: [20, 30] });
  expect(resumed.best).toEqual(best);
  expect(resumed.exhausted()).toBe(false);
  resumed.observe(epochAt(4, -112));
  expect(resumed.exhausted()).toBe(true);
});

it('names no checkpoint that is gone, though its value still has to be beaten', () => {
  const resumed = createBestTracker({ ...base, earlier: log.slice(0, 3), stored: [10, 30] });
  expect(resumed.best).toEqual({ step: 30, figure: 'elbo', value: -115 });
  expect(resumed.exhausted()).toBe(false);
  resumed.observe(epochAt(4, -112));
  expect(resumed.exhausted()).toBe(true);
});

it('takes what run.json names when the log is gone, if it is of the same figure', () => {
  expect(createBestTracker({ ...base, known: best, stored: [20] }).best).toEqual(best);
  expect(createBestTracker({ ...base, known: best, stored: [30] }).best).toBeUndefined();
  expect(
    createBestTracker({ ...base, known: { ...best, figure: 'likeness' }, stored: [20] }).best,
  ).toBeUndefined();
});

it('--keep-best none has no best checkpoint, but patience', () => {
  const tracker = createBestTracker({ ...base, keep: false });
  expect(log.map((event) => tracker.observe(event))).toEqual(log.map(() => undefined));
  expect(tracker.best).toBeUndefined();
  expect(tracker.exhausted()).toBe(true);
});

describe('chooseBestFigure', () => {
  const [elbo, bound] = [
    { name: 'elbo', label: 'ELBO' },
    { name: 'bound', label: 'bound of 50 samples' },
  ];
  const goal = { heldOut: elbo, training: bound };
  const event = { ...epochAt(1, -7), losses: { bound: -5 }, collapse: { likeness: 0.5 } } as never;

  it.each([
    ['auto', { goal }, true, 'elbo', -7],
    ['auto', { goal }, false, 'bound', -5],
    ['likeness', { goal }, true, 'likeness', 0.5],
    ['auto', {}, true, 'likeness', 0.5],
  ] as const)('--keep-best %s of %j, test images %j: %s', (choice, model, hasTest, name, value) => {
    const chosen = chooseBestFigure(choice, model, hasTest);
    expect([chosen.name, chosen.of(event)]).toEqual([name, value]);
  });
});
