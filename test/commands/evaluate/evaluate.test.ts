import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import { runCli, untimed } from '../../cli';
import { rectangles, writeDigits } from '../../small-set';

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
    'nll,elbo,reconstructions',
  ];
  const [one, two] = [await runCli([...call, ...words], root), await runCli([...call, ...words], root)];
  expect(one.code).toBe(0);
  expect(untimed(one.stdout)).toBe(untimed(two.stdout));
  const figures = one.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'metric');
  expect(figures.map(({ figure }) => figure)).toEqual([
    'nll',
    'elbo',
    'reconstruction',
    'kl',
    'mse',
    'psnr',
    'ssim',
  ]);
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
  const { code, stderr } = await runCli([...measure, '--weights', 'last'], root);
  expect(code).toBe(0);
  expect(stderr).toContain('--weights has no effect: the model keeps no average of its weights.');
  const [half, line] = readFileSync(log, 'utf8').split('\n');
  expect(half).toBe('{"event":"metric","figure":"elb');
  expect(JSON.parse(line as string)).toMatchObject({ figure: 'elbo' });
});

describe('--fail-if on a figure that cannot be had', () => {
  const check = (bound: string, ...more: string[]) =>
    runCli(['evaluate', '--checkpoint', run, '--fail-if', bound, ...more, '--backend', 'wasm'], root);
  const kept = () =>
    existsSync(join(run, 'evaluations.jsonl')) ? readFileSync(join(run, 'evaluations.jsonl')) : undefined;

  it.each([
    [
      'perplexity>3',
      [],
      /--fail-if perplexity>3: there is no perplexity here: its bound has no part of that/,
    ],
    [
      'fid>20',
      ['--data', 'bare'],
      /there is no fid here: without labels the feature network is taught by rotations\.\n.*fid@rotations/,
    ],
    [
      'classifierScore<2',
      ['--data', 'bare'],
      /there is no classifierScore here: it needs class probabilities, and/,
    ],
    ['msSsim>0.9', ['--sample-count', '2'], /there is no msSsim here: it compares samples, 3 at least/],
  ])('%s is refused before anything is measured', async (bound, more, message) => {
    const bare = { ...rectangles(8, 28, 28, 1) };
    await writeSplit(join(root, 'bare'), 'train', bare);
    await writeSplit(join(root, 'bare'), 't10k', bare);
    const log = kept();
    const { code, stdout, stderr } = await check(bound, ...more);
    expect({ code, stdout, stderr }).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
    expect(kept()).toEqual(log);
  });
});

it('writes each figure when it is measured, whatever comes of the next', async () => {
  rmSync(join(run, 'evaluations.jsonl'), { force: true });
  const measure = [
    'evaluate',
    '--checkpoint',
    run,
    '--metrics',
    'elbo,fid',
    '--count',
    '8',
    '--sample-count',
    '8',
  ];
  writeFileSync(join(root, 'file'), '');
  const cache = { AIGC_CACHE_DIR: join(root, 'file', 'cache') };
  const { code, stderr } = await runCli([...measure, ...words], root, cache);
  expect({ code, stderr }).toMatchObject({ code: 3 });
  expect(readFileSync(join(run, 'evaluations.jsonl'), 'utf8')).toMatch(/"figure":"elbo".*\n.*\n.*"kl".*\n$/);
});

it('finds the run of a checkpoint by whatever path it is named', async () => {
  const checkpoints = join(run, 'checkpoints');
  const [step = ''] = readdirSync(checkpoints).sort().reverse();
  symlinkSync(join(checkpoints, step), join(root, 'link'));
  symlinkSync(run, join(root, 'linked-run'));
  const log = () => readFileSync(join(run, 'evaluations.jsonl'), 'utf8').trim().split('\n').length;
  const measure = ['evaluate', '--metrics', 'elbo', '--count', '4', ...words];
  for (const [cwd, path] of [
    [root, 'link'],
    [root, 'linked-run/best'],
    [root, join('run', 'checkpoints', step)],
    [join(checkpoints, step), '.'],
    [checkpoints, step],
  ] as const) {
    const earlier = log();
    expect({ path, code: (await runCli([...measure, '--checkpoint', path], cwd)).code }).toEqual({
      path,
      code: 0,
    });
    expect({ path, lines: log() }).toEqual({ path, lines: earlier + 3 });
  }
});
