// `aigc sweep` of a tiny model on a tiny set: what it trains, and what its report says of it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../cli';
import { expectPlainError } from '../../small-models';
import { writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-sweep-'));
const sweep = (...words: string[]) => runCli(['sweep', ...words], root, { AIGC_BACKEND: 'wasm' });
const at = (...names: string[]) => join(root, ...names);
const small = ['--model', 'vae', '--data', 'set'];
const grid = ['--set', 'hidden-units=4,8', '--set', 'batch-size=32', '--set', 'learning-rate=1e-2'];

beforeAll(() => writeDigits(at('set'), 64, 16));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('crosses a list with a grid and seeds, and prints what it would train', async () => {
  writeFileSync(at('runs.json'), JSON.stringify([{ 'latent-dim': 2 }, { latentDim: 4, beta: 2 }]));
  const words = ['--list', 'runs.json', '--set', 'hidden-units=4,8,4', '--seeds', '3..4,9', '--dry-run'];
  const { code, stderr } = await sweep(...small, '--set', 'batch-size=32', ...words);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^4 configurations of vae on \S+set × 3 seeds by ELBO, higher is better\.$/m);
  const trials = stderr.split('\n').filter((line) => /^\d{4} {2}/.test(line));
  expect(trials).toHaveLength(12);
  expect(trials[0]).toBe('0001  --seed 3 --latent-dim 2 --batch-size 32 --hidden-units 4');
  expect(trials[11]).toBe('0012  --seed 9 --latent-dim 4 --beta 2 --batch-size 32 --hidden-units 8');
  expect(existsSync(at('sweep'))).toBe(false);
});

it('trains each configuration with each seed, says what they come to, and goes on where it was', async () => {
  const words = [...small, ...grid, '--seeds', '1,2', '--epochs', '1', '--out', 'whole'];
  const { code, stdout, stderr } = await sweep(...words, '--parallel', '2', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const found = events.filter(({ event }) => event === 'trial').sort((a, b) => a.trial - b.trial);
  expect(found.map(({ seed, options }) => [seed, options.hiddenUnits])).toEqual([
    [1, 4],
    [1, 8],
    [2, 4],
    [2, 8],
  ]);
  const run = (trial: number) =>
    JSON.parse(readFileSync(at('whole', 'trials', `000${trial}`, 'run.json'), 'utf8'));
  expect([1, 4].map((trial) => run(trial).config.seed)).toEqual([1, 2]);
  const report = readFileSync(at('whole', 'report.md'), 'utf8');
  const [first, second] = [found[1].value, found[3].value];
  const mean = ((first + second) / 2).toFixed(2).replace('-', '−');
  const deviation = (Math.abs(first - second) / Math.SQRT2).toFixed(
    Math.abs(first - second) / Math.SQRT2 >= 10 ? 2 : 4,
  );
  expect(report).toContain(`| 8 | 2 | ${mean} | ${deviation} |`);
  expect(report).toMatch(/^\| trial \| seed \| epochs \| ELBO, nats \| hidden-units \|$/m);
  expect(events.at(-1).command).toContain(`--seed ${events.at(-1).best.seed} `);

  const lines = readFileSync(at('whole', 'trials.jsonl'), 'utf8').trim().split('\n');
  const failed = {
    ...JSON.parse(lines[1] as string),
    status: 'failed',
    value: undefined,
    reason: 'No memory.',
  };
  writeFileSync(at('whole', 'trials.jsonl'), `${[lines[0], JSON.stringify(failed), lines[2]].join('\n')}\n`);
  const again = await sweep('--resume', '--retry', '--out', 'whole', '--json');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout.match(/^\{"event":"trial"/gm)).toHaveLength(2);
  const table = (text: string) => text.match(/^\|.*\|$/gm);
  expect(table(readFileSync(at('whole', 'report.md'), 'utf8'))).toEqual(table(report));
});

it('says what is wrong with a request', async () => {
  const dry = (...words: string[]) => sweep(...small, '--out', 'x', '--dry-run', ...words);
  expectPlainError(await dry('--set', 'beta=1..4'), 2, /a sweep trains named values, and this is a range/);
  expectPlainError(
    await dry('--set', 'batch-size=9999'),
    2,
    /batch size is 9999, but the training set has only 64/,
  );
  expectPlainError(await dry('--seeds', '5..1'), 2, /--seeds: expected a range .* upwards, got 5\.\.1/);
  expectPlainError(
    await dry(...grid, '--seeds', '1..9000'),
    2,
    /at most 10,000 trials, and this one is of 18,000/,
  );
  writeFileSync(at('list.json'), '{"beta": 1}');
  expectPlainError(
    await dry('--list', 'list.json'),
    2,
    /list\.json \(--list\) is not a JSON array of objects/,
  );
  writeFileSync(at('list.json'), '[{"beta": "1,2"}]');
  expectPlainError(await dry('--list', 'list.json'), 2, /beta is to be one value in each entry/);
  const tune = await runCli(['tune', '--resume', '--out', 'whole'], root);
  expectPlainError(tune, 2, /whole holds a search of aigc sweep, and no tune/);
});
