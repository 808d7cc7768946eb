// `aigc train --init`: a run that starts from the weights of another.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '../../src/run/safetensors';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

const folder = mkdtempSync(join(tmpdir(), 'aigc-init-'));
let run: (...words: string[]) => Promise<Finished>;
const train = (...words: string[]) =>
  run('train', '--data', 'set', '--batch-size', '8', '--grid', '2x2', '--model', 'gan', ...words);

/** The weights of a checkpoint, as bytes, without what optimizers keep. */
function weights(name: string, step: number): Record<string, string> {
  const checkpoint = join(folder, name, 'checkpoints', `step-${String(step).padStart(6, '0')}`);
  const path = join(checkpoint, 'weights.safetensors');
  const tensors = [...decodeSafetensors(readFileSync(path), path)];
  return Object.fromEntries(
    tensors
      .filter(([key]) => !key.startsWith('adam.'))
      .map(([key, { values }]) => [key, Buffer.from(Float32Array.from(values).buffer).toString('base64')]),
  );
}

beforeAll(async () => {
  run = await trainSmall(folder, {
    first: ['--model', 'gan', '--steps', '5'],
    vae: ['--model', 'vae', '--steps', '1'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('begins with the weights of the other run, its averages among them, and keeps them for a resume', async () => {
  const words = ['--init', 'first', '--learning-rate', '0.001', '--keep', '9'];
  expect(await train(...words, '--steps', '6', '--out', 'second')).toMatchObject({ code: 0 });
  expect(Object.keys(weights('second', 0)).some((name) => name.startsWith('ema.'))).toBe(true);
  expect(weights('second', 0)).toEqual(weights('first', 5));
  expect(weights('second', 6)).not.toEqual(weights('first', 5));

  await train(...words, '--steps', '3', '--out', 'broken');
  const resumed = await run('train', '--resume', '--steps', '6', '--out', 'broken');
  expect(resumed).toMatchObject({ code: 0 });
  expect(weights('broken', 6)).toEqual(weights('second', 6));
});

it('starts averages from the weights of a run that kept none, and goes on from those of the last step', async () => {
  expect(await train('--ema', '0', '--steps', '3', '--out', 'plain')).toMatchObject({ code: 0 });
  expect(await train('--init', 'plain', '--steps', '1', '--out', 'averaged')).toMatchObject({ code: 0 });
  const [plain, averaged] = [weights('plain', 3), weights('averaged', 0)];
  expect(averaged).toMatchObject(plain);
  const averages = Object.entries(averaged).filter(([name]) => name.startsWith('ema.'));
  expect(averages.length).toBeGreaterThan(0);
  for (const [name, bytes] of averages) expect(bytes).toBe(plain[name.slice('ema.'.length)]);
  expect(await train('--init', 'first', '--ema', '0', '--steps', '1', '--out', 'bare')).toMatchObject({
    code: 0,
  });
  expect(weights('first', 5)).toMatchObject(weights('bare', 0));
});

it('reads the run that it replaces before that is gone', async () => {
  await train('--steps', '4', '--out', 'same');
  const before = weights('same', 4);
  expect(await train('--init', 'same', '--force', '--steps', '1', '--out', 'same')).toMatchObject({
    code: 0,
  });
  expect(weights('same', 0)).toEqual(before);
});

it.each([
  [['--init', 'vae'], 3, /vae.* is of a vae, not of a gan/],
  [['--init', 'nowhere'], 3, /nowhere does not exist/],
  [['--init', 'first', '--latent-dim', '7'], 3, /does not fit the model: expected .* of shape/],
] as const)('refuses %j, and leaves no run behind', async (words, code, message) => {
  expectPlainError(await train(...words, '--steps', '1', '--out', 'never'), code, message);
  expect(readdirSync(folder)).not.toContain('never');
});
