import { normalQuantile } from '../../src/stats/normal-quantile';
import { manifold, walk } from '../../src/use/walk';

/** The numbers of a walk, rounded. */
const numbers = (values: Float32Array) => [...values].map((value) => Number(value.toFixed(5)));

it('a spherical walk follows the arc: a quarter circle in three steps, by hand', () => {
  const half = Number(Math.SQRT1_2.toFixed(5));
  const latents = walk(Float32Array.of(1, 0), Float32Array.of(0, 1), 3, 'spherical');
  expect(numbers(latents)).toEqual([1, 0, half, half, 0, 1]);
});

it('a linear walk goes straight', () => {
  expect(numbers(walk(Float32Array.of(1, 0), Float32Array.of(0, 1), 3, 'linear'))).toEqual([
    1, 0, 0.5, 0.5, 0, 1,
  ]);
});

it.each([
  ['the same', [1, 2], [1, 2]],
  ['opposite', [1, 2], [-1, -2]],
  ['at the origin', [0, 0], [3, 4]],
])('a spherical walk between ends that are %s is straight, for there is no arc', (_, a, b) => {
  const [from, to] = [Float32Array.from(a), Float32Array.from(b)];
  expect(walk(from, to, 5, 'spherical')).toEqual(walk(from, to, 5, 'linear'));
});

it.each([
  [0.5, 0],
  [0.975, 1.959963985],
  [0.001, -3.090232306],
  [0.9999, 3.719016485],
])('Φ⁻¹(%d) is %d, as in the tables', (p, z) => {
  expect(normalQuantile(p)).toBeCloseTo(z, 7);
});

it('the manifold has the medians of equal shares of the prior, to the right and downwards', () => {
  const [low, high] = [normalQuantile(1 / 4), normalQuantile(3 / 4)];
  const [top, middle, bottom] = [normalQuantile(1 / 6), 0, normalQuantile(5 / 6)];
  expect(numbers(manifold(3, 2))).toEqual(
    numbers(Float32Array.of(low, top, high, top, low, middle, high, middle, low, bottom, high, bottom)),
  );
});
