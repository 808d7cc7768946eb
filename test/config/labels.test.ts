import { parseLabels } from '../../src/config/labels';

it.each([
  ['3', [3]],
  ['1,3,5', [1, 3, 5]],
  ['0-3', [0, 1, 2, 3]],
  ['7,2-4,7', [7, 2, 3, 4, 7]],
])('%s names %j, in that order', (list, classes) => {
  expect(parseLabels(list, { count: 10 })).toEqual(classes);
});

it('refuses a class that there is not, and a range that runs backwards', () => {
  expect(() => parseLabels('0-10', { count: 10 })).toThrow('--labels 0-10: there is no class 10.');
  expect(() => parseLabels('5-2', { count: 10 })).toThrow('--labels 5-2: the range 5-2 runs backwards.');
});
