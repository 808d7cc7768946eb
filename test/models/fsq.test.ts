// Finite scalar quantisation: numbers on a grid, codes that say which, and a gradient that passes the rounding.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { writeSplit } from '../../src/dataset/idx-writer';
import { UsageError } from '../../src/errors';
import type { Model } from '../../src/models/family';
import { familyOptions, findFamily } from '../../src/models/index';
import { Parameters } from '../../src/models/parameters';
import { createRounding, fsq as quantiser } from '../../src/models/vae/quantisers/fsq';
import { wasm } from '../../src/tensor/wasm';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

const rowsOf = (x: tf.Tensor) => x.arraySync() as number[][];
const picked = (chosen: tf.Tensor2D) => [...tf.argMax(chosen, 1).dataSync()];

/** b(z) of the paper's program, in float64. */
function bound(z: number, levels: number): number {
  const reach = ((levels - 1) * (1 - 1e-3)) / 2;
  const offset = levels % 2 === 0 ? 0.5 : 0;
  return Math.tanh(z + Math.tan(offset / reach)) * reach - offset;
}

describe.each([
  [2, [-1, 0]],
  [3, [-1, 0, 1]],
  [4, [-1, -0.5, 0, 0.5]],
  [5, [-1, -0.5, 0, 0.5, 1]],
  [8, [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]],
])('%i levels', (levels, grid) => {
  const z = Array.from({ length: 2001 }, (_, i) => (i - 1000) / 200);

  it('round what comes to these numbers and no others, each of which some come to', () => {
    const encoded = tf.tensor2d(z, [z.length, 1]);
    const { vectors, chosen } = createRounding([levels]).round(encoded);
    const values = [...vectors.dataSync()];
    expect([...new Set(values)].map((value) => value + 0).sort((a, b) => a - b)).toEqual(grid);
    for (const [i, value] of values.entries())
      expect(Math.abs(value * Math.floor(levels / 2) - bound(z[i] as number, levels))).toBeLessThan(0.501);
    expect(picked(chosen)).toEqual(values.map((value) => grid.indexOf(value + 0)));
  });

  it('reach their ends, and no further, however far the encoder goes', () => {
    const { round, vectorsOf } = createRounding([levels]);
    const far = round(tf.tensor2d([[-1e6], [1e6]])).chosen;
    expect(picked(far)).toEqual([0, levels - 1]);
    expect(rowsOf(vectorsOf(far))).toEqual([[grid[0]], [grid.at(-1)]]);
  });

  it('pass the gradient of the bound straight through the rounding', () => {
    const { round } = createRounding([levels]);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(round(x as tf.Tensor2D).vectors));
    const at = [-1.3, -0.2, 0, 0.4, 2];
    const step = 1e-5;
    for (const [i, value] of gradient(tf.tensor2d(at, [at.length, 1]))
      .dataSync()
      .entries()) {
      const x = at[i] as number;
      const slope = (bound(x + step, levels) - bound(x - step, levels)) / (2 * step);
      expect(value).toBeCloseTo(slope / Math.floor(levels / 2), 4);
    }
  });
});

describe('a code', () => {
  it.each([[[5, 5, 5]], [[8, 6, 5]], [[2, 3, 4, 7]], [[125]]])(
    'of the levels %j comes back from its vector, all of them',
    (levels) => {
      const { round, vectorsOf } = createRounding(levels);
      const count = levels.reduce((all, one) => all * one, 1);
      const vectors = vectorsOf(tf.eye(count));
      expect(new Set(rowsOf(vectors).map(String)).size).toBe(count);
      // What the encoder would have to say for them: the inverse of the bound.
      const encoded = rowsOf(vectors).map((vector) =>
        vector.map((value, i) => {
          const l = levels[i] as number;
          const offset = l % 2 === 0 ? 0.5 : 0;
          const reach = ((l - 1) * (1 - 1e-3)) / 2;
          const share = (value * Math.floor(l / 2) + offset) / reach;
          return Math.atanh(Math.min(0.9999, Math.max(-0.9999, share))) - Math.tan(offset / reach);
        }),
      );
      expect(picked(round(tf.tensor2d(encoded)).chosen)).toEqual(Array.from({ length: count }, (_, i) => i));
    },
  );

  it('counts the first number’s levels first', () => {
    const { vectorsOf } = createRounding([3, 2]);
    expect(rowsOf(vectorsOf(tf.eye(6)))).toEqual([
      [-1, -1],
      [0, -1],
      [1, -1],
      [-1, 0],
      [0, 0],
      [1, 0],
    ]);
  });
});

