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
}

const cases: readonly Case[] = [
  { reader: 'idx', address: 'idx' },
  { reader: 'npy', address: 'npy/images.npy', lacks: ['labels', 'test'] },
  { reader: 'pictures', address: 'pictures', lacks: ['test'] },
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

/** As the place holds it; classes of pictures come one after the other. */
function expected(set: ImageSet, { lacks = [], reader }: Case): ImageSet {
  const order = [...Array(set.count).keys()];
  const byClass =
    reader === 'pictures' ? order.sort((a, b) => (a % 3) - (b % 3) || first(set, a) - first(set, b)) : order;
  const pixels = Uint8Array.from(byClass.flatMap((i) => [...set.pixels.subarray(i * 48, (i + 1) * 48)]));
  const labels = Uint8Array.from(byClass, (i) => set.labels?.[i] as number);
  return lacks.includes('labels')
    ? { ...set, pixels, labels: undefined, classCount: 0 }
    : { ...set, pixels, labels };
}

const first = (set: ImageSet, i: number) => set.pixels[i * 48] as number;

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

  it('comes through data inspect, data make --from and data subset', async () => {
    const { fingerprint } = await inspect(address);
    const share = lacks('test') ? ['--test-share', '0'] : [];
    const size = ['--size', '6x8', '--out', 'made', '--force'];
    expect(await run('data', 'make', '--from', address, ...size, ...share)).toMatchObject({ code: 0 });
    expect((await inspect('made')).fingerprint).toBe(fingerprint);
    const subset = await run('data', 'subset', address, '--count', '5', '--out', 'subset', '--force');
    expect(subset).toMatchObject({ code: 0 });
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
