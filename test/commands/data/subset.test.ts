// `aigc data subset`: which images are drawn, and what is refused.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import type { ImageSet } from '../../../src/dataset/image-set';
import { splitFiles } from '../../../src/dataset/named-set';
import { runCli } from '../../cli';
import { loadInMemory } from '../../in-memory';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();
const subset = (...words: string[]) => runCli(['data', 'subset', ...words], folder());
const load = async (name: string) => {
  const { train, test } = await loadInMemory(join(folder(), name), { dataFolder: 'none' });
  return { train, test, ids: [...train.pixels] };
};

/** Images of one pixel, each with a value of its own; the labels go 0, 1, 2, 0, 1, … */
const numbered = (count: number): ImageSet => ({
  count,
  height: 1,
  width: 1,
  channels: 1,
  pixels: Uint8Array.from({ length: count }, (_, i) => i),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
  classCount: 3,
});

it('draws so many of each label, the same for the same seed, labels in turns, and keeps the test split', async () => {
  await writeSplit(join(folder(), 'whole'), 'train', numbered(60));
  await writeSplit(join(folder(), 'whole'), 't10k', numbered(9));
  for (const [out, ...words] of [['a'], ['b'], ['c', '--seed', '2']] as const)
    expect(await subset('whole', '--per-class', '4', '--out', out, ...words)).toMatchObject({ code: 0 });
  const { train, test, ids } = await load('a');
  expect([...(train.labels ?? [])]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
  expect(ids.map((id) => id % 3)).toEqual([...(train.labels ?? [])]);
  expect(new Set(ids).size).toBe(12);
  expect(test?.count).toBe(9);
  expect((await load('b')).ids).toEqual(ids);
  expect((await load('c')).ids).not.toEqual(ids);
});

it('draws so many in all, of which a smaller subset has the first', async () => {
  await writeSplit(join(folder(), 'whole'), 'train', { ...numbered(60), labels: undefined, classCount: 0 });
  const { code, stdout } = await subset('whole', '--count', '20', '--out', 'a');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `20 of the 60 training images of whole\nWrote a/${splitFiles.trainImages}\n`,
  });
  await subset('whole', '--count', '5', '--out', 'b');
  expect((await load('b')).ids).toEqual((await load('a')).ids.slice(0, 5));
});

describe('bad input: one line, a hint, and nothing written', () => {
  const cases: [words: string, code: number, message: RegExp][] = [
    ['whole', 2, /needs --count or --per-class/],
    ['whole --count 5 --per-class 5', 2, /needs --count or --per-class/],
    ['whole --count 61', 2, /--count 61 is more than the 60 training images/],
    ['whole --per-class 21', 2, /--per-class 21 is more than the 20 images of label 0/],
    ['bare --per-class 1', 2, /bare has no labels, which --per-class needs/],
    ['whole --count 5 --out whole', 2, /whole already holds a data set/],
    ['mnits --count 5', 2, /Did you mean "mnist"\?/],
    ['empty --count 5', 3, /empty is empty/],
  ];
  it.each(cases)('data subset %s', async (words, code, message) => {
    await writeSplit(join(folder(), 'whole'), 'train', numbered(60));
    await writeSplit(join(folder(), 'bare'), 'train', { ...numbered(6), labels: undefined });
    mkdirSync(join(folder(), 'empty'));
    const before = readdirSync(folder(), { recursive: true }).sort();
    const result = await subset(...words.split(' '));
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^error: [^\n]*\n {2}[^\n]*\n$/);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(readdirSync(folder(), { recursive: true }).sort()).toEqual(before);
  });
});

it('makes pixels of 0 and 1 as bright as they were meant, of which reading them warns', async () => {
  const bits = { ...numbered(12), width: 2, pixels: Uint8Array.from({ length: 24 }, (_, i) => i % 2) };
  await writeSplit(join(folder(), 'bits'), 'train', bits);
  const remedy = 'bits --scale 255 --out NEW';
  const inspected = await runCli(['data', 'inspect', 'bits', '--out', 'x.png'], folder());
  expect(inspected.stderr).toContain(
    `bits: none of its pixels is above 1 of 255. Make one of brighter images: aigc data subset ${remedy}`,
  );
  const words = [
    'train',
    '--model',
    'vae',
    '--data',
    'bits',
    '--batch-size',
    '4',
    '--steps',
    '1',
    '--dry-run',
  ];
  expect((await runCli(words, folder(), { AIGC_BACKEND: 'wasm' })).stderr).toContain(remedy);
  expect(await subset('bits', '--scale', '255', '--out', 'new')).toMatchObject({ code: 0 });
  expect((await load('new')).ids).toEqual([...bits.pixels].map((bit) => 255 * bit));
  expect((await runCli(['data', 'inspect', 'new', '--out', 'x.png'], folder())).stderr).toBe('');
});
