import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import type { ImageSet } from '../../../src/dataset/image-set';
import { encodeNpy } from '../../../src/images/npy';
import { writePng } from '../../../src/images/png';
import { normals, randomStream } from '../../../src/rng';
import { runCli } from '../../cli';
import { rectangles } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-evaluate-samples-'));
const [data, unlabelled, run] = [join(root, 'data'), join(root, 'unlabelled'), join(root, 'run')];
const count = 40;

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Rectangles of 8×8, without the first ones. */
function after(skipped: number, count: number): ImageSet {
  const set = rectangles(skipped + count, 8, 8, 1);
  return { ...set, count, pixels: set.pixels.subarray(skipped * 64) };
}

/** Those in three classes: a rectangle that is small, middling or large. */
function labelled(skipped: number, count: number): ImageSet {
  const set = after(skipped, count);
  const labels = Uint8Array.from({ length: count }, (_, i) => {
    const ink = set.pixels.subarray(i * 64, (i + 1) * 64).filter((value) => value > 0).length;
    return ink < 10 ? 0 : ink < 24 ? 1 : 2;
  });
  return { ...set, labels, classCount: 3 };
}

function call(words: readonly string[]) {
  return runCli([...words, '--backend', 'wasm', '--json'], root, { AIGC_CACHE_DIR: join(root, 'cache') });
}

interface Line {
  readonly event: string;
  readonly figure: string;
  readonly mean: number;
  readonly standardError: number;
  readonly real?: { readonly mean: number };
}

function figuresOf(stdout: string): Readonly<Record<string, Line>> {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return Object.fromEntries(
    lines.filter(({ event }) => event === 'metric').map((line) => [line.figure, line]),
  );
}

let evaluated: Awaited<ReturnType<typeof call>>;
const evaluation = ['evaluate', '--checkpoint', run, '--data', data, '--sample-count', String(count)];

beforeAll(async () => {
  await writeSplit(data, 'train', labelled(0, 160));
  await writeSplit(data, 't10k', labelled(160, 60));
  await writeSplit(unlabelled, 'train', after(0, 80));
  await writeSplit(unlabelled, 't10k', after(80, 40));
  const training = [
    'train',
    '--model',
    'gan',
    '--data',
    data,
    '--out',
    run,
    '--steps',
    '3',
    '--batch-size',
    '16',
  ];
  expect((await call(training)).code).toBe(0);
  evaluated = await call(evaluation);
});

it('gives every figure of samples, beside those of real images', () => {
  expect(evaluated.stderr).toMatch(/^warning: 40 are few: .*\n$/);
  expect(evaluated.code).toBe(0);
  const figures = figuresOf(evaluated.stdout);
  const expected = ['fid', 'precision', 'recall', 'density', 'coverage', 'classifierScore', 'labelEntropy'];
  expect(Object.keys(figures)).toEqual(
    expect.arrayContaining([...expected, 'msSsim', 'memorisation', 'parzen']),
  );
  for (const { figure, mean, standardError, real } of Object.values(figures)) {
    expect(Number.isFinite(mean) && Number.isFinite(standardError)).toBe(true);
    expect(Number.isFinite(real?.mean)).toBe(!['memorisation', 'copies'].includes(figure));
  }
  expect(figures.fid?.mean).toBeGreaterThan(figures.fid?.real?.mean as number);
});

it('trains the feature network once, and gives the same figures again', async () => {
  const again = await call(evaluation);
  expect(again.stdout).toBe(evaluated.stdout);
  const kept = readFileSync(join(run, 'evaluations.jsonl'), 'utf8').trim().split('\n');
  expect(kept).toHaveLength(2 * Object.keys(figuresOf(evaluated.stdout)).length);
});

it("measures a file of the model's images as it measures the model", async () => {
  for (const name of ['drawn.npy', 'drawn.idx3-ubyte.gz', 'drawn/']) {
    const out = join(root, name);
    expect((await call(['sample', '--checkpoint', run, '--count', String(count), '--out', out])).code).toBe(
      0,
    );
    const { code, stdout } = await call([
      'evaluate',
      '--samples',
      out,
      '--data',
      data,
      '--metrics',
      'fid,parzen',
    ]);
    expect(code).toBe(0);
    const figures = figuresOf(stdout);
    expect(figures.fid?.mean).toBe(figuresOf(evaluated.stdout).fid?.mean);
    expect(figures.parzen?.mean).toBe(figuresOf(evaluated.stdout).parzen?.mean);
  }
});

