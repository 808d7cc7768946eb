// `aigc train` where its data is not as usual: without test images, or moved since.
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

const folder = mkdtempSync(join(tmpdir(), 'aigc-data-'));
let run: (...words: string[]) => Promise<Finished>;

beforeAll(async () => {
  run = await trainSmall(folder, { vae: ['--model', 'vae', '--steps', '2'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('an iwae without test images is judged by its bound, and patience counts by it', async () => {
  for (const file of ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'])
    rmSync(join(folder, 'set', file));
  const small = ['--importance-samples', '2', '--hidden-units', '8', '--batch-size', '64', '--grid', '2x2'];
  // At such a rate it soon becomes worse.
  const words = ['--model', 'iwae', '--learning-rate', '0.3', '--epochs', '40', '--patience', '2', ...small];
  const { code, stdout } = await run('train', '--data', 'set', '--out', 'iwae', ...words);
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('has not become better'),
  });
  const { best, step } = JSON.parse(readFileSync(join(folder, 'iwae', 'run.json'), 'utf8'));
  expect(best).toMatchObject({ figure: 'bound', value: expect.any(Number) });
  expect(step).toBe(best.step + 2 * 3);
  expect(await run('sample', '--checkpoint', 'iwae/best', '--count', '1')).toMatchObject({ code: 0 });
});

it('data that was moved is named by --data, and is the same by its content', async () => {
  renameSync(join(folder, 'set'), join(folder, 'moved'));
  const gone = /set, the data that this was trained on, is not there any more/;
  for (const words of [
    ['encode', '--checkpoint', 'vae', '--split', 'train', '--out', 'codes.npy'],
    ['train', '--resume', '--out', 'vae', '--steps', '4'],
  ]) {
    const refused = await run(...words);
    expectPlainError(refused, 3, gone);
    expect(refused.stderr).toContain('Name where it is now: --data DIR.');
    expect(await run(...words, '--data', 'moved')).toMatchObject({ code: 0 });
  }
  expect(await run('train', '--resume', '--out', 'vae', '--steps', '5')).toMatchObject({ code: 0 });
});
