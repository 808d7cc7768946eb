// What every reader must do, over files that the formats' own libraries wrote (test/fixtures/data/make.py): each place
// holds the same images, is recognised by one reader, and comes through every command that takes data.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readData } from '../../src/dataset/door';
import type { ImageSet } from '../../src/dataset/image-set';
import { loadReaders } from '../../src/dataset/readers';
import { lookAt } from '../../src/dataset/readers/place';
import { type Finished, runCli } from '../cli';

const fixtures = join(__dirname, '..', 'fixtures', 'data');
const [trainCount, testCount, height, width, classCount] = [12, 6, 6, 8, 3];
const [train, test] = [imagesOf(0, trainCount), imagesOf(trainCount, testCount)];

/** As make.py says. */
function imagesOf(start: number, count: number): ImageSet {
  const pixels = Uint8Array.from({ length: count * height * width }, (_, at) => {
    const [i, y, x] = [Math.floor(at / 48) + start, Math.floor(at / width) % height, at % width];
    return (37 * i + 11 * x * y + 5 * y + 3) % 256;
  });
  const labels = Uint8Array.from({ length: count }, (_, i) => i % classCount);
  return { count, height, width, channels: 1, pixels, labels, classCount };
}

interface Case {
  readonly reader: string;
  /** Below test/fixtures/data, with how it is read. */
  readonly address: string;
  /** What the format does not hold here. */
  readonly lacks?: readonly ('labels' | 'test')[];
  /** Another file of a format that has come through the commands. */
  readonly alike?: true;
  /** The images are in colour: channel c is 60 c brighter. */
  readonly colour?: true;
  /** The classes are folders: their images come one class after the other. */
  readonly byClass?: true;
}

const cases: readonly Case[] = [
  { reader: 'idx', address: 'idx' },
  { reader: 'idx', address: 'idx-float', alike: true },
  { reader: 'idx', address: 'idx-qmnist', lacks: ['test'], alike: true },
  { reader: 'idx', address: 'idx-flat?shape=6x8', lacks: ['test'], alike: true },
  { reader: 'idx', address: 'idx-emnist?split=letters&transpose', alike: true },
  { reader: 'npy', address: 'npy-split' },
  { reader: 'npy', address: 'npy/images.npy', lacks: ['labels', 'test'], alike: true },
  { reader: 'npy', address: 'npy-flat/images.npy?shape=6x8', lacks: ['labels', 'test'], alike: true },
  { reader: 'npy', address: 'npy-transposed?transpose', lacks: ['labels', 'test'], alike: true },
  { reader: 'npy', address: 'npy-planes', lacks: ['labels', 'test'], alike: true, colour: true },
  { reader: 'npy', address: 'npy-named/drawn.npy', lacks: ['test'], alike: true },
  { reader: 'npz', address: 'npz' },
  { reader: 'npz', address: 'npz-val/medmnist.npz', alike: true },
  { reader: 'npz', address: 'npz-guided/samples.npz', lacks: ['test'], alike: true, colour: true },
  { reader: 'npz', address: 'npz-two/sets.npz?key=a', lacks: ['labels', 'test'], alike: true },
  { reader: 'csv', address: 'csv' },
  { reader: 'csv', address: 'csv-last/floats.csv?shape=6x8', lacks: ['test'], alike: true },
  { reader: 'csv', address: 'csv-plain?shape=6x8&label=first', lacks: ['test'], alike: true },
  { reader: 'parquet', address: 'parquet/data' },
  {
    reader: 'parquet',
    address: 'parquet-nested/set.parquet?key=pixels&label=animal',
    lacks: ['test'],
    alike: true,
  },
  { reader: 'parquet', address: 'parquet-plain/set.parquet', lacks: ['test'], alike: true },
  { reader: 'parquet', address: 'parquet-delta/set.parquet', lacks: ['test'], alike: true },
  { reader: 'parquet', address: 'parquet-columns/set.parquet?shape=6x8', lacks: ['test'], alike: true },
  { reader: 'python', address: 'pickle-mnist/mnist.pkl.gz?shape=6x8' },
  { reader: 'python', address: 'pickle-cifar?shape=3x6x8', alike: true, colour: true },
  { reader: 'pictures', address: 'pictures', lacks: ['test'], byClass: true },
  { reader: 'pictures', address: 'pictures-sheet?tile=6x8', lacks: ['test'], byClass: true },
  { reader: 'archive', address: 'pictures-zip/set.zip', byClass: true },
  { reader: 'archive', address: 'pictures-tar/set.tar.gz', alike: true, byClass: true },
  {
    reader: 'archive',
    address: 'pictures-webdataset/shard-000000.tar',
    lacks: ['test'],
    alike: true,
    byClass: true,
  },
];

