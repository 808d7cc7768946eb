// What `aigc sample --out` may name, and what is refused before it is drawn.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIdxImages, readIdxLabels } from '../../src/dataset/readers/idx';
import { readPicture } from '../../src/images/picture';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
let run: (...words: string[]) => Promise<Finished>;
const sample = (...words: string[]) => run('sample', '--checkpoint', 'vae', ...words);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-sample-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--steps', '1'],
    plane: ['--model', 'vae', '--steps', '1', '--latent-dim', '2'],
    cgan: ['--model', 'cgan', '--steps', '1'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('writes one image as itself, which other commands read back', async () => {
  expect(await sample('--count', '1', '--out', 'one.png')).toMatchObject({ code: 0 });
  expect(await readPicture(at('one.png'))).toMatchObject({ height: 8, width: 8, channels: 1 });
  const reconstructed = await run('reconstruct', '--checkpoint', 'vae', '--input', 'one.png');
  expect(reconstructed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Reconstructed 1 image with'),
  });
  const walked = await run('interpolate', '--checkpoint', 'vae', '--from', 'one.png', '--to', 'one.png');
  expect(walked).toMatchObject({ code: 0 });
});

it('makes missing folders, whatever it writes', async () => {
  for (const out of ['new/a/x.png', 'new/b/x.npy', 'new/c/x.idx3-ubyte', 'new/d/pictures/'])
    expect({ out, ...(await sample('--count', '2', '--out', out)) }).toMatchObject({ out, code: 0 });
  expect(existsSync(at('new', 'd', 'pictures', '000001.png'))).toBe(true);
});

it.each([
  ['-', 2, /--out -: aigc writes to files, not to stdout/],
  ['vae.png', 3, /Cannot write vae\.png: that is a folder, expected a file/],
  ['vae/run.json/x.png', 3, /Cannot write .*: a part of the path is a file/],
  ['vae/run.json/', 3, /Cannot write .*: a file is there, expected a folder/],
])('refuses --out %s before the model is opened', async (out, code, message) => {
  mkdirSync(at('vae.png'), { recursive: true });
  const { stderr, ...finished } = await sample('--checkpoint', 'nonesuch', '--out', out);
  expect(finished).toMatchObject({ code });
  expect(stderr).toMatch(message);
});

it('says which flags do nothing', async () => {
  const { stderr } = await run(
    'sample',
    '--checkpoint',
    'plane',
    '--manifold',
    '--seed',
    '3',
    '--grid',
    '2x2',
  );
  expect(stderr).toMatch(/warning: --seed has no effect: --manifold is true/);
  const walk = ['interpolate', '--checkpoint', 'vae', '--from', 'seed:1', '--to', 'seed:2'];
  const idle = await run(...walk, '--seed', '3', '--delay-ms', '50', '--data', 'set', '--weights', 'last');
  for (const flag of ['--seed', '--delay-ms', '--data', '--weights'])
    expect(idle.stderr).toContain(`warning: ${flag} has no effect: `);
});

it('takes endings in capitals', async () => {
  expect(await sample('--count', '2', '--out', 'x.PNG')).toMatchObject({ code: 0 });
  expect(await sample('--count', '2', '--out', 'X.IDX3-UBYTE.GZ')).toMatchObject({ code: 0 });
  expect((await readPicture(at('x.PNG'))).channels).toBe(1);
  expect(await readIdxImages(at('X.IDX3-UBYTE.GZ'))).toMatchObject({ count: 2, height: 8, width: 8 });
});

it('takes what ends in a slash as a folder, whatever the name', async () => {
  expect(await sample('--count', '2', '--out', 'pics.d/')).toMatchObject({ code: 0 });
  expect(readdirSync(at('pics.d')).sort()).toEqual(['000000.png', '000001.png']);
});

it('refuses a folder in which images of an earlier draw would stay', async () => {
  expect(await sample('--count', '3', '--out', 'again/')).toMatchObject({ code: 0 });
  const { code, stderr } = await sample('--count', '2', '--out', 'again/');
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringMatching(/000002\.png and on/) });
  expect(await sample('--count', '3', '--seed', '2', '--out', 'again/')).toMatchObject({ code: 0 });
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

