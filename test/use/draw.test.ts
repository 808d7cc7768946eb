import type { Model } from '../../src/models/family';
import { latentsAt } from '../../src/use/draw';

const model = { latent: { dimension: 50, prior: 'normal' } } as Model;

it('truncated latents are within the bounds, and spread over them', () => {
  const latents = latentsAt(model, 1, 0, 200, 0.5);
  expect(Math.max(...latents)).toBeLessThanOrEqual(0.5);
  expect(Math.min(...latents)).toBeGreaterThanOrEqual(-0.5);
  // The variance of N(0, 1) cut at ±0.5: 1 − 2·0.5·φ(0.5) / (2Φ(0.5) − 1) = 0.0806.
  const variance = latents.reduce((sum, value) => sum + value * value, 0) / latents.length;
  expect(variance).toBeCloseTo(0.0806, 2);
});

it('leaves the latents alone that lie within', () => {
  const [free, cut] = [latentsAt(model, 1, 0, 20), latentsAt(model, 1, 0, 20, 1)];
  for (const [i, value] of free.entries()) {
    if (Math.abs(value) <= 1) expect(cut[i]).toBe(value);
  }
  expect(cut).not.toEqual(free);
});

it('gives image i the same latents whatever the count', () => {
  const ten = latentsAt(model, 3, 0, 10, 0.7);
  expect(latentsAt(model, 3, 4, 1, 0.7)).toEqual(ten.slice(4 * 50, 5 * 50));
});