const folder = mkdtempSync(join(tmpdir(), 'aigc-readers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = (...words: string[]): Promise<Finished> => runCli(words, folder, { AIGC_BACKEND: 'cpu' });
const inspect = async (address: string) => {
  const { code, stdout, stderr } = await run('data', 'inspect', address, '--json', '--out', 'sheet.png');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as { fingerprint: string };
};

beforeAll(async () => {
  const words = ['--model', 'vae', '--hidden-units', '4', '--latent-dim', '2', '--batch-size', '4'];
  const data = join(fixtures, 'idx');
  const trained = await run('train', '--data', data, '--steps', '1', '--out', 'vae', ...words);
  expect(trained).toMatchObject({ code: 0 });
});

/** As the place holds it. */
function expected(set: ImageSet, { lacks = [], byClass, colour }: Case): ImageSet {
  const size = height * width;
  const first = (i: number) => set.pixels[i * size] as number;
  const order = [...Array(set.count).keys()];
  if (byClass) order.sort((a, b) => (a % 3) - (b % 3) || first(a) - first(b));
  const shades = colour ? [0, 60, 120] : [0];
  const pixels = order.flatMap((i) =>
    [...set.pixels.subarray(i * size, (i + 1) * size)].flatMap((grey) =>
      shades.map((more) => (grey + more) % 256),
    ),
  );
  const labels = lacks.includes('labels')
    ? undefined
    : Uint8Array.from(order, (i) => set.labels?.[i] as number);
  const channels = shades.length;
  return { ...set, channels, pixels: Uint8Array.from(pixels), labels, classCount: labels ? classCount : 0 };
}

describe.each(cases)('$address', (place) => {
  const address = join(fixtures, place.address);
  const slug = place.address.replace(/\W/g, '-');
  const lacks = (what: 'labels' | 'test') => place.lacks?.includes(what) === true;

  it('is recognised by its reader, by no other', async () => {
    const [path = ''] = address.split('?');
    const found = await lookAt(path);
    const answers = (await loadReaders()).map(
      async (reader) => [reader.name, await reader.recognise(found)] as const,
    );
    const known = (await Promise.all(answers)).filter(([, recognition]) => recognition !== undefined);
    expect(known).toEqual([[place.reader, 'content']]);
  });

  it('holds the images and labels that were written', async () => {
    const found = await readData(address);
    expect(found.train.set).toEqual(expected(train, place));
    expect(found.test?.set).toEqual(lacks('test') ? undefined : expected(test, place));
  });

  if (place.alike) return;

  it('comes through data inspect, make --from, subset, convert, stats and split', async () => {
    const { fingerprint } = await inspect(address);
    const share = lacks('test') ? ['--test-share', '0'] : [];
    const size = ['--size', '6x8', '--out', 'made', '--force'];
    const made = await run('data', 'make', '--from', address, ...size, ...share);
    const said = lacks('labels') ? /, no labels\./ : /, 3 classes\./;
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(said) });
    expect((await inspect('made')).fingerprint).toBe(fingerprint);
    const subset = await run('data', 'subset', address, '--count', '5', '--out', 'subset', '--force');
    expect(subset).toMatchObject({ code: 0 });
    expect(await run('data', 'convert', address, '--out', 'set.npz', '--force')).toMatchObject({ code: 0 });
    expect((await inspect('set.npz')).fingerprint).toBe(fingerprint);
    expect(await run('data', 'stats', address)).toMatchObject({ code: 0 });
    const split = await run('data', 'split', address, '--test-share', '0.3', '--out', 'split', '--force');
    expect(split).toMatchObject({ code: lacks('test') ? 0 : 2 });
  });

  it('comes through train --data, and is remembered', async () => {
    const words = ['--model', 'vae', '--hidden-units', '4', '--latent-dim', '2', '--batch-size', '4'];
    const out = `run-${slug}`;
    const trained = await run('train', '--data', address, '--steps', '1', '--out', out, ...words);
    expect(trained).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(folder, out, 'run.json'), 'utf8')).dataset.name).toBe(address);
    expect(await run('train', '--resume', '--steps', '2', '--out', out)).toMatchObject({ code: 0 });
  });

  it('comes through evaluate, encode, reconstruct and interpolate', async () => {
    const model = ['--checkpoint', 'vae'];
    const samples = ['--samples', address, '--data', join(fixtures, 'idx'), '--metrics', 'parzen'];
    expect(await run('evaluate', ...samples)).toMatchObject({ code: 0 });
    const split = lacks('test') ? ['--split', 'train'] : [];
    const encoded = await run('encode', ...model, '--data', address, '--out', `${slug}.npy`, ...split);
    expect(encoded).toMatchObject({ code: 0 });
    const words = ['--input', address, '--count', '3', '--out', 'x.png'];
    expect(await run('reconstruct', ...model, ...words)).toMatchObject({ code: 0 });
    if (lacks('labels')) return;
    const ends = ['--from', 'label:0', '--to', 'label:1', '--data', address, '--steps', '3'];
    expect(await run('interpolate', ...model, ...ends)).toMatchObject({ code: 0 });
  });
});

