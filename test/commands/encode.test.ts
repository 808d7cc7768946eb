// `aigc encode` on small files: what the .npy files hold, and what is refused.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeIdxImages } from '../../src/dataset/idx-writer';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';
import { rectangles } from '../small-set';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-encode-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--steps', '20', '--latent-dim', '2'],
    gan: ['--model', 'gan', '--steps', '1'],
  });
  await writeIdxImages(at('bare-images.idx3-ubyte'), rectangles(3, 8, 8, 1));
  await writeIdxImages(at('large-images.idx3-ubyte'), rectangles(3, 9, 8, 1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = (name: string) => readFileSync(at(name)).toString('latin1', 10, 128).trimEnd();

it('writes the latents and the labels of a split, the same bytes each time', async () => {
  const words = ['encode', '--checkpoint', 'vae', '--data', 'set', '--split', 'test'];
  const first = await run(...words, '--out', 'z.npy');
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('Encoded 16 images') });
  expect(header('z.npy')).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (16, 2), }");
  expect(header('z-labels.npy')).toBe("{'descr': '<i4', 'fortran_order': False, 'shape': (16,), }");
  const labels = readFileSync(at('z-labels.npy')).subarray(128);
  expect([0, 1, 2, 3].map((i) => labels.readInt32LE(4 * i))).toEqual([0, 1, 2, 0]);
  const latents = readFileSync(at('z.npy')).subarray(128);
  const values = Array.from({ length: 32 }, (_, i) => latents.readFloatLE(4 * i));
  expect(values.every(Number.isFinite)).toBe(true);
  expect(new Set(values).size).toBeGreaterThan(16);
  await run(...words, '--out', 'again.npy');
  expect(readFileSync(at('again.npy'))).toEqual(readFileSync(at('z.npy')));
});

it('takes the training data when none is named, and writes no labels where there are none', async () => {
  const { stdout } = await run('encode', '--checkpoint', 'vae', '--out', 'all.npy', '--json');
  const event = { event: 'encode', out: 'all.npy', labels: 'all-labels.npy', count: 192, latentDim: 2 };
  expect(JSON.parse(stdout)).toMatchObject(event);
  const words = ['--data', 'bare-images.idx3-ubyte', '--out', 'bare.npy'];
  expect(await run('encode', '--checkpoint', 'vae', ...words)).toMatchObject({ code: 0 });
  expect(existsSync(at('bare-labels.npy'))).toBe(false);
});

it('says what is wrong, and writes nothing', async () => {
  const refused = async (words: string[], code: number, message: RegExp) =>
    expectPlainError(await run('encode', '--out', 'never.npy', ...words), code, message);
  await refused(['--checkpoint', 'gan'], 2, /This gan has no encoder/);
  await refused(
    ['--checkpoint', 'vae', '--out', 'never.csv'],
    2,
    /--out never\.csv: expected a name that ends in \.npy/,
  );
  await refused(
    ['--checkpoint', 'vae', '--out', 'vae/run.json/never.npy'],
    3,
    /a part of the path is a file/,
  );
  await refused(['--checkpoint', 'vae', '--data', './none'], 3, /none does not exist/);
  await refused(
    ['--checkpoint', 'vae', '--data', 'large-images.idx3-ubyte'],
    3,
    /is 9×8 grey, expected 8×8 grey/,
  );
  await refused(
    ['--checkpoint', 'vae', '--data', 'bare-images.idx3-ubyte', '--split', 'test'],
    3,
    /has no test split/,
  );
  expect(existsSync(at('never.npy'))).toBe(false);
});
