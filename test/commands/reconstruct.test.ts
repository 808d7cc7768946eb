// `aigc reconstruct` on small models: with an encoder and without, of pictures, files and sets.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture } from '../../src/images/picture';
import { writePng } from '../../src/images/png';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-reconstruct-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--steps', '400', '--learning-rate', '0.003'],
    gan: ['--model', 'gan', '--steps', '30'],
    cgan: ['--model', 'cgan', '--steps', '1'],
  });
  const grey = { height: 8, width: 8, channels: 1, pixels: new Uint8Array(64).fill(200) };
  await writePng(at('a.png'), grey);
  await writePng(at('wide.png'), { ...grey, height: 4, width: 16 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reconstruct = async (model: string, ...words: string[]) => {
  const result = await run('reconstruct', '--checkpoint', model, '--json', ...words);
  expect(result).toMatchObject({ code: 0 });
  return JSON.parse(result.stdout);
};

it('encodes and decodes the test images, the same bytes each time', async () => {
  const event = await reconstruct('vae', '--input', 'set', '--out', 'plain.png');
  expect(event).toMatchObject({
    event: 'reconstruct',
    out: 'plain.png',
    count: 10,
    family: 'vae',
    step: 400,
  });
  expect(event.known.mse).toBeLessThan(0.05);
  expect(event.known.psnr).toBeCloseTo(-10 * Math.log10(event.known.mse), 6);
  expect(event).not.toHaveProperty('hidden');
  // Two rows of ten.
  expect(await readPicture(at('plain.png'))).toMatchObject({ height: 118, width: 582 });
  await reconstruct('vae', '--input', 'set', '--out', 'again.png');
  expect(readFileSync(at('again.png'))).toEqual(readFileSync(at('plain.png')));
  await reconstruct('vae', '--out', 'default.png');
  expect(await readPicture(at('default.png'))).toEqual(await readPicture(at('plain.png')));
});

it('shows the noise between the original and the result, and says how much it was', async () => {
  const event = await reconstruct('vae', '--noise', '0.2', '--out', 'noisy.png');
  expect(await readPicture(at('noisy.png'))).toMatchObject({ height: 176 });
  // Between that of noise clipped at black everywhere, 0.02, and of noise that is never clipped, 0.04.
  expect(event.noisy.mse).toBeGreaterThan(0.015);
  expect(event.noisy.mse).toBeLessThan(0.042);
  expect(event.known.mse).not.toBe(event.noisy.mse);
});

it('measures what is hidden apart from what is known, and fills it in by rounds', async () => {
  const words = ['--mask', 'random:0.5', '--out', 'filled.png'];
  const once = await reconstruct('vae', ...words, '--steps', '1');
  const event = await reconstruct('vae', ...words);
  // Both are of this model alone: whether more rounds come nearer is for test/models/in-paint.test.ts.
  for (const { known, hidden } of [once, event]) expect(known.mse).toBeLessThan(hidden.mse);
  expect(event.hidden.mse).not.toBe(once.hidden.mse);
});

it('looks for the latent where there is no encoder, better in more steps than in one', async () => {
  const words = ['--count', '3', '--mask', 'random:0.5', '--out', 'sought.png'];
  const one = await reconstruct('gan', ...words, '--steps', '1');
  const event = await reconstruct('gan', ...words, '--steps', '60');
  expect(event).toMatchObject({ count: 3, mask: 'random:0.5', family: 'gan' });
  expect(event.known.mse).toBeLessThan(one.known.mse);
  const first = readFileSync(at('sought.png'));
  await reconstruct('gan', ...words, '--steps', '60');
  expect(readFileSync(at('sought.png'))).toEqual(first);
});

it('gives a conditional model the labels of the data, or those that are named', async () => {
  const own = await reconstruct('cgan', '--count', '2', '--steps', '2', '--out', 'own.png');
  const named = await reconstruct(
    'cgan',
    '--count',
    '2',
    '--steps',
    '2',
    '--labels',
    '0,1',
    '--out',
    'named.png',
  );
  expect(named.known).toEqual(own.known);
  await reconstruct('cgan', '--input', 'a.png', '--steps', '2', '--labels', '2', '--out', 'picture.png');
});

it('says what is wrong, and writes nothing', async () => {
  const refused = async (words: string[], code: number, message: RegExp) =>
    expectPlainError(
      await run('reconstruct', '--checkpoint', 'vae', '--out', 'never.png', ...words),
      code,
      message,
    );
  await refused(['--input', 'wide.png'], 3, /wide\.png is 4×16 grey, expected 8×8 grey/);
  await refused(['--input', 'none.png'], 3, /none\.png does not exist/);
  await refused(['--input', 'nonesuch'], 2, /There is no data set and no folder called "nonesuch"/);
  await refused(
    ['--mask', 'middle'],
    2,
    /--mask must be one of left, right, top, bottom, center or random:0\.5/,
  );
  await refused(['--noise', '0'], 2, /--noise must be a number above 0/);
  await refused(['--labels', '1'], 2, /--labels 1: this vae does not learn classes/);
  await refused(['--out', 'never.jpg'], 2, /expected a name that ends in \.png/);
  await refused(['--checkpoint', 'cgan', '--labels', '3'], 2, /--labels 3: there is no class 3/);
  await refused(
    ['--checkpoint', 'cgan', '--input', 'a.png'],
    2,
    /This cgan must know the class of each picture/,
  );
  expect(existsSync(at('never.png'))).toBe(false);
});
