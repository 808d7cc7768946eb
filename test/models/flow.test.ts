// Flow matching: the path, its integration, and what commands make of a model that draws in steps.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readPicture } from '../../src/images/picture';
import { follow, pointAt, scalingAt, timeKnots, timeShares } from '../../src/models/flow/path';
import { cpu } from '../../src/tensor/cpu';
import type { Finished } from '../cli';
import { trainSmall } from '../small-models';

describe('the path', () => {
  beforeAll(() => cpu.start());

  const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
  const one = (value: number) => tf.fill([1, 1, 1, 1], value) as tf.Tensor4D;
  const time = (value: number) => tf.fill([1, 1], value) as tf.Tensor2D;

  test('goes straight from noise to image', () => {
    expect(numbers(pointAt(one(4), one(8), time(0.25)))).toEqual([5]);
  });

  test('is followed by the velocity at the beginning of a step, or in its middle', () => {
    // dx/dt = x + t from x = 1, by hand.
    const velocity = (x: tf.Tensor4D, t: number) => tf.add(x, t) as tf.Tensor4D;
    const at = (from: number, to: number, start: number, steps: number, solver: 'euler' | 'midpoint') =>
      numbers(follow(one(start), velocity, { from, to, steps, solver }))[0] as number;
    expect(at(0, 1, 1, 1, 'euler')).toBeCloseTo(2, 6);
    expect(at(0, 1, 1, 2, 'euler')).toBeCloseTo(2.5, 6); // 1.5, then 1.5 + (1.5 + 0.5) / 2
    expect(at(0, 1, 1, 1, 'midpoint')).toBeCloseTo(3, 6); // 1 + (1.5 + 0.5)
    const exact = 2 * Math.E - 2;
    expect(at(0, 1, 1, 32, 'midpoint')).toBeCloseTo(exact, 2);
    expect(at(1, 0, exact, 32, 'midpoint')).toBeCloseTo(1, 2);
  });

  test('is scaled so that what is linear in x leaves the least to the network', () => {
    // x = (1 − t) n + t i, v = i − n, with deviations 1 and s: the regression of v on x, and what it leaves.
    const s2 = 0.6 ** 2;
    for (const t of [0, 0.3, 1]) {
      const [variance, covariance] = [(1 - t) ** 2 + t ** 2 * s2, t * s2 - (1 - t)];
      const { input, linear, output } = scalingAt(time(t));
      expect(numbers(input)[0]).toBeCloseTo(1 / Math.sqrt(variance), 5);
      expect(numbers(linear)[0]).toBeCloseTo(covariance / variance, 5);
      expect((numbers(output)[0] as number) ** 2).toBeCloseTo(1 + s2 - covariance ** 2 / variance, 5);
    }
  });

  test('tells a time by the two knots around it', () => {
    const shares = numbers(timeShares(time(0.35)));
    const place = 0.35 * (timeKnots - 1);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(shares.reduce((sum, share, knot) => sum + share * knot, 0)).toBeCloseTo(place, 5);
    expect(shares.filter((share) => share > 0)).toHaveLength(2);
    expect(numbers(timeShares(time(1))).at(-1)).toBe(1);
  });
});

describe('a model that draws in steps', () => {
  let folder = '';
  let run: (...words: string[]) => Promise<Finished>;
  const narrow = ['--channels', '4', '--blocks', '1'];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aigc-flow-'));
    run = await trainSmall(folder, {
      cflow: ['--model', 'cflow', '--steps', '20', '--draw-steps', '3', ...narrow],
      gan: ['--model', 'gan', '--steps', '1'],
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const drawn = async (...words: string[]) => {
    const finished = await run('sample', '--grid', '3x2', '--out', 'drawn.png', ...words);
    expect(finished).toMatchObject({ code: 0 });
    return { ...finished, ...(await readPicture(join(folder, 'drawn.png'))) };
  };

  test('draws in as many as it is asked to, and in its own unless it is', async () => {
    const own = await drawn('--checkpoint', 'cflow');
    const same = await drawn('--checkpoint', 'cflow', '--draw-steps', '3');
    const once = await drawn('--checkpoint', 'cflow', '--draw-steps', '1');
    expect(same.pixels).toEqual(own.pixels);
    expect(once.pixels).not.toEqual(own.pixels);
  });

  test('is what --draw-steps is for: another says that it draws at once', async () => {
    const { stderr } = await drawn('--checkpoint', 'gan', '--draw-steps', '2');
    expect(stderr).toContain('--draw-steps has no effect: the gan draws at once.');
  });

  test('finds the noise that an image comes from', async () => {
    const errorOf = async (steps: string) => {
      const words = ['--checkpoint', 'cflow', '--input', 'set', '--out', 'again.png', '--draw-steps', steps];
      const { code, stdout } = await run('reconstruct', '--json', ...words);
      expect(code).toBe(0);
      return JSON.parse(stdout.trim().split('\n').at(-1) as string).known.mse as number;
    };
    const [coarse, fine] = [await errorOf('2'), await errorOf('24')];
    expect(fine).toBeLessThan(1e-3);
    expect(fine).toBeLessThan(coarse / 4);
  });
});
