// `aigc compare` on run folders that are written here, so that what it must say is known.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { writePng } from '../../src/images/png';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';
import { expectPlainError } from '../small-models';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const compare = (...words: string[]) => runCli(['compare', ...words], folder());

const vaeOptions = { batchSize: 10, likelihood: 'bernoulli', binarise: 'none' };

interface Written {
  readonly config?: object;
  readonly fingerprint?: string;
  readonly status?: string;
  readonly epochs?: number;
}

/** A run of ten steps an epoch at 100 images a second, whose ELBO rises by one each epoch. */
function writeRun(
  name: string,
  { config = {}, fingerprint = 'f', status = 'finished', epochs = 3 }: Written = {},
) {
  mkdirSync(at(name));
  const run = {
    formatVersion: 1,
    aigc: '0.1.0',
    createdAt: '2026-01-01',
    status,
    step: status === 'running' ? 0 : 10 * epochs,
    backend: 'wasm',
    dataset: { name: 'digits', fingerprint },
    config: { model: 'vae', ...vaeOptions, learningRate: 0.001, ...config },
  };
  writeFileSync(at(name, 'run.json'), JSON.stringify(run));
  const events: object[] = [];
  for (let step = 1; step <= 10 * epochs; step++) {
    const [epoch, elbo] = [Math.ceil(step / 10), -100 + Math.floor((step - 1) / 10)];
    events.push({ event: 'step', step, epoch, losses: { elbo }, imagesPerSecond: 100 });
    if (step % 10 === 0)
      events.push({
        event: 'epoch',
        step,
        epoch,
        losses: { elbo },
        heldOut: { elbo: elbo - 5 },
        imagesPerSecond: 100,
        seconds: 1,
      });
  }
  writeFileSync(at(name, 'metrics.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('shows runs side by side, with what differs, what was measured, and a chart as SVG and PNG', async () => {
  writeRun('slow');
  writeRun('fast', { config: { learningRate: 0.01 }, epochs: 4 });
  mkdirSync(at('fast', 'samples'));
  for (const epoch of ['0001', '0010'])
    await writePng(at('fast', 'samples', `epoch-${epoch}.png`), {
      height: 9,
      width: 9,
      channels: 1,
      pixels: new Uint8Array(81),
    });
  const metric = { event: 'metric', figure: 'nll', mean: 88.5, standardError: 0.25, unit: 'nats', step: 20 };
  writeFileSync(
    at('fast', 'evaluations.jsonl'),
    [{ ...metric, mean: 99 }, metric].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  const { code, stdout, stderr } = await compare('slow', 'fast', '--out', 'chart');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^ +slow +fast$/m);
  expect(stdout).toMatch(/^steps +30 +40$/m);
  expect(stdout).toMatch(/^minutes +0\.05 +0\.07$/m);
  expect(stdout).toMatch(/^images\/s +100 +100$/m);
  expect(stdout).toMatch(/^ {2}--learning-rate +0\.001 +0\.01$/m);
  expect(stdout).toMatch(/^ {2}ELBO, nats +−98\.00 +−97\.00\n.*\n {2}ELBO, nats +−103\.00 +−102\.00$/m);
  expect(stdout).toMatch(/^ {2}NLL, nats +– +88\.50 ± 0\.250 @20$/m);
  const svg = readFileSync(at('chart.svg'), 'utf8');
  for (const words of [
    'slow (vae)',
    'ELBO, training',
    'ELBO, test split',
    'training step',
    'samples of epoch 10',
    'data:image/png',
  ]) {
    expect(svg).toContain(words);
  }
  expect(PNG.sync.read(readFileSync(at('chart.png'))).width).toBe(2240);
});

it('--json: a line a run, and the files', async () => {
  writeRun('a', { status: 'running' });
  const { code, stdout } = await compare('a', '--json', '--out', 'a.svg', '--against', 'minutes');
  expect(code).toBe(0);
  const [run, chart] = lines(stdout);
  expect(run).toMatchObject({
    event: 'run',
    run: 'a',
    family: 'vae',
    status: 'killed',
    step: 30,
    epoch: 3,
    heldOut: { elbo: -103 },
  });
  expect(run.minutes).toBeCloseTo(0.05);
  expect(chart).toEqual({ event: 'chart', files: ['a.svg'] });
  expect(existsSync(at('a.png'))).toBe(false);
});

it('takes runs that have logged nothing, unlike families, and damaged lines', async () => {
  writeRun('new', { status: 'running', epochs: 0 });
  writeRun('other', { config: { model: 'someday' } });
  appendFileSync(at('other', 'metrics.jsonl'), 'not JSON\n{"half');
  const { code, stdout, stderr } = await compare('new', 'other', '--out', 'x.svg');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^model +vae +someday$/m);
  expect(stdout).toMatch(/^minutes +– +0\.\d\d$/m);
  expect(stderr).toBe('warning: other: 1 damaged line of its logs is left out.\n');
  const nothing = await compare('new', '--out', 'y.svg');
  expect(nothing.code).toBe(0);
  expect(nothing.stderr).toContain('no chart is drawn');
  expect(existsSync(at('y.svg'))).toBe(false);
});

