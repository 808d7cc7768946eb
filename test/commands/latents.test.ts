// Latents in and out: `sample --latents`, `reconstruct --out-data`; and `sample --nearest`, which looks for copies.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy, encodeNpy } from '../../src/images/npy';
import { readPicture } from '../../src/images/picture';
import { readProvenance } from '../../src/images/xmp-reader';
import { findNearest } from '../../src/use/nearest';
import type { Finished } from '../cli';
import { loadInMemory } from '../in-memory';
import { expectPlainError, trainSmall } from '../small-models';
import { rectangles } from '../small-set';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);
const array = (...names: string[]) => decodeNpy(readFileSync(at(...names)), join(...names));
const latents = (name: string, values: readonly number[], shape: readonly number[]) =>
  writeFileSync(at(name), encodeNpy(Float32Array.from(values), shape));

async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...words);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-latents-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--steps', '20', '--latent-dim', '2'],
    cvae: ['--model', 'cvae', '--network', 'perceptrons', '--steps', '2', '--latent-dim', '3'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['vae', 'cvae'])('%s', (model) => {
  const of = ['--checkpoint', model];

  it('draws from what encode wrote the same images as reconstruct, which tells how far off each is', async () => {
    await done('encode', ...of, '--data', 'set', '--split', 'test', '--out', `${model}/z.npy`);
    await done('sample', ...of, '--latents', `${model}/z.npy`, '--out', `${model}/drawn.npy`);
    const words = ['--input', 'set', '--count', '16', '--out', `${model}/r.png`];
    const event = JSON.parse(
      await done('reconstruct', ...of, ...words, '--out-data', `${model}/r`, '--json'),
    );
    expect(readdirSync(at(model, 'r')).sort()).toEqual([
      ...['errors.csv', 'labels.npy', 'original.npy', 'reconstruction.npy', 'reconstruction.npy.xmp'],
    ]);
    const { shape, values } = array(model, 'r', 'reconstruction.npy');
    expect(array(model, 'drawn.npy')).toEqual({ shape: [16, 8, 8, 1], values });
    expect(shape).toEqual([16, 8, 8, 1]);
    const original = array(model, 'r', 'original.npy').values;
    const squares = Array.from(values, (value, i) => ((Number(value) - Number(original[i])) / 255) ** 2);
    const mse = (from: number, to: number) =>
      squares.slice(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
    expect(mse(0, squares.length)).toBeCloseTo(event.known.mse, 10);
    const [head, ...rows] = readFileSync(at(model, 'r', 'errors.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(head).toBe('image,label,mse,psnr');
    expect(rows).toHaveLength(16);
    const [image, label, error, psnr] = (rows[4] as string).split(',').map(Number);
    expect([image, label]).toEqual([4, 1]);
    expect(error).toBeCloseTo(mse(4 * 64, 5 * 64), 7);
    expect(psnr).toBeCloseTo(-10 * Math.log10(mse(4 * 64, 5 * 64)), 3);
  });
});

it('leaves no array of an earlier call among the new ones', async () => {
  const words = [
    'reconstruct',
    '--checkpoint',
    'vae',
    '--count',
    '2',
    '--out',
    'x.png',
    '--out-data',
    'again',
  ];
  await done(...words, '--mask', 'left');
  expect(readFileSync(at('again', 'errors.csv'), 'utf8')).toMatch(
    /^image,label,mse,psnr,hidden_mse,hidden_psnr\n/,
  );
  expect(existsSync(at('again', 'degraded.npy'))).toBe(true);
  writeFileSync(at('again', 'mine.txt'), '');
  await done(...words, '--no-provenance');
  expect(readdirSync(at('again')).sort()).toEqual([
    ...['errors.csv', 'labels.npy', 'mine.txt', 'original.npy', 'reconstruction.npy'],
  ]);
});

it('lays given latents out as asked, and a single one as itself', async () => {
  latents('six.npy', [...Array(12).keys()].map(Math.sin), [6, 2]);
  await done('sample', '--checkpoint', 'vae', '--latents', 'six.npy', '--grid', '2x3', '--out', 'six.png');
  expect(await readPicture(at('six.png'))).toMatchObject({ height: 118, width: 176 });
  latents('one.npy', [0.5, -1], [2]);
  await done('sample', '--checkpoint', 'vae', '--latents', 'one.npy', '--out', 'one.png');
  expect(await readPicture(at('one.png'))).toMatchObject({ height: 8, width: 8 });
  expect((await readProvenance(at('one.png')))?.made).toMatchObject({
    command: expect.stringMatching(/--latents one\.npy$/),
  });
});

it('draws latents of a conditional model as the classes beside them, or as those that are named', async () => {
  latents('c.npy', [...Array(12).keys()].map(Math.cos), [4, 3]);
  const draw = (...words: string[]) => run('sample', '--checkpoint', 'cvae', '--latents', 'c.npy', ...words);
  expectPlainError(await draw('--out', 'c1.npy'), 2, /This cvae must know the class of each latent/);
  expect(await draw('--labels', '2,0', '--out', 'c1-drawn.npy')).toMatchObject({ code: 0 });
  expect([...array('c1-drawn-labels.npy').values]).toEqual([2, 0, 2, 0]);
  writeFileSync(at('c-labels.npy'), encodeNpy(Int32Array.of(2, 0, 2, 0), [4]));
  expect(await draw('--out', 'c2-drawn.npy')).toMatchObject({ code: 0 });
  expect(array('c2-drawn.npy')).toEqual(array('c1-drawn.npy'));
  writeFileSync(at('c-labels.npy'), encodeNpy(Int32Array.of(2, 0), [2]));
  expectPlainError(
    await draw('--out', 'never.npy'),
    3,
    /c-labels\.npy is an array of shape \[2\], expected 4 labels/,
  );
  writeFileSync(at('c-labels.npy'), encodeNpy(Int32Array.of(0, 1, 2, 3), [4]));
  expectPlainError(await draw('--out', 'never.npy'), 3, /c-labels\.npy has the label 3; the model knows/);
});

it('refuses latents that are not the model’s', async () => {
  latents('wide.npy', [1, 2, 3], [1, 3]);
  latents('deep.npy', [1, 2], [1, 1, 2]);
  latents('none.npy', [], [0, 2]);
  latents('nan.npy', [0, 0, 0, Number.NaN], [2, 2]);
  const refused = async (words: readonly string[], code: number, message: RegExp) =>
    expectPlainError(
      await run('sample', '--checkpoint', 'vae', '--out', 'never.png', ...words),
      code,
      message,
    );
  await refused(
    ['--latents', 'wide.npy'],
    3,
    /wide\.npy is an array of shape \[1, 3\], expected \[count, 2\], as this vae/,
  );
  await refused(['--latents', 'deep.npy'], 3, /of shape \[1, 1, 2\], expected \[count, 2\]/);
  await refused(['--latents', 'none.npy'], 3, /none\.npy holds 0 latents/);
  await refused(['--latents', 'nan.npy'], 3, /nan\.npy holds NaN in row 1/);
  await refused(['--latents', 'missing.npy'], 3, /missing\.npy does not exist/);
  await refused(['--latents', 'vae/run.json'], 3, /run\.json is no array/);
  await refused(
    ['--latents', 'one.npy', '--grid', '2x2'],
    2,
    /--grid 2x2 has 4 cells, and one\.npy holds 1 latents/,
  );
  await refused(
    ['--latents', 'one.npy', '--count', '3'],
    2,
    /--latents says what is drawn: it takes no --count/,
  );
  await refused(
    ['--nearest', '--out', 'never.npy'],
    2,
    /--nearest draws pairs of images: --out never\.npy must be/,
  );
  expect(existsSync(at('never.png'))).toBe(false);
});

describe('the nearest training images', () => {
  it('are those, and named with their distances', async () => {
    const drawn = ['sample', '--checkpoint', 'vae', '--grid', '1x3'];
    const out = JSON.parse(await done(...drawn, '--nearest', '--out', 'near.png', '--json'));
    await done(...drawn, '--out', 'near.npy');
    const { train, test } = await loadInMemory(at('set'), { dataFolder: at('data') });
    const samples = array('near.npy').values as Uint8Array;
    const nearest = [0, 1, 2].map((i) => nearestTo(samples.subarray(64 * i, 64 * (i + 1)), train.pixels));
    expect(out.nearest).toEqual(
      nearest.map(({ index, distance }) => ({
        index,
        distance: expect.closeTo(distance, 10),
        label: train.labels?.[index],
      })),
    );
    const unseenPixels = test?.pixels ?? new Uint8Array();
    const unseen = Array.from({ length: 16 }, (_, i) =>
      nearestTo(unseenPixels.subarray(64 * i, 64 * (i + 1)), train.pixels),
    );
    const median = unseen.map(({ distance }) => distance).sort((a, b) => a - b)[8];
    expect(out.testMedianDistance).toBeCloseTo(median as number, 10);
    // Seven times as large, a seam between the two, and a figure below.
    expect(await readPicture(at('near.png'))).toMatchObject({ height: 56 + 39 + 12, width: 3 * 114 + 4 * 6 });
    expect((await readProvenance(at('near.png')))?.source).toBe('compositeSynthetic');
  });

  it('of a copy is the original, at no distance', async () => {
    const train = rectangles(50, 8, 8, 1);
    const copies = { ...train, count: 2, pixels: train.pixels.slice(7 * 64, 9 * 64) };
    const { nearest, unseenDistances } = await findNearest(copies, train, undefined);
    for (const [i, { index, distance }] of nearest.entries()) {
      expect(distance).toBe(0);
      expect(train.pixels.subarray(64 * index, 64 * (index + 1))).toEqual(
        copies.pixels.subarray(64 * i, 64 * (i + 1)),
      );
    }
    expect(unseenDistances).toBeUndefined();
  });

  it('are looked for in other data with a warning', async () => {
    const { stderr } = await run(
      ...['sample', '--checkpoint', 'vae', '--grid', '1x1', '--nearest', '--out', 'x.png'],
      ...['--data', 'again/original.npy'],
    );
    expect(stderr).toMatch(/warning: again\/original\.npy is not what the model was trained on/);
  });
});

function nearestTo(image: Uint8Array, train: Uint8Array) {
  const distances = Array.from({ length: train.length / 64 }, (_, index) => {
    const sum = image.reduce(
      (total, value, j) => total + ((value - (train[64 * index + j] as number)) / 255) ** 2,
      0,
    );
    return { index, distance: Math.sqrt(sum) };
  });
  return distances.reduce((best, one) => (one.distance < best.distance - 1e-12 ? one : best));
}
