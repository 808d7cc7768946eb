import { bracketCost, halvingRungs, ranked } from '../../src/tune/halving';
import { importances, spearman } from '../../src/tune/importance';

it("has Hyperband's rungs: Li et al. 2018, table 1, bracket s = 4 of R = 81, η = 3", () => {
  expect(halvingRungs(81, 81, 3)).toEqual([
    { trials: 81, length: 1 },
    { trials: 27, length: 3 },
    { trials: 9, length: 9 },
    { trials: 3, length: 27 },
    { trials: 1, length: 81 },
  ]);
});

it.each([
  [
    9,
    20,
    3,
    [
      [9, 2],
      [3, 7],
      [1, 20],
    ],
  ],
  [
    9,
    2,
    3,
    [
      [9, 1],
      [3, 2],
    ],
  ],
  [10, 1, 3, [[10, 1]]],
  [2, 100, 3, [[2, 100]]],
  [1, 5, 2, [[1, 5]]],
  [
    8,
    8,
    2,
    [
      [8, 1],
      [4, 2],
      [2, 4],
      [1, 8],
    ],
  ],
])('%d trials of at most %d, η = %d', (trials, longest, eta, expected) => {
  expect(halvingRungs(trials, longest, eta).map((rung) => [rung.trials, rung.length])).toEqual(expected);
});

it('counts no training twice', () => {
  expect(bracketCost(halvingRungs(9, 9, 3))).toBe(9 * 1 + 3 * 2 + 1 * 6);
});

it('ranks by the better side, those without a figure last, equals by their number', () => {
  const results = [{ trial: 1 }, { trial: 2, value: 5 }, { trial: 3, value: 1 }, { trial: 4, value: 5 }];
  expect(ranked(results, 'higher').map(({ trial }) => trial)).toEqual([2, 4, 3, 1]);
  expect(ranked(results, 'lower').map(({ trial }) => trial)).toEqual([3, 2, 4, 1]);
});

it("Spearman's ρ is that of the textbooks, with ties", () => {
  expect(spearman([1, 2, 3, 4], [10, 100, 1000, 10_000])).toBe(1);
  expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
  expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5));
  expect(spearman([1, 1], [1, 2])).toBeUndefined();
});

it('says which option mattered, with a diverged trial as the worst', () => {
  const trials = [
    { trial: 1, value: 3, options: { rate: 0.1, kind: 'a', other: 5 } },
    { trial: 2, value: 2, options: { rate: 0.2, kind: 'b', other: 1 } },
    { trial: 3, value: undefined, options: { rate: 9, kind: 'b', other: 3 } },
  ];
  const [first, ...others] = importances(trials, ['other', 'kind', 'rate'], 'higher');
  expect(first).toEqual({ name: 'rate', correlation: -1, best: [0.1], worst: [9] });
  expect(others.find(({ name }) => name === 'kind')?.correlation).toBeUndefined();
});
