import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../cli';
import { writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-evaluate-'));
const [data, run] = [join(root, 'data'), join(root, 'run')];

const words = ['--backend', 'wasm', '--json'];

beforeAll(async () => {
  await writeDigits(data, 64, 32);
  const small = [
    '--hidden-units',
    '8',
    '--latent-dim',
    '2',
    '--importance-samples',
    '5',
    '--batch-size',
    '16',
  ];
  const training = [
    'train',
    '--model',
    'iwae',
    '--data',
    data,
    '--out',
    run,
    '--steps',
    '6',
    '--schedule',
    'cosine',
  ];
  expect((await runCli([...training, ...small, ...words], root)).code).toBe(0);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a run records how long its learning rate falls, and keeps that when it goes on', async () => {
  const record = () => JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  expect(JSON.stringify(record())).toContain('"decaySteps":6');
  const longer = await runCli(['train', '--resume', '--out', run, '--steps', '8', ...words], root);
  expect(longer.code).toBe(0);
  expect(JSON.stringify(record())).toContain('"decaySteps":6');
});

it('measures what a model says of images, the same each time', async () => {
  const call = [
    'evaluate',
    '--checkpoint',
    run,
    '--data',
    data,
    '--samples-per-image',
    '20',
    '--count',
    '10',
    '--metrics',
    'nll,elbo',
  ];
  const [one, two] = [await runCli([...call, ...words], root), await runCli([...call, ...words], root)];
  expect(one.code).toBe(0);
  expect(one.stdout).toBe(two.stdout);
  const figures = one.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'metric');
  expect(figures.map(({ figure }) => figure)).toEqual(['nll', 'elbo', 'reconstruction', 'kl']);
  for (const { mean, standardError, images } of figures) {
    expect(Number.isFinite(mean) && standardError > 0).toBe(true);
    expect(images).toBe(10);
  }
});

it('says which metrics there are', async () => {
  const { code, stderr } = await runCli(['evaluate', '--checkpoint', run, '--metrics', 'nil'], root);
  expect(code).toBe(2);
  expect(stderr).toContain('There is no metric "nil"');
});

it('begins its figures on a line of their own after a half line', async () => {
  const log = join(run, 'evaluations.jsonl');
  writeFileSync(log, '{"event":"metric","figure":"elb');
  const measure = ['evaluate', '--checkpoint', run, '--metrics', 'elbo', '--count', '4', ...words];
  expect((await runCli(measure, root)).code).toBe(0);
  const [half, line] = readFileSync(log, 'utf8').split('\n');
  expect(half).toBe('{"event":"metric","figure":"elb');
  expect(JSON.parse(line as string)).toMatchObject({ figure: 'elbo' });
});
