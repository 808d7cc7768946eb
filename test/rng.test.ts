// The random streams: addressed, reproducible for ever, and random enough. Every seed is fixed, so no test can flicker.
import { normals, permutation, type RandomStream, randomStream, uniforms } from '../src/rng';

const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const words = (seed: number, name: string, step?: number) => take(8, randomStream(seed, name, step).uint32);
const mean = (values: ArrayLike<number>) => moment(values, 1);
const moment = (values: ArrayLike<number>, power: number) =>
  Array.from(values).reduce((sum, value) => sum + value ** power, 0) / values.length;

/** Σ (observed − expected)² / expected, for outcomes that should be equally likely. */
function chiSquare(outcomes: readonly (number | string)[], kinds: number): number {
  const counts = new Map<number | string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const expected = outcomes.length / kinds;
  const seen = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return seen + (kinds - counts.size) * expected;
}

describe('an address', () => {
  it('gives the same numbers each time', () => {
    expect(words(1, 'shuffle', 3)).toEqual(words(1, 'shuffle', 3));
    expect(words(1, 'shuffle')).toEqual(words(1, 'shuffle', 0));
  });

  it('gives other numbers when any part of it differs', () => {
    const addresses: [number, string, number][] = [
      [1, 'shuffle', 0],
      [2, 'shuffle', 0],
      [-1, 'shuffle', 0],
      [1, 'shuffle', 1],
      [0, 'shuffle', 1],
      [1, 'shufflf', 0],
      [1, 'shuffl', 0],
      [1, 'elffuhs', 0],
      [1, '', 0],
      [1 + 2 ** 32, 'shuffle', 0],
      [1, 'shuffle', 2 ** 32],
      [Number.MAX_SAFE_INTEGER, 'shuffle', 0],
    ];
    const firsts = addresses.flatMap((address) => words(...address));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it('has a stream of its own, however others are read', () => {
    const [a, b] = [randomStream(1, 'a'), randomStream(1, 'b')];
    const mixed = take(4, () => [a.normal(), b.normal()][0]);
    expect(mixed).toEqual([...normals64(randomStream(1, 'a'), 4)]);
  });
});

const normals64 = (stream: RandomStream, count: number) => take(count, stream.normal);

it('gives for ever what it gave in 0.1.0: checkpoints of older versions resume by replaying it', () => {
  const stream = randomStream(1, 'train/latents', 7);
  expect(take(4, stream.uint32)).toEqual([3723486929, 3986769244, 2377053178, 767331146]);
  const big = randomStream(2 ** 40 + 5, 'shuffle', 2 ** 33 + 1);
  expect(take(2, big.uint32)).toEqual([30336914, 2311684495]);
  expect(randomStream(-1, 'a').uint32()).toBe(3096706025);
  expect(randomStream(0, '', 0).uint32()).toBe(2822742709);
  expect(randomStream(3, 'a').uniform()).toBe(0.6601113677024841);
  expect([...normals(randomStream(1, 'latents', 0), 3)]).toEqual(
    [-0.7014686489141158, 0.8244163743635412, 0.12462643062899972].map(Math.fround),
  );
  expect([...permutation(randomStream(1, 'shuffle', 0), 10)]).toEqual([8, 1, 0, 7, 9, 5, 2, 4, 3, 6]);
});

describe('uniforms', () => {
  const values = uniforms(randomStream(1, 'uniforms'), 200_000);

  it('are in [0, 1), and float32 holds them exactly', () => {
    const stream = randomStream(2, 'uniforms');
    const bad = take(10_000, stream.uniform).filter((x) => x < 0 || x >= 1 || Math.fround(x) !== x);
    expect(bad).toEqual([]);
    expect(Math.max(...values.subarray(0, 100_000))).toBeLessThan(1);
  });

  it('have the moments of U[0, 1)', () => {
    const error = 4 / Math.sqrt(values.length); // four standard errors of a variable of deviation 1
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(error * Math.sqrt(1 / 12));
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan(error * Math.sqrt(4 / 45));
  });

  it('do not follow from one another', () => {
    const pairs = Array.from(values.subarray(1), (value, i) => (value - 0.5) * ((values[i] as number) - 0.5));
    expect(Math.abs(mean(pairs) * 12)).toBeLessThan(4 / Math.sqrt(pairs.length));
  });
});

it('normals have the moments of N(0, 1)', () => {
  const values = normals(randomStream(1, 'normals'), 200_000);
  const error = 4 / Math.sqrt(values.length);
  expect(Math.abs(mean(values))).toBeLessThan(error);
  expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(error * Math.sqrt(2));
  expect(Math.abs(moment(values, 3))).toBeLessThan(error * Math.sqrt(15));
  expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(error * Math.sqrt(96));
});

describe('normals', () => {
  it('are the same numbers many at a time as one by one, whatever was drawn between', () => {
    const [many, single] = [randomStream(7, 'noise', 3), randomStream(7, 'noise', 3)];
    for (const count of [0, 1, 2, 1, 5, 0, 1000, 3, 4]) {
      const values = new Float32Array(count);
      many.fillNormals(values);
      expect([...values]).toEqual(take(count, () => Math.fround(single.normal())));
      expect(many.normal()).toBe(single.normal());
      expect(many.uint32()).toBe(single.uint32());
    }
  });
});

describe('integers', () => {
  // The 99.9% points of χ² with bound − 1 degrees of freedom.
  it.each([
    [2, 10.83],
    [3, 13.82],
    [10, 27.88],
    [100, 148.23],
  ])('below %i are all there, each as often', (bound, limit) => {
    const stream = randomStream(1, 'integers', bound);
    const values = take(50_000, () => stream.integer(bound));
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value < bound)).toBe(true);
    expect(chiSquare(values, bound)).toBeLessThan(limit);
  });

  it('below 1 are 0', () => expect(randomStream(1, 'integers').integer(1)).toBe(0));
});

it('the first numbers of neighbouring steps, and of neighbouring seeds, are independent', () => {
  const bySteps = take(
    20_000,
    counter((step) => randomStream(1, 'latents', step).integer(16)),
  );
  const bySeeds = take(
    20_000,
    counter((seed) => randomStream(seed, 'latents').integer(16)),
  );
  const limit = 37.7; // the 99.9% point of χ² with 15 degrees of freedom
  expect(chiSquare(bySteps, 16)).toBeLessThan(limit);
  expect(chiSquare(bySeeds, 16)).toBeLessThan(limit);
  const pairs = bySteps.slice(1).map((value, i) => 16 * value + (bySteps[i] as number));
  expect(chiSquare(pairs, 256)).toBeLessThan(330.5); // 255 degrees
});

const counter = <T>(of: (index: number) => T) => {
  let index = 0;
  return () => of(index++);
};

describe('a permutation', () => {
  it('has every number once', () => {
    const order = permutation(randomStream(1, 'shuffle'), 1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });

  it('of nothing is empty, of one is itself', () => {
    expect([...permutation(randomStream(1, 'shuffle'), 0)]).toEqual([]);
    expect([...permutation(randomStream(1, 'shuffle'), 1)]).toEqual([0]);
  });

  it('is any of the 24 orders of four, each as often', () => {
    const orders = take(
      24_000,
      counter((step) => permutation(randomStream(1, 'four', step), 4).join()),
    );
    expect(chiSquare(orders, 24)).toBeLessThan(49.73); // 99.9%, 23 degrees
  });
});
