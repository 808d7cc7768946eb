// `aigc interpolate` on small models: walks between seeds, classes and pictures, as a grid and as an animation.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture } from '../../src/images/picture';
import { writePng } from '../../src/images/png';
import type { Finished } from '../cli';
import { readGif } from '../images/gif-reader';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-interpolate-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--steps', '20'],
    gan: ['--model', 'gan', '--steps', '1'],
    cgan: ['--model', 'cgan', '--steps', '1'],
  });
  const grey = { height: 8, width: 8, channels: 1, pixels: new Uint8Array(64).fill(200) };
  await writePng(at('a.png'), grey);
  await writePng(at('b.png'), { ...grey, pixels: grey.pixels.map((_, i) => (i % 8 < 4 ? 255 : 0)) });
  await writePng(at('large.png'), { ...grey, height: 16, width: 4 });
  await writePng(at('colour.png'), {
    ...grey,
    channels: 3,
    pixels: Uint8Array.from({ length: 192 }, (_, i) => i),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const walk = (model: string, ...words: string[]) => run('interpolate', '--checkpoint', model, ...words);

/** The pixels of a cell: 8 × 8 images are shown seven times as large, two pixels apart. */
async function cell(path: string, row: number, column: number): Promise<number[]> {
  const { width, pixels } = await readPicture(at(path));
  const place = (index: number, y: number) => 2 + index * 58 + y * 7;
  return Array.from(
    { length: 64 },
    (_, i) => pixels[place(row, i >> 3) * width + place(column, i & 7)] as number,
  );
}

it('starts and ends at the first images of the seeds, a row for each next seed', async () => {
  expect(
    await walk('vae', '--from', 'seed:7', '--to', 'seed:9', '--rows', '2', '--steps', '5'),
  ).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      'Walked from seed:7 to seed:9 in 5 images with the vae at step 20: walk.png',
    ),
  });
  for (const [seed, row, column] of [
    [7, 0, 0],
    [9, 0, 4],
    [8, 1, 0],
    [10, 1, 4],
  ] as const) {
    await run('sample', '--checkpoint', 'vae', '--seed', `${seed}`, '--grid', '1x1', '--out', 'one.png');
    expect(await cell('walk.png', row, column)).toEqual(await cell('one.png', 0, 0));
  }
  expect(await cell('walk.png', 0, 2)).not.toEqual(await cell('walk.png', 0, 0));
});

it('writes an animation there and back, the same bytes each time', async () => {
  const words = ['--steps', '4', '--delay-ms', '60', '--out'];
  expect(await walk('gan', ...words, 'one.gif')).toMatchObject({ code: 0 });
  expect(await walk('gan', ...words, 'two.gif')).toMatchObject({ code: 0 });
  expect(readFileSync(at('one.gif'))).toEqual(readFileSync(at('two.gif')));
  const { frames, repeats, width, height } = readGif(readFileSync(at('one.gif')));
  // Eight walks, as four by two.
  expect({ repeats, count: frames.length, width, height }).toEqual({
    repeats: 0,
    count: 6,
    width: 234,
    height: 118,
  });
  expect(frames.every(({ delayMs }) => delayMs === 60)).toBe(true);
  expect(frames[1]).toEqual(frames[5]);
  expect(frames[2]).toEqual(frames[4]);
  expect(frames[0]).not.toEqual(frames[3]);
});

it('walks between classes of a conditional model, which change in the middle', async () => {
  const words = ['--from', 'label:0', '--to', 'label:2', '--steps', '4', '--out', 'classes.png'];
  expect(await walk('cgan', ...words)).toMatchObject({ code: 0 });
  await run('sample', '--checkpoint', 'cgan', '--labels', '0', '--grid', '1x1', '--out', 'zero.png');
  await run('sample', '--checkpoint', 'cgan', '--labels', '2', '--grid', '1x2', '--out', 'two.png');
  expect(await cell('classes.png', 0, 0)).toEqual(await cell('zero.png', 0, 0));
  expect(await cell('classes.png', 0, 3)).toEqual(await cell('two.png', 0, 1));
});

it('walks between the mean latents of classes where a model learns none but encodes', async () => {
  expect(await walk('vae', '--from', 'label:0', '--to', 'label:1', '--out', 'means.png')).toMatchObject({
    code: 0,
  });
  expect(await cell('means.png', 0, 0)).not.toEqual(await cell('means.png', 0, 9));
});

it('walks between pictures, through the encoder', async () => {
  expect(
    await walk('vae', '--from', 'a.png', '--to', 'b.png', '--path', 'linear', '--out', 'pictures.png'),
  ).toMatchObject({
    code: 0,
  });
  for (const [picture, column] of [
    ['a.png', 0],
    ['b.png', 9],
  ] as const) {
    await run('reconstruct', '--checkpoint', 'vae', '--input', picture, '--out', 'through.png');
    expect(await cell('pictures.png', 0, column)).toEqual(await cell('through.png', 1, 0));
  }
});

it('says what is wrong, and writes nothing', async () => {
  const refused = async (words: string[], code: number, message: RegExp) =>
    expectPlainError(await walk('vae', '--out', 'never.png', ...words), code, message);
  await refused(['--from', 'seed'], 2, /--from must be a seed, a label or a picture, got "seed"/);
  await refused(['--to', 'x.doc'], 2, /--to must be a seed, a label or a picture, got "x\.doc"/);
  await refused(['--from', 'none.png'], 3, /none\.png does not exist/);
  await refused(['--from', 'large.png'], 3, /large\.png is 16×4 grey, expected 8×8 grey/);
  await refused(['--from', 'colour.png'], 3, /colour\.png is 8×8 RGB, expected 8×8 grey/);
  await refused(['--from', 'label:3'], 2, /label:3: .*set has no image of class 3/);
  await refused(['--labels', '1'], 2, /--labels 1: this vae does not learn classes/);
  await refused(
    ['--from', 'a.png', '--to', 'b.png', '--rows', '2'],
    2,
    /--rows 2: there is one walk from a\.png to b\.png/,
  );
  await refused(['--steps', '1'], 2, /--steps must be a whole number from 2 to 1000/);
  await refused(['--out', 'never.jpg'], 2, /expected a name that ends in \.png or \.gif/);
  await refused(['--out', 'vae/run.json/never.png'], 3, /a part of the path is a file/);
  await refused(['--rows', '999', '--steps', '1000'], 2, /make a picture of 57944×58002 pixels/);
  await refused(
    ['--checkpoint', 'gan', '--to', 'label:1'],
    2,
    /label:1: this gan learns no classes, and has no encoder/,
  );
  await refused(['--checkpoint', 'cgan', '--to', 'label:3'], 2, /label:3: there is no class 3/);
  await refused(['--checkpoint', 'cgan', '--from', 'a.png'], 2, /This cgan must know the class of a picture/);
  expect(existsSync(at('never.png'))).toBe(false);
});