it('reads batches of CIFAR from its binary files as from its pickles, planes into pixels', async () => {
  const binary = await readData(join(fixtures, 'cifar'));
  const pickled = await readData(join(fixtures, 'pickle-cifar-32'));
  expect(binary.train.set).toEqual(pickled.train.set);
  const value = (at: number) => (at * 7) % 251;
  const { count, height, channels, pixels, labels } = binary.train.set;
  expect({ count, height, channels }).toEqual({ count: 4, height: 32, channels: 3 });
  expect([...pixels.subarray(3, 6)]).toEqual([value(1), value(1025), value(2049)]);
  expect([...(labels ?? [])]).toEqual([3, 0, 2, 1]);
  expect(binary.classNames).toEqual(['airplane', 'automobile', 'bird', 'cat']);
});

it("brings CIFAR's binary files through the commands", async () => {
  const data = join(fixtures, 'cifar');
  const { fingerprint } = await inspect(data);
  const small = [
    '--model',
    'vae',
    '--hidden-units',
    '2',
    '--latent-dim',
    '2',
    '--batch-size',
    '2',
    '--steps',
    '1',
  ];
  const through = [
    ['train', '--data', data, '--out', 'cifar', ...small],
    ['encode', '--checkpoint', 'cifar', '--data', data, '--out', 'cifar.npy'],
    ['reconstruct', '--checkpoint', 'cifar', '--input', data, '--count', '2', '--out', 'x.png'],
    [
      'interpolate',
      '--checkpoint',
      'cifar',
      '--from',
      'label:0',
      '--to',
      'label:1',
      '--data',
      data,
      '--steps',
      '3',
    ],
    ['evaluate', '--samples', data, '--data', data, '--metrics', 'parzen'],
    ['data', 'make', '--from', data, '--test-share', '0', '--out', 'made', '--force'],
    ['data', 'subset', data, '--count', '4', '--out', 'subset', '--force'],
    ['data', 'stats', data],
    ['data', 'convert', data, '--out', 'set.npz', '--force'],
  ];
  for (const words of through) {
    const { code, stderr } = await run(...words);
    expect({ words, code, stderr: code === 0 ? '' : stderr }).toEqual({ words, code: 0, stderr: '' });
  }
  expect((await inspect('set.npz')).fingerprint).toBe(fingerprint);
});
