// `aigc data convert`, `split` and `stats`, the flags that say how data is read, and what is said of data of no door.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finished, runCli } from '../../cli';
import { expectPlainError } from '../../small-models';

const fixtures = join(__dirname, '..', '..', 'fixtures', 'data');
const of = (...names: string[]) => join(fixtures, ...names);
const folder = mkdtempSync(join(tmpdir(), 'aigc-convert-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const data = (...words: string[]): Promise<Finished> => runCli(['data', ...words], folder);

async function inspected(...words: string[]) {
  const { code, stdout, stderr } = await data('inspect', ...words, '--json', '--out', 'sheet.png');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

it('convert writes IDX, an archive and pictures, which hold what was read', async () => {
  const { fingerprint } = await inspected(of('idx'));
  expect(await data('convert', of('csv'), '--out', 'a.npz')).toMatchObject({ code: 0 });
  expect(await data('convert', 'a.npz', '--out', 'b')).toMatchObject({ code: 0 });
  expect(await inspected('a.npz')).toMatchObject({ fingerprint });
  expect(await inspected('b')).toMatchObject({ fingerprint, test: { count: 6 } });
  expectPlainError(await data('convert', of('csv'), '--out', 'a.npz'), 2, /a\.npz is there already/);
  expect(await data('convert', of('csv'), '--out', 'a.npz', '--force')).toMatchObject({ code: 0 });
  expect(
    await data('convert', of('pickle-cifar'), '--shape', '3x6x8', '--to', 'png', '--out', 'c'),
  ).toMatchObject({
    code: 0,
  });
  expect(readdirSync(join(folder, 'c'))).toEqual(['test', 'train']);
  expect(readdirSync(join(folder, 'c', 'train'))).toEqual(['ant', 'bee', 'cat']);
  expect(await inspected(join('c', 'train', 'ant'))).toMatchObject({ train: { count: 4, channels: 3 } });
});

it('split puts a share of each class aside, and refuses a set that has a test split', async () => {
  const words = ['--test-share', '0.25', '--out', 'split'];
  expect(await data('split', of('parquet-columns'), '--shape', '6x8', ...words)).toMatchObject({ code: 0 });
  const { train, test } = await inspected('split');
  expect([train.labelCounts, test.labelCounts]).toEqual([
    [3, 3, 3],
    [1, 1, 1],
  ]);
  expectPlainError(
    await data('split', of('idx'), '--out', 'other'),
    2,
    /has a test split already, of 6 images/,
  );
});

it('stats gives means and deviations as NumPy does, classes, and images that repeat', async () => {
  const { code, stdout } = await data('stats', of('idx'), '--json');
  expect(code).toBe(0);
  // numpy: (TRAIN / 255).mean(), .std() of make.py
  const { train, test } = JSON.parse(stdout);
  expect(train.channels[0].mean).toBeCloseTo(0.48159, 5);
  expect(train.channels[0].standardDeviation).toBeCloseTo(0.282623, 5);
  expect(train).toMatchObject({ count: 12, labelCounts: [4, 4, 4], repeats: 0 });
  expect(test).toMatchObject({ count: 6, inTrain: 0 });
});

it('flags say how data is read, and are refused where they say nothing', async () => {
  const { fingerprint } = await inspected(of('npy'));
  expect(await inspected(of('npz-two'), '--key', 'a')).toMatchObject({ fingerprint });
  expect(await inspected(of('npy-flat'), '--shape', '6x8')).toMatchObject({ fingerprint });
  expect(await inspected(of('idx-emnist'), '--split', 'letters', '--transpose')).toMatchObject({
    train: { height: 6, width: 8 },
  });
  const several = await data('inspect', of('npz-two'));
  expectPlainError(several, 3, /holds 2 arrays that may be images: a \[12, 6, 8\] uint8 and b/);
  expect(several.stderr).toContain('--key a');
  expectPlainError(await data('inspect', of('idx-emnist')), 3, /holds several sets of images/);
  expectPlainError(await data('inspect', of('npz-two'), '--key', 'c'), 2, /--key c: .* holds no such array/);
  expectPlainError(await data('inspect', of('idx'), '--key', 'a'), 2, /--key says nothing of .*idx/);
  expectPlainError(await data('inspect', 'digits', '--transpose'), 2, /--transpose says nothing of digits/);
  expectPlainError(await data('inspect', of('npy-flat')), 3, /rows of 48 numbers, which is no square/);
  const makeDigits = await data('make', 'digits', '--key', 'a');
  expectPlainError(makeDigits, 2, /--key says how data is read, but --from names none/);
});

it('a test split without labels, as of Kaggle, is left out of a set that has them, and that is said', async () => {
  mkdirSync(join(folder, 'kaggle'));
  const rows = (label: string) =>
    `${label}a,b,c,d\n${[0, 1, 2].map((i) => `${label && '1,'}${i},2,30,255\n`).join('')}`;
  writeFileSync(join(folder, 'kaggle', 'train.csv'), rows('label,'));
  writeFileSync(join(folder, 'kaggle', 'test.csv'), rows(''));
  const { stderr } = await data('inspect', 'kaggle');
  expect(stderr).toMatch(
    /warning: kaggle\/test\.csv has no labels, which the training images have.* --label none/,
  );
  const both = await inspected('kaggle', '--label', 'none');
  expect([both.train.count, both.test.count, both.train.labelCounts]).toEqual([3, 3, undefined]);
});

it('arrays are made to fit a size that is asked for', async () => {
  const words = ['--size', '12x16', '--test-share', '0', '--out', 'large'];
  expect(await data('make', '--from', of('npz'), ...words)).toMatchObject({ code: 0 });
  expect(await inspected('large')).toMatchObject({
    train: { count: 12, height: 12, width: 16 },
    test: { count: 6 },
  });
});

describe('what is not read is named, with what to do', () => {
  const cases: [name: string, bytes: string, message: RegExp, hint: RegExp][] = [
    ['a.mat', 'MATLAB 5.0 MAT-file, Platform: GLNXA64', /is a MATLAB file/, /scipy\.io.*set\.npz/],
    ['a.h5', '\x89HDF\r\n\x1a\n', /is an HDF5 file/, /h5py/],
    ['a.pt', `PK\x03\x04${'\0'.repeat(22)}\x10\0\0\0archive/data.pkl`, /is a PyTorch archive/, /torch\.load/],
    ['a.download', '<!DOCTYPE html>', /is a web page/, /failed download/],
    ['a.7z', '7z\xbc\xaf\x27\x1c', /is a 7z archive/, /7z x a\.7z/],
    ['a.arrow', 'ARROW1\0\0', /is an Arrow file/, /to_parquet/],
    ['a.lfs', 'version https://git-lfs.github.com/spec/v1\n', /is a Git LFS pointer/, /git lfs pull/],
    ['a.pkl', '\x80\x02cos\nsystem\nq\x00.', /asks for os\.system, which aigc does not run/, /pickle\.load/],
    ['a.bin', '\x01\x02\x03\x04', /is nothing that aigc reads: it starts with 01 02 03 04/, /aigc reads IDX/],
  ];
  it.each(cases)('%s', async (name, bytes, message, hint) => {
    writeFileSync(join(folder, name), bytes, 'latin1');
    const refused = await data('inspect', name);
    expectPlainError(refused, 3, message);
    expect(refused.stderr).toMatch(hint);
  });
});
