// `aigc tune` with trials that are real runs of a tiny model on a tiny set.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import { runAndKill, runCli } from '../../cli';
import { expectPlainError } from '../../small-models';
import { rectangles, writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-tune-'));
const wasm = { AIGC_BACKEND: 'wasm' };
const tune = (...words: string[]) => runCli(['tune', ...words], root, wasm);
const at = (...names: string[]) => join(root, ...names);

const small = ['--model', 'vae', '--data', 'set', '--set', 'hidden-units=8', '--set', 'batch-size=32'];
/** One learning rate that learns nothing, one that learns, one that diverges. */
const planted = [...small, '--set', 'learning-rate=1e-7,1e-2,1e30', '--epochs', '3', '--json'];

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
/** What must be equal from search to search. */
const results = (out: string) =>
  lines(readFileSync(at(out, 'trials.jsonl'), 'utf8')).map(
    ({ seconds: _, spentMinutes: __, ...rest }) => rest,
  );

beforeAll(() => writeDigits(at('set'), 64, 16));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('searches by features that no labels made where there are none, and by a held-out share where nothing is', async () => {
  await writeSplit(at('plain'), 'train', rectangles(60, 8, 8, 1));
  const gan = ['--model', 'gan', '--data', 'plain', '--set', 'batch-size=16'];
  const words = [
    ...gan,
    '--set',
    'learning-rate=1e-3',
    '--steps',
    '1',
    '--trials',
    '1',
    '--sample-count',
    '20',
  ];
  const { code, stdout, stderr } = await runCli(['tune', ...words, '--out', 'by-rotations', '--json'], root, {
    ...wasm,
    AIGC_CACHE_DIR: at('cache'),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = lines(stdout);
  expect(events.find(({ event }) => event === 'plan')).toMatchObject({ figure: { name: 'fid@rotations' } });
  expect(events.find(({ event }) => event === 'end').best.value).toBeGreaterThan(0);
  const dry = (...more: string[]) => tune('--data', 'plain', '--out', 'never', '--dry-run', ...more);
  expectPlainError(
    await dry('--model', 'vae', '--metric', 'elbo'),
    3,
    /plain has no test split, which ELBO is/,
  );
  const other = await tune(
    ...['--model', 'gan', '--data', 'set', '--out', 'never', '--metric', 'fid@rotations'],
  );
  expectPlainError(other, 2, /There is no fid@rotations of set: its feature network is a classifier/);
  expect(existsSync(at('never'))).toBe(false);
});

it('says before anything is trained what of a search is in vain', async () => {
  const dry = (...words: string[]) =>
    tune('--model', 'vae', '--data', 'set', '--out', 'never', '--dry-run', ...words);
  const batch = ['--set', 'batch-size=16'];
  expect((await dry(...batch, '--set', 'likelihood=bernoulli,logistic')).stderr).toMatch(
    /nats of these trials do not compare: log-probability .*; or ELBO/,
  );
  expect((await dry('--set', 'batch-size=16,9999')).stderr).toMatch(/--batch-size 9999 is left out/);
  expect((await dry(...batch, '--method', 'random', '--eta', '4')).stderr).toMatch(/--eta has no effect/);
  expectPlainError(
    await dry('--set', 'batch-size=9999'),
    2,
    /batch size is 9999, but the training set has only 64 images/,
  );
  expectPlainError(await dry('--set', 'beta=1', '--set', 'beta=2'), 2, /--set names beta twice/);
});

it('finds the better of planted settings, with a diverged trial as the worst', async () => {
  const { code, stdout, stderr } = await tune(...planted, '--out', 'whole');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = lines(stdout);
  expect(events[0]).toMatchObject({
    event: 'plan',
    rungs: [
      { trials: 3, length: 1 },
      { trials: 1, length: 3 },
    ],
  });
  const end = events.at(-1);
  expect(end).toMatchObject({
    event: 'end',
    reason: 'finished',
    best: { length: 3, options: { learningRate: 0.01 } },
  });
  expect(end.command).toMatch(/^aigc train --model vae .*--epochs 3 .*--learning-rate 0.01 /);
  const found = results('whole');
  expect(found).toHaveLength(4);
  const statusOf = (rate: number) => found.find(({ options }) => options.learningRate === rate)?.status;
  expect([1e-7, 1e-2, 1e30].map(statusOf)).toEqual(['measured', 'measured', 'diverged']);
  const best = at('whole', 'trials', String(end.best.trial).padStart(4, '0'));
  expect(JSON.parse(readFileSync(join(best, 'run.json'), 'utf8'))).toMatchObject({
    status: 'finished',
    step: 6,
  });
  expect(readdirSync(join(best, 'samples'))).toEqual(['epoch-0001.png', 'epoch-0003.png']);
  const report = readFileSync(at('whole', 'report.md'), 'utf8');
  expect(report).toContain(end.command);
  expect(report).toMatch(/^- \d{4} diverged: Training diverged/m);
  for (const file of ['chart.svg', 'chart.png']) expect(existsSync(at('whole', file))).toBe(true);
});

it('goes on after SIGKILL without doing a rung twice, and comes to the same', async () => {
  const moment = { text: '"event":"trial"', times: 1, delayMs: 0 };
  expect(await runAndKill(['tune', ...planted, '--out', 'broken'], root, wasm, moment)).toBe(true);
  const { code, stdout } = await tune('--resume', '--out', 'broken', '--json', '--parallel', '2');
  expect(code).toBe(0);
  expect(lines(stdout).find(({ event }) => event === 'resume').results).toBeGreaterThan(0);
  const byTrial = (a: { rung: number; trial: number }, b: { rung: number; trial: number }) =>
    a.rung - b.rung || a.trial - b.trial;
  expect(results('broken').sort(byTrial)).toEqual(results('whole').sort(byTrial));
});

it('evaluates where training does not measure the figure, and stops when time is up', async () => {
  const words = ['--metric', 'nll', '--count', '4', '--steps', '2', '--set', 'learning-rate=1e-4..1e-2:log'];
  const { code, stdout } = await tune(...small, ...words, '--trials', '1', '--out', 'nll', '--json');
  expect(code).toBe(0);
  expect(lines(stdout).at(-1).best).toMatchObject({
    value: expect.any(Number),
    standardError: expect.any(Number),
  });
  const late = await tune(...small, '--budget-minutes', '0.00001', '--out', 'late');
  expect(late.code).toBe(3);
  expect(late.stderr).toMatch(/Time was up before the first trial was done/);
});

it('says what is wrong with a request', async () => {
  expectPlainError(await tune(...small, '--metric', 'nil', '--out', 'x'), 2, /There is no figure "nil"/);
  expectPlainError(await tune(...small, '--metric', 'kl', '--out', 'x'), 2, /KL has no better side/);
  expectPlainError(await tune('--resume', '--out', 'x'), 3, /There is no search to resume in x/);
  expectPlainError(await tune(...planted.slice(0, -1), '--out', 'whole'), 2, /whole already holds a search/);
  expectPlainError(
    await tune('--resume', '--epochs', '4', '--out', 'whole'),
    2,
    /started with --epochs 3; --resume cannot make it 4/,
  );
  expect(existsSync(at('x'))).toBe(false);
});

it('goes on with its data in another place, if it is the same, and says what names it', async () => {
  await writeDigits(at('here'), 64, 16);
  const words = ['--model', 'vae', '--data', 'here', '--set', 'hidden-units=4', '--set', 'latent-dim=2,3,4'];
  const batch = ['--set', 'batch-size=32', '--epochs', '2', '--eta', '2', '--trials', '2'];
  expect(await tune(...words, ...batch, '--out', 'moving')).toMatchObject({ code: 0 });
  const trials = readFileSync(at('moving', 'trials.jsonl'), 'utf8').trim().split('\n');
  writeFileSync(at('moving', 'trials.jsonl'), `${trials.slice(0, -1).join('\n')}\n`);
  const going = ['--resume', '--out', 'moving'];
  renameSync(at('here'), at('there'));
  expectPlainError(await tune(...going), 3, /here, the data that this was trained on, is not there any more/);
  await writeDigits(at('others'), 32, 16);
  expectPlainError(await tune(...going, '--data', 'others'), 3, /others is not the data of the search/);
  expect(await tune(...going, '--data', 'there')).toMatchObject({ code: 0 });
  expect(results('moving')).toHaveLength(trials.length);
  expect(await tune(...going)).toMatchObject({ code: 0 });
});