describe('the quantiser', () => {
  /** Numbers in which one channel has drifted far, and one hardly moves. */
  const drifted = () =>
    tf.tidy(() => {
      const z = tf.randomNormal([300, 2], 0, 1, 'float32', 4);
      return tf.add(tf.mul(z, tf.tensor1d([2, 0.05])), tf.tensor1d([-40, 7])) as tf.Tensor2D;
    });

  it('spreads a batch over the levels, wherever the encoder has gone', () => {
    const parameters = new Parameters(1);
    const { train, noise, parameterCounts } = quantiser.create(parameters, { levels: '5x4' });
    const { vectors, chosen, ...others } = train(drifted(), 1, {});
    expect(new Set(picked(chosen)).size).toBe(20);
    expect(Math.max(...tf.abs(tf.mean(vectors, 0)).dataSync())).toBeLessThan(0.3);
    expect([others, noise, parameterCounts]).toEqual([{}, {}, {}]); // no loss, nothing drawn, nothing learnt
    parameters.dispose();
  });

  it('gives, once its statistics have followed, the codes of the training step', () => {
    const parameters = new Parameters(1);
    const { train, codesOf, vectorsOf } = quantiser.create(parameters, { levels: '5x4' });
    const encoded = drifted();
    for (let step = 0; step < 200; step++) tf.dispose(train(encoded, 1, {}));
    const { chosen, vectors } = train(encoded, 1, {});
    const [trained, codes] = [picked(chosen), picked(codesOf(encoded))];
    expect(codes.filter((code, i) => code !== trained[i]).length).toBeLessThan(3);
    expect(tf.max(tf.abs(tf.sub(vectorsOf(chosen), vectors))).dataSync()[0]).toBeLessThan(1e-6);
    parameters.dispose();
  });
});

describe('--levels', () => {
  const family = findFamily('vq-vae');
  const asked = (levels: string) => () => familyOptions(family, { quantiser: 'fsq', levels }, {});

  it.each(['5x5x5', '2', '256', '8x5x5x5', '2x2x2x2x2x2x2x2x2x2x2x2x2'])('takes %s', (levels) => {
    expect(asked(levels)()).toMatchObject({ quantiser: 'fsq', levels });
  });

  it.each([
    '1x5',
    '0',
    '257',
    '5,5,5',
    '5x',
    '5x5.5',
    '05x5',
    '8192x2',
    '91x91',
    '2x2x2x2x2x2x2x2x2x2x2x2x2x2',
  ])('refuses %s, and says what was expected', (levels) => {
    expect(asked(levels)).toThrow(UsageError);
    expect(asked(levels)).toThrow(
      `--levels must be the levels of each number of a code, such as 8x5x5x5: each from 2 to 256, their product, the codes, at most 8192, got "${levels}".`,
    );
  });
});

it('has moving statistics in place of a codebook in the model, and the losses of any vq-vae', () => {
  const family = findFamily('vq-vae');
  const create = (quantiser: string) =>
    family.create({
      ...{ image: { height: 8, width: 8, channels: 1 }, classCount: 0, pixelMean: 0.5, seed: 1 },
      options: familyOptions(family, {}, { quantiser, hiddenChannels: 4, priorChannels: 4 }),
    });
  const [fsq, codebook] = [create('fsq'), create('codebook')];
  expect(fsq.losses).toEqual(codebook.losses);
  const own = (model: Model) => [...model.variables.keys()].filter((name) => /^(fsq|codebook)/.test(name));
  expect([own(fsq), own(codebook)]).toEqual([
    ['fsq.mean', 'fsq.variance'],
    ['codebook.counts', 'codebook.sums'],
  ]);
  expect(fsq.variables.size).toBe(codebook.variables.size);
  expect(Object.keys(fsq.parameterCounts)).toEqual(['encoder', 'decoder', 'prior']);
  expect(fsq.variables.get('prior.embedding')?.shape[0]).toBe(240);
  for (const model of [fsq, codebook]) model.dispose();
});

describe('aigc', () => {
  const folder = scratchFolder();
  const environment = { AIGC_BACKEND: 'wasm' };
  const words =
    '--model vq-vae --quantiser fsq --levels 4x3 --hidden-channels 4 --prior-channels 4 --grid 2x2';
  const run = async (line: string) => {
    const { code, stdout, stderr } = await runCli(line.split(' '), folder(), environment);
    expect([line, code, stderr]).toEqual([line, 0, expect.any(String)]);
    return { stdout, stderr };
  };
  const weights = (name: string) =>
    readFileSync(join(folder(), name, 'checkpoints', 'step-000006', 'weights.safetensors'));

  it('trains it, resumes it bit for bit, and does with it what it does with a codebook', async () => {
    for (const [split, count] of [
      ['train', 48],
      ['t10k', 8],
    ] as const)
      await writeSplit(join(folder(), 'set'), split, rectangles(count, 8, 8, 1));
    const train = `train ${words} --data set --batch-size 8`;
    await run(`${train} --steps 6 --out whole`);
    await run(`${train} --steps 6 --out plain --compile off`);
    await run(`${train} --steps 3 --out parts`);
    await run('train --resume --steps 6 --out parts');
    expect(weights('plain').equals(weights('whole'))).toBe(true);
    expect(weights('parts').equals(weights('whole'))).toBe(true);
    await run('sample --checkpoint whole --count 4 --out drawn.png');
    await run('reconstruct --checkpoint whole --out again.png');
    await run('interpolate --checkpoint whole --out between.png');
    await run('encode --checkpoint whole --data set --out latents.npy');
    expect((await run('evaluate --checkpoint whole --data set --metrics elbo')).stdout).toMatch(
      /ELBO .*reconstruction .*prior of the codes .*codes in use/s,
    );
    await run('export --checkpoint whole --to web --out page.html');
  });

  it('says that a codebook’s options do nothing with it', async () => {
    const { stderr } = await run(
      `train ${words} --data digits --steps 1 --batch-size 4 --codes 64 --commitment 1`,
    );
    expect(stderr).toContain('--codes has no effect: --quantiser is fsq.');
    expect(stderr).toContain('--commitment has no effect: --quantiser is fsq.');
  });
});
