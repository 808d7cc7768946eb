// The columns of labels in tables of text.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readData } from '../../../src/dataset/door';

const folder = mkdtempSync(join(tmpdir(), 'aigc-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = (labels: readonly string[]) => labels.map((label) => `${label},9,20,30,40\n`).join('');

it('numbers among words are names of classes, as the words are', async () => {
  const path = join(folder, 'mixed.csv');
  writeFileSync(path, rows(['3', '1000', 'cat', '007', 'dog', '3', '0.1']));
  const { train, classNames } = await readData(path);
  expect(classNames).toEqual(['0.1', '007', '1000', '3', 'cat', 'dog']);
  expect([...(train.set.labels ?? [])]).toEqual([3, 2, 4, 1, 5, 3, 0]);
});

it('a test split of numbers alone has the classes of training images that have words too', async () => {
  mkdirSync(join(folder, 'two'));
  writeFileSync(join(folder, 'two', 'train.csv'), rows(['3', 'cat', '7']));
  writeFileSync(join(folder, 'two', 'test.csv'), rows(['7', '3']));
  const { test, classNames } = await readData(join(folder, 'two'));
  expect(classNames).toEqual(['3', '7', 'cat']);
  expect([...(test?.set.labels ?? [])]).toEqual([1, 0]);
});

it('numbers alone are what they count, however they are written; a header may hold quoted commas', async () => {
  const path = join(folder, 'padded.csv');
  writeFileSync(path, `"what, of digits",a,b,c,d\n${rows(['007', '7', '010'])}`);
  const { train, classNames } = await readData(path);
  expect(classNames).toBeUndefined();
  expect([...(train.set.labels ?? [])]).toEqual([7, 7, 10]);
});

it("spaces are between numbers where nothing else is, as NumPy's savetxt has them", async () => {
  const path = join(folder, 'spaced.txt');
  writeFileSync(path, '  0.000e+00 1.000e+00   5e-1 0.25 \r\n1.0 0.0 0.0  1.0\n');
  const { train } = await readData(path);
  expect(train.set).toMatchObject({ count: 2, height: 2, labels: undefined });
  expect('pixels' in train.set && [...train.set.pixels]).toEqual([0, 255, 128, 64, 255, 0, 0, 255]);
});
