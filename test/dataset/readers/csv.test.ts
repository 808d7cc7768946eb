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
  writeFileSync(path, rows(['3', '1000', 'cat', '7', 'dog', '3', '0.1']));
  const { train, classNames } = await readData(path);
  expect(classNames).toEqual(['0.1', '1000', '3', '7', 'cat', 'dog']);
  expect([...(train.set.labels ?? [])]).toEqual([2, 1, 4, 3, 5, 2, 0]);
});

it('a test split of numbers alone has the classes of training images that have words too', async () => {
  mkdirSync(join(folder, 'two'));
  writeFileSync(join(folder, 'two', 'train.csv'), rows(['3', 'cat', '7']));
  writeFileSync(join(folder, 'two', 'test.csv'), rows(['7', '3']));
  const { test, classNames } = await readData(join(folder, 'two'));
  expect(classNames).toEqual(['3', '7', 'cat']);
  expect([...(test?.set.labels ?? [])]).toEqual([1, 0]);
});