it('refuses pictures that would have to be made like the data first, and warns of flags in vain', async () => {
  const pixels = new Uint8Array(8 * 8 * 3).fill(9);
  const grey = { height: 8, width: 8, channels: 1, pixels: pixels.subarray(0, 64) };
  const folderOf = async (
    name: string,
    pictures: Readonly<Record<string, Parameters<typeof writePng>[1]>>,
  ) => {
    for (const [file, image] of Object.entries(pictures)) {
      mkdirSync(dirname(join(root, name, file)), { recursive: true });
      await writePng(join(root, name, file), image);
    }
    return call(['evaluate', '--samples', join(root, name), '--data', data, '--metrics', 'parzen']);
  };
  const large = await folderOf('large', { 'a.png': grey, 'b.png': { ...grey, height: 4, width: 16 } });
  expect(large).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/b\.png is 4×16 pixels, expected 8×8 as/),
  });
  const coloured = { ...grey, channels: 3, pixels: pixels.map((_, i) => i) };
  const colour = await folderOf('colour', { 'a.png': grey, 'b.png': coloured });
  expect(colour).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/colour holds images of 8×8×3, expected 8×8×1/),
  });
  const mixed = await folderOf('mixed', { 'a.png': grey, 'more/b.png': grey });
  expect(mixed).toMatchObject({ code: 3, stderr: expect.stringMatching(/beside folders of pictures/) });
  const words = ['evaluate', '--samples', join(root, 'drawn.npy'), '--data', data, '--metrics', 'parzen'];
  const idle = await call([...words, '--sample-count', '9', '--weights', 'last', '--samples-per-image', '9']);
  expect(idle.code).toBe(0);
  expect(idle.stderr.match(/--[a-z-]+ has no effect/g)).toHaveLength(3);
});

it('exits with 5 when a condition of --fail-if holds, and not otherwise', async () => {
  const fails = await call([...evaluation, '--metrics', 'fid', '--fail-if', 'fid>0,coverage<0']);
  expect(fails.code).toBe(5);
  expect(fails.stderr).toMatch(/failed: --fail-if fid>0: it is [\d.]+\./);
  expect(Object.keys(figuresOf(fails.stdout))).toContain('coverage');
  expect((await call([...evaluation, '--metrics', 'coverage,fid', '--fail-if', 'fid<0'])).code).toBe(0);
});

it('takes features from files', async () => {
  const drawn = join(root, 'some.npy');
  writeFileSync(drawn, encodeNpy(labelled(220, count).pixels, [count, 8, 8]));
  const save = (name: string, rows: number) => {
    const path = join(root, name);
    writeFileSync(path, encodeNpy(normals(randomStream(1, name), rows * 4), [rows, 4]));
    return path;
  };
  const files = ['--features', save('features.npy', count), '--test-features', save('test.npy', 60)];
  const words = ['evaluate', '--samples', drawn, '--data', data, ...files];
  const { code, stdout } = await call(words);
  expect(code).toBe(0);
  const figures = figuresOf(stdout);
  expect(figures.fid?.mean).toBeGreaterThan(0);
  expect(figures.classifierScore).toBeUndefined();
  const short = await call([...words.slice(0, -1), save('short.npy', 59)]);
  expect(short.code).toBe(3);
  expect(short.stderr).toContain('expected [60, features]');
});

it('measures a set without labels by what needs none', async () => {
  const drawn = join(root, 'unlabelled.npy');
  writeFileSync(drawn, encodeNpy(after(120, count).pixels, [count, 8, 8, 1]));
  const words = ['evaluate', '--samples', drawn, '--data', unlabelled];
  const { code, stdout } = await call(words);
  expect(code).toBe(0);
  expect(Object.keys(figuresOf(stdout)).sort()).toEqual(['copies', 'memorisation', 'msSsim', 'parzen']);
  const refused = await call([...words, '--metrics', 'fid']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('a data set without labels trains no feature network');
});

describe('says what is wrong with', () => {
  const cases: readonly [string, readonly string[], number, RegExp][] = [
    [
      'a condition',
      [...evaluation, '--fail-if', 'fid=3'],
      2,
      /expected a figure, <, <=, > or >=, and a number/,
    ],
    ['the figure of one', [...evaluation, '--fail-if', 'fidd>3'], 2, /Did you mean "fid"/],
    ['two subjects', [...evaluation, '--samples', 'x.npy'], 2, /both say what to measure/],
    ['samples without data', ['evaluate', '--samples', 'x.npy'], 2, /--samples needs --data/],
    ['a missing file', ['evaluate', '--samples', 'x.npy', '--data', data], 3, /x\.npy/],
    [
      'nll of images',
      ['evaluate', '--samples', join(root, 'drawn.npy'), '--data', data, '--metrics', 'nll'],
      2,
      /only images/,
    ],
  ];
  it.each(cases)('%s', async (_name, words, code, message) => {
    const finished = await call(words);
    expect(finished.stderr).toMatch(message);
    expect(finished.code).toBe(code);
  });
});
