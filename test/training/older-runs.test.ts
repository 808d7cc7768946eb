// Runs and a search that aigc of 0ca62e8 was stopped in are drawn from, go on, and end where that aigc ended them.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

const fixture = join(__dirname, '..', 'fixtures', 'aigc-0ca62e8');
const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const aigc = (...words: string[]) => runCli(words, folder(), { AIGC_BACKEND: 'wasm' });

beforeEach(() => {
  cpSync(fixture, folder(), { recursive: true });
  const weights = at('gan', 'checkpoints', 'step-000004', 'weights.safetensors');
  writeFileSync(weights, brotliDecompressSync(readFileSync(`${weights}.br`)));
});

/** The images, without the header of 128 bytes. */
const pixels = (name: string) => [...readFileSync(at(name)).subarray(128)];

/** @param levels how far another machine's or kernel's rounding may move a pixel */
async function expectDrawn(run: string, expected: string, levels: number): Promise<void> {
  const drawn = await aigc('sample', '--checkpoint', run, '--count', '4', '--out', 'now.npy', '--quiet');
  expect(drawn).toMatchObject({ code: 0, stderr: '' });
  const [now, then] = [pixels('now.npy'), pixels(expected)];
  expect(now).toHaveLength(then.length);
  expect(Math.max(...then.map((value, i) => Math.abs(value - (now[i] ?? 0))))).toBeLessThanOrEqual(levels);
}

it.each([
  ['gan', 'step-000004', 'step-000032'],
  ['vae', 'step-000008', 'step-000080'],
])('a stopped %s is drawn from, and --resume trains it to the same end', async (run, stopped, last) => {
  expect(readdirSync(at(run, 'checkpoints'))).toEqual([stopped]);
  await expectDrawn(run, `${run}-then.npy`, 1);
  expect(pixels(`${run}-after.npy`)).not.toEqual(pixels(`${run}-then.npy`));
  expect(await aigc('train', '--resume', '--out', run, '--quiet')).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(at(run, 'checkpoints'))).toContain(last);
  await expectDrawn(run, `${run}-after.npy`, 3);
  const steps = readFileSync(at(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const epochs = steps.map((line) => JSON.parse(line)).filter(({ event }) => event === 'epoch');
  expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, i) => i + 1));
});

it('its run.json is a configuration for a new run', async () => {
  const words = ['train', '--config', 'gan/run.json', '--out', 'new', '--dry-run', '--json', '--quiet'];
  const { code, stdout } = await aigc(...words);
  expect({ code, plan: JSON.parse(stdout.trim().split('\n').at(-1) as string) }).toMatchObject({
    code: 0,
    plan: { model: 'gan', steps: 32, options: { batchSize: 8, discriminatorLearningRate: 0.0005 } },
  });
});

it('a search stopped midway goes on with --resume, and finds what that aigc found', async () => {
  const trials = () =>
    readFileSync(at('tune', 'trials.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const before = trials();
  expect(before.map(({ trial }) => trial)).toEqual([1, 2]);
  const { code, stdout } = await aigc('tune', '--resume', '--out', 'tune', '--json');
  expect(code).toBe(0);
  expect(trials().slice(0, 2)).toEqual(before);
  expect(trials().map(({ trial, rung }) => [trial, rung])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
    [3, 2],
  ]);
  const end = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  expect(end).toMatchObject({
    reason: 'finished',
    best: { trial: 3, value: expect.closeTo(-31.7014, 1), options: { learningRate: 0.03 } },
  });
});