it('warns when figures do not compare', async () => {
  writeRun('one');
  writeRun('two', { fingerprint: 'g', config: { binarise: 'static' } });
  const { stderr } = await compare('one', 'two', '--table-only');
  expect(stderr).toMatch(/not of the same data/);
  expect(stderr).toMatch(/nats do not compare\. one: .* two: /);
  expect(existsSync(at('compare.svg'))).toBe(false);
});

it('takes figures of the newest step against the own data, and says where they were measured unlike', async () => {
  writeRun('one', { fingerprint: 'f' });
  writeRun('two', { fingerprint: 'f' });
  const fid = (name: string, ...measured: object[]) =>
    writeFileSync(
      at(name, 'evaluations.jsonl'),
      measured
        .map((more) => ({ event: 'metric', figure: 'fid', standardError: 0.1, data: 'digits', ...more }))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
  const own = { fingerprint: 'f', sampleCount: 10_000, weights: 'average' };
  fid(
    'one',
    { ...own, mean: 2.5, step: 30 },
    { ...own, mean: 7, step: 20 },
    { ...own, mean: 99, step: 30, data: 'letters', fingerprint: 'g' },
  );
  fid('two', { ...own, mean: 3.5, step: 30, sampleCount: 500 });
  const { stdout, stderr } = await compare('one', 'two', '--table-only');
  expect(stdout).toMatch(/^ {2}FID +2\.500 ± 0\.100 +3\.500 ± 0\.100$/m);
  expect(stderr).toBe('warning: FID was not measured alike. one: 10,000 samples; two: 500 samples.\n');
  fid('two', { ...own, mean: 3.5, step: 30, data: 'letters', fingerprint: 'g' });
  const other = await compare('one', 'two', '--table-only', '--json');
  expect(other.stderr).toContain('two was not trained on letters, against which its FID was measured.');
  expect(other.stderr).toContain('one: against digits; two: against letters.');
  expect(lines(other.stdout).find(({ name }) => name === 'one').evaluated.fid).toMatchObject({
    mean: 2.5,
    ...own,
  });
});

it('shows roll-backs', async () => {
  writeRun('calm');
  writeRun('wild');
  const run = JSON.parse(readFileSync(at('wild', 'run.json'), 'utf8'));
  const rollbacks = [{ step: 9, toStep: 0, learningRateScale: 0.5, reason: 'It diverged.' }];
  writeFileSync(at('wild', 'run.json'), JSON.stringify({ ...run, rollbacks }));
  const { stdout } = await compare('calm', 'wild', '--table-only');
  expect(stdout).toMatch(/^roll-backs +0 +1, rate × 0\.5$/m);
});

it('says what is wrong with a run or a flag, and what to do', async () => {
  writeRun('good');
  mkdirSync(at('broken'));
  writeFileSync(at('broken', 'run.json'), '{');
  expectPlainError(
    await compare('good', 'missing'),
    3,
    /There is no run in missing: expected a folder with a run\.json/,
  );
  expectPlainError(await compare('broken'), 3, /broken.run\.json is damaged/);
  expectPlainError(await compare('good', './good'), 2, /\.\/good is named twice/);
  expectPlainError(
    await compare('good', '--out', 'none/x.svg'),
    3,
    /Cannot write none.x\.svg: its folder does not exist/,
  );
});

it('compares a log of many short epochs in time that grows with its length', async () => {
  writeRun('many', { epochs: 0 });
  const epoch = (at: number) =>
    JSON.stringify({
      event: 'epoch',
      step: at,
      epoch: at,
      losses: { elbo: -at },
      imagesPerSecond: 10,
      seconds: 1,
    });
  writeFileSync(
    at('many', 'metrics.jsonl'),
    Array.from({ length: 50_000 }, (_, i) => `${epoch(i + 1)}\n`).join(''),
  );
  const { code, stdout } = await compare('many', '--json', '--against', 'epochs', '--out', 'many.svg');
  expect(code).toBe(0);
  expect(lines(stdout)[0]).toMatchObject({ epoch: 50_000, minutes: 50_000 / 60 });
}, 30_000);

it('takes a figure of any name for what it is', async () => {
  writeRun('one');
  writeRun('two');
  const step = { event: 'epoch', step: 31, epoch: 4, imagesPerSecond: 100, seconds: 1 };
  const losses = { constructor: 2, toString: 3 };
  appendFileSync(at('two', 'metrics.jsonl'), `${JSON.stringify({ ...step, losses, heldOut: losses })}\n`);
  const { code, stdout, stderr } = await compare('one', 'two');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/constructor +– +2\.000/);
});