describe('a conditional model', () => {
  const draw = (...words: string[]) => run('sample', '--checkpoint', 'cgan', ...words);

  it('draws all classes, one a row, when none is named', async () => {
    expect(await draw('--out', 'all.png')).toMatchObject({ code: 0 });
    expect(await draw('--labels', '0-2', '--grid', '3x8', '--out', 'named.png')).toMatchObject({ code: 0 });
    expect(await readPicture(at('named.png'))).toEqual(await readPicture(at('all.png')));
    expect(await draw('--labels', '2,1,0', '--out', 'backwards.png')).toMatchObject({ code: 0 });
    expect(await readPicture(at('backwards.png'))).not.toEqual(await readPicture(at('all.png')));
  });

  it('writes a data set with labels, which cycle with --count', async () => {
    mkdirSync(at('drawn'));
    const { stdout } = await draw('--count', '7', '--out', 'drawn/train-images-idx3-ubyte.gz', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      count: 7,
      labels: join('drawn', 'train-labels-idx1-ubyte.gz'),
    });
    expect([...(await readIdxLabels(at('drawn', 'train-labels-idx1-ubyte.gz')))]).toEqual([
      0, 1, 2, 0, 1, 2, 0,
    ]);
    const inspected = await run('data', 'inspect', 'drawn', '--json');
    expect(JSON.parse(inspected.stdout)).toMatchObject({ train: { count: 7, labelCounts: [3, 2, 2] } });
  });

  it('writes the labels of a name without "images" where --data finds them', async () => {
    expect(await draw('--grid', '2x2', '--labels', '2,1', '--out', 'mine.idx3-ubyte')).toMatchObject({
      code: 0,
    });
    expect([...(await readIdxLabels(at('mine.idx1-ubyte')))]).toEqual([2, 2, 1, 1]);
    const inspected = await run('data', 'inspect', 'mine.idx3-ubyte', '--json');
    expect(JSON.parse(inspected.stdout)).toMatchObject({ train: { count: 4, labelCounts: [0, 2, 2] } });
  });

  it('refuses to leave labels of other images beside what has none', async () => {
    mkdirSync(at('pair'));
    const words = ['--count', '3', '--out', 'pair/train-images-idx3-ubyte'];
    expect(await draw(...words)).toMatchObject({ code: 0 });
    expectPlainError(await sample(...words), 3, /pair.train-labels-idx1-ubyte would be taken for a part of/);
    expectPlainError(await draw(...words.slice(0, 3), `${words[3]}.gz`), 3, /pair.train-images-idx3-ubyte w/);
    expect(await draw('--count', '3', '--out', 'pair/x.npy')).toMatchObject({ code: 0 });
    expectPlainError(await sample('--count', '3', '--out', 'pair/x.npy'), 3, /pair.x-labels\.npy would be/);
    expect(await draw(...words, '--seed', '2')).toMatchObject({ code: 0 });
  });

  it('writes the labels beside an array too', async () => {
    expect(await draw('--count', '4', '--out', 'four.npy')).toMatchObject({
      stdout: expect.stringContaining('four-labels.npy'),
    });
    const numbers = Uint8Array.from(readFileSync(at('four-labels.npy')).subarray(128));
    expect([...new Int32Array(numbers.buffer)]).toEqual([0, 1, 2, 0]);
  });

  it('draws with the average of the weights, or with the last ones', async () => {
    expect(await draw('--weights', 'last', '--out', 'last.png')).toMatchObject({ code: 0 });
    expect(await readPicture(at('last.png'))).not.toEqual(await readPicture(at('all.png')));
  });
});

it('truncated images are others, and do not depend on the count', async () => {
  await sample('--count', '6', '--out', 'free.npy');
  await sample('--count', '6', '--truncation', '0.5', '--out', 'six.npy');
  await sample('--count', '2', '--truncation', '0.5', '--out', 'two.npy');
  const [free, six, two] = ['free.npy', 'six.npy', 'two.npy'].map((name) =>
    readFileSync(at(name)).subarray(128),
  );
  expect(six).not.toEqual(free);
  expect(two).toEqual(six?.subarray(0, 2 * 64));
});

it('shows the plane of a two-dimensional model, whatever the seed', async () => {
  const plane = (...words: string[]) => run('sample', '--checkpoint', 'plane', '--manifold', ...words);
  expect(await plane('--out', 'plane.png')).toMatchObject({
    stdout: expect.stringContaining('Drew 400 images'),
  });
  await plane('--grid', '20x20', '--seed', '9', '--out', 'same.png');
  expect(await readPicture(at('same.png'))).toEqual(await readPicture(at('plane.png')));
});

it.each([
  [['--labels', '1'], /--labels 1: this vae does not learn classes/],
  [['--checkpoint', 'cgan', '--labels', 'one'], /--labels one: there is no class "one"/],
  [['--checkpoint', 'cgan', '--labels', '1,3'], /--labels 1,3: there is no class 3/],
  [['--checkpoint', 'cgan', '--labels', '2-1'], /the range 2-1 runs backwards/],
  [['--manifold'], /--manifold needs latents of 2 numbers; this vae has 20/],
  [['--checkpoint', 'plane', '--manifold', '--count', '9'], /it takes no --count/],
  [['--checkpoint', 'plane', '--manifold', '--truncation', '1'], /it takes no --truncation/],
  [['--truncation', '0'], /--truncation must be a number from 0\.01 to 100, got 0/],
])('refuses %j', async (words, message) => {
  expectPlainError(await sample('--out', 'never.png', ...words), 2, message);
  expect(existsSync(at('never.png'))).toBe(false);
});
