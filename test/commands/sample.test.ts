// What `aigc sample --out` may name, and what is refused before it is drawn.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIdxImages } from '../../src/dataset/idx';
import { writeSplit } from '../../src/dataset/idx-writer';
import { readPng } from '../../src/images/png';
import { runCli } from '../cli';
import { rectangles } from '../small-set';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const run = (...words: string[]) => runCli(words, folder, { AIGC_BACKEND: 'wasm' });
const sample = (...words: string[]) => run('sample', '--checkpoint', 'vae', ...words);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-sample-'));
  await writeSplit(at('set'), 'train', rectangles(32, 8, 8, 1));
  const words = ['--data', 'set', '--model', 'vae', '--steps', '1', '--batch-size', '8', '--out', 'vae'];
  expect(await run('train', ...words)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('takes endings in capitals', async () => {
  expect(await sample('--count', '2', '--out', 'x.PNG')).toMatchObject({ code: 0 });
  expect(await sample('--count', '2', '--out', 'X.IDX3-UBYTE.GZ')).toMatchObject({ code: 0 });
  expect((await readPng(at('x.PNG'))).channels).toBe(1);
  expect(await readIdxImages(at('X.IDX3-UBYTE.GZ'))).toMatchObject({ count: 2, height: 8, width: 8 });
});

it('takes what ends in a slash as a folder, whatever the name', async () => {
  expect(await sample('--count', '2', '--out', 'pics.d/')).toMatchObject({ code: 0 });
  expect(readdirSync(at('pics.d')).sort()).toEqual(['000000.png', '000001.png']);
});

it.each([
  [['--count', '1000000'], /--count 1000000 makes a picture of 58002×58002 pixels, expected at most/],
  [['--grid', '999x999'], /--grid 999x999 makes a picture of /],
])('refuses %j as one picture before it draws', async (words, message) => {
  const begun = performance.now();
  const { code, stderr } = await sample(...words, '--out', 'huge.png');
  expect(performance.now() - begun).toBeLessThan(15_000); // drawing takes a minute
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  expect(stderr).toMatch(/\n {2}Write that many to --out NAME\.idx3-ubyte\.gz, /);
  expect(existsSync(at('huge.png'))).toBe(false);
});
