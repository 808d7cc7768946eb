import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import type { ImageSet } from '../../../src/dataset/image-set';
import { encodeNpy } from '../../../src/images/npy';
import { writePng } from '../../../src/images/png';
import { normals, randomStream } from '../../../src/rng';
import { runCli, untimed } from '../../cli';
import { rectangles } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-evaluate-samples-'));
const [data, unlabelled, run] = [join(root, 'data'), join(root, 'unlabelled'), join(root, 'run')];
const count = 40;

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Rectangles of 8×8, without the first ones. */
function beyond(skipped: number, count: number): ImageSet {
  const set = rectangles(skipped + count, 8, 8, 1);
  return { ...set, count, pixels: set.pixels.subarray(skipped * 64) };
}

/** Those in three classes: a rectangle that is small, middling or large. */
function labelled(skipped: number, count: number): ImageSet {
  const set = beyond(skipped, count);
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
  readonly metric: string;
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
  await writeSplit(unlabelled, 'train', beyond(0, 80));
  await writeSplit(unlabelled, 't10k', beyond(80, 40));
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
    expect(Number.isFinite(real?.mean)).toBe(!['memorisation', 'copies', 'cT'].includes(figure));
  }
  expect(figures.fid?.mean).toBeGreaterThan(figures.fid?.real?.mean as number);
});

it('ends in two sentences: how near, and what is wanting', () => {
  const [verdict] = evaluated.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'verdict');
  expect(verdict.words).toMatch(/^Far from real images: \d+ % would pass .*\. What is wanting: /);
  expect(verdict.looks).toBeLessThan(0.5);
  expect(verdict.lacking.length).toBeGreaterThan(0);
});

it('trains the feature network once, and gives the same figures again', async () => {
  const again = await call(evaluation);
  expect(untimed(again.stdout)).toBe(untimed(evaluated.stdout));
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

describe('a set without labels', () => {
  const drawn = join(root, 'unlabelled.npy');
  const words = ['evaluate', '--samples', drawn, '--data', unlabelled];
  const names = ['fid', 'fidInfinity', 'kid', 'precision', 'recall', 'density', 'coverage', 'vendi'];

  beforeAll(() => writeFileSync(drawn, encodeNpy(beyond(120, 120).pixels, [120, 8, 8, 1])));

  it('is measured in features that no labels made, and each figure says so', async () => {
    const { code, stdout } = await call(words);
    expect(code).toBe(0);
    const figures = figuresOf(stdout);
    const expected = [...names.map((name) => `${name}@rotations`), 'memorisation', 'msSsim', 'parzen'];
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(expected));
    expect(Object.keys(figures)).not.toEqual(expect.arrayContaining(['fid']));
    expect(Object.keys(figures)).not.toEqual(expect.arrayContaining(['classifierScore']));
    expect(figures['fid@rotations']).toMatchObject({ metric: 'fid', featureNetwork: expect.any(String) });
    expect(figures.parzen).not.toHaveProperty('featureNetwork');
    expect(stdout).toContain('"teacher":"rotations"');
  });

  it('has bounds under their names alone', async () => {
    const bounded = (bound: string) => call([...words, '--metrics', 'fid@rotations', '--fail-if', bound]);
    expect((await bounded('fid@rotations>0')).code).toBe(5);
    expect((await bounded('fid@rotations<0')).code).toBe(0);
    const mixed = await bounded('fid>0');
    expect(mixed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/here is fid@rotations, which has/),
    });
    const other = await call([...evaluation, '--fail-if', 'fid@rotations>0']);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringMatching(/is a classifier of the labels/) });
  });

  it('keeps a share of its images apart where it has no test split, the same for a seed', async () => {
    const bare = join(root, 'bare');
    await writeSplit(bare, 'train', beyond(0, 80));
    const measure = (...more: string[]) =>
      call(['evaluate', '--samples', drawn, '--data', bare, '--metrics', 'memorisation', ...more]);
    const [one, two, other] = [await measure(), await measure(), await measure('--evaluation-seed', '2')];
    expect(one.code).toBe(0);
    expect(untimed(one.stdout)).toBe(untimed(two.stdout));
    expect(one.stdout).toMatch(/"event":"held-out","images":16,"of":80/);
    expect(figuresOf(one.stdout).memorisation).toMatchObject({ against: 'held-out', testImages: 16 });
    expect(figuresOf(other.stdout).memorisation?.mean).not.toBe(figuresOf(one.stdout).memorisation?.mean);
    expect(
      (await runCli(['evaluate', '--samples', drawn, '--data', bare, '--metrics', 'parzen'], root)).stderr,
    ).toMatch(
      /bare has no test split: 16 of its 80 images, drawn by the seed 1, stand for one\. .* has seen/,
    );
  });
});

describe('--against', () => {
  it('holds images against those of a file or folder, as it does against a test split', async () => {
    const test = labelled(160, 60);
    writeFileSync(join(root, 'test.npy'), encodeNpy(test.pixels, [60, 8, 8]));
    const words = ['evaluate', '--samples', join(root, 'some.npy'), '--data', data];
    const [split, file] = [await call(words), await call([...words, '--against', join(root, 'test.npy')])];
    expect(file.code).toBe(0);
    const figures = figuresOf(file.stdout);
    expect(Object.keys(figures)).toEqual(Object.keys(figuresOf(split.stdout)));
    for (const [name, { mean }] of Object.entries(figuresOf(split.stdout)))
      expect([name, figures[name]?.mean]).toEqual([name, mean]);
    expect(figures.fid).toMatchObject({ against: join(root, 'test.npy') });
  });

  it('compares two sets alone, by what needs no others', async () => {
    const [one, two] = [join(root, 'one.npy'), join(root, 'two')];
    writeFileSync(one, encodeNpy(beyond(300, 50).pixels, [50, 8, 8]));
    await writeSplit(two, 'train', beyond(0, 80));
    const words = ['evaluate', '--samples', one, '--against', two];
    const { code, stdout } = await call(words);
    expect(code).toBe(0);
    const figures = figuresOf(stdout);
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(['fid@rotations', 'coverage@rotations']));
    expect(Object.keys(figures)).not.toEqual(expect.arrayContaining(['parzen']));
    expect(figures['fid@rotations']).toMatchObject({ testImages: 80, against: two });
    expect(figures['fid@rotations']?.real).toBeUndefined();
    const same = figuresOf((await call(['evaluate', '--samples', two, '--against', two])).stdout);
    expect(same['fid@rotations']?.mean).toBeCloseTo(0, 6);
    const refused = await call([...words, '--metrics', 'memorisation']);
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--against without --data has none/),
    });
    const large = await call(['evaluate', '--samples', join(root, 'large'), '--against', two]);
    expect(large).toMatchObject({ code: 3, stderr: expect.stringMatching(/large/) });
  });
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
    ['samples without data', ['evaluate', '--samples', 'x.npy'], 2, /--samples needs --data or --against/],
    ['a missing file', ['evaluate', '--samples', 'x.npy', '--data', data], 3, /x\.npy/],
    [
      'reconstructions of a model without an encoder',
      ['evaluate', '--checkpoint', run, '--metrics', 'reconstructions'],
      2,
      /no reconstructions here: it has no encoder/,
    ],
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
