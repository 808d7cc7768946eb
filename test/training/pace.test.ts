import { createPace, reportEpochs } from '../../src/training/pace';

it.each([
  ['few epochs, one by one', 8, 60 * 8, {}, 1],
  ['long ones too', 469, 469 * 100, {}, 1],
  ['a small set 60 times', 4, 1000 * 4, {}, 17],
  ['or every 200 steps', 4, 10_000 * 4, {}, 50],
  ['so that looks that were asked for are at a report', 4, 10_000 * 4, { watchEveryEpochs: 15 }, 5],
])('reports %s', (_, stepsPerEpoch, steps, values, epochs) => {
  expect(reportEpochs(stepsPerEpoch, steps, values)).toBe(epochs);
});

it('draws grids as it reports, unless it is told otherwise', () => {
  const epochs = [1, 2, 3, 4, 5, 6];
  const asked = createPace({ reportEveryEpochs: 2, sampleEveryEpochs: 3 });
  const byDefault = createPace({ reportEveryEpochs: 2 });
  expect(epochs.filter(asked.isReported)).toEqual([2, 4, 6]);
  expect(epochs.filter(asked.isSampled)).toEqual([3, 6]);
  expect(epochs.filter(byDefault.isSampled)).toEqual([2, 4, 6]);
});
