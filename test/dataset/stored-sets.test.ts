// Sets that stay on disk: the same images, runs and figures as of those in memory.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/cache-folder';
import { gatherBatch, planBatches } from '../../src/dataset/batches';
import { blocksOf, pixelMean } from '../../src/dataset/blocks';
import { readData } from '../../src/dataset/door';
import { writeIdx } from '../../src/dataset/idx-writer';
import { type AnySet, isStored } from '../../src/dataset/image-set';
import { openReadAhead } from '../../src/dataset/read-ahead';
import { partOf, splitSet } from '../../src/dataset/split';
import { encodeNpy } from '../../src/images/npy';
import { encodePng } from '../../src/images/png';
import { trainWith } from '../../src/library/train';
import type { TrainOptions } from '../../src/library/types';
import { findInstallation } from '../../src/tensor/native/location';
import { runCli } from '../cli';
import { writeDigits } from '../small-set';
import { tarOf } from '../tar';

const root = mkdtempSync(join(tmpdir(), 'aigc-stored-'));
const at = (...names: string[]) => join(root, ...names);

/** The compiled steps are of the TensorFlow that is installed; all else is kept here. */
const installed = findInstallation() && cacheFolder();

beforeAll(async () => {
  process.env.AIGC_CACHE_DIR = at('cache');
  await writeDigits(at('digits'), 150, 20);
});
afterAll(() => {
  delete process.env.AIGC_CACHE_DIR;
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => jest.restoreAllMocks());

/** So little memory that every set stays on disk. */
const withLittleMemory = () => jest.spyOn(process, 'constrainedMemory').mockReturnValue(1000);

const pixelsOf = (set: AnySet) => Buffer.concat([...blocksOf(set)].map(({ images }) => images.pixels));

const pixels = Uint8Array.from({ length: 12 * 72 }, (_, i) => (i * 89) % 256);
const grey = pixels.subarray(0, 12 * 24);
const floats = Float32Array.from(grey, (value) => value / 127.5 - 1);

const forms: [what: string, name: string, write: (path: string) => Promise<void> | void][] = [
  ['IDX', 'a-idx3-ubyte', (path) => writeIdx(path, [12, 4, 6], grey)],
  ['IDX in colour', 'b-idx4-ubyte', (path) => writeIdx(path, [12, 4, 6, 3], pixels)],
  ['gzipped IDX', 'c-idx3-ubyte.gz', (path) => writeIdx(path, [12, 4, 6], grey)],
  ['bytes of NumPy', 'd.npy', (path) => writeFileSync(path, encodeNpy(grey, [12, 4, 6]))],
  ['planes', 'e.npy', (path) => writeFileSync(path, encodeNpy(pixels, [12, 3, 4, 6]))],
  ['floats in [-1, 1]', 'f.npy', (path) => writeFileSync(path, encodeNpy(floats, [12, 4, 6]))],
  [
    'bits',
    'g.npy',
    (path) =>
      writeFileSync(
        path,
        encodeNpy(
          grey.map((value) => value & 1),
          [12, 4, 6],
        ),
      ),
  ],
];

it.each(forms)('has the images of %s as memory has them', async (_, name, write) => {
  mkdirSync(at('forms'), { recursive: true });
  await write(at('forms', name));
  for (const address of [at('forms', name), `${at('forms', name)}?transpose`]) {
    const held = await readData(address);
    const stored = await readData(address, {}, () => 'disk');
    expect(isStored(stored.train.set)).toBe(true);
    const { height, width } = held.train.set;
    expect(stored.train.set).toMatchObject({ height, width, count: 12 });
    expect(pixelsOf(stored.train.set).equals(pixelsOf(held.train.set))).toBe(true);
    expect(pixelMean(stored.train.set)).toBe(pixelMean(held.train.set));
    expect(stored.notes).toEqual(held.notes);
  }
});

it('decodes the pictures of an archive once, grey until the first coloured one comes', async () => {
  const picture = (i: number, channels: number) =>
    encodePng({
      height: 4,
      width: 6,
      channels,
      pixels: pixels.subarray(i * 24 * channels, (i + 1) * 24 * channels),
    });
  const entries = (colour: number) =>
    Array.from({ length: 9 }, (_, i) => ({
      name: `${i % 3 === 0 ? 'cat' : 'dog'}/${i}.png`,
      content: picture(i, i === colour ? 3 : 1),
    }));
  for (const colour of [5, -1]) {
    writeFileSync(at('pictures.tar'), await tarOf(entries(colour)));
    const [held, stored] = [
      await readData(at('pictures.tar')),
      await readData(at('pictures.tar'), {}, () => 'disk'),
    ];
    expect(stored.train.set).toMatchObject({ channels: colour < 0 ? 1 : 3, labels: held.train.set.labels });
    expect(pixelsOf(stored.train.set).equals(pixelsOf(held.train.set))).toBe(true);
  }
});

it('refuses what cannot be read by rows, and files that are not as long as they say', async () => {
  const fortran = encodeNpy(grey, [12, 4, 6]);
  writeFileSync(at('fortran.npy'), fortran.toString('latin1').replace('False', ' True'), 'latin1');
  await expect(readData(at('fortran.npy'), {}, () => 'disk')).rejects.toThrow(/stored by columns/);
  await writeIdx(at('cut-idx3-ubyte'), [12, 4, 6], grey.subarray(1));
  await expect(readData(at('cut-idx3-ubyte'), {}, () => 'disk')).rejects.toThrow(/cut short/);
  const csv = ['train', '--data', at('rows.csv'), '--stream', 'on', '--out', at('never')];
  writeFileSync(at('rows.csv'), 'label,p0,p1,p2,p3\n1,0,10,20,255\n0,0,10,20,255\n');
  const refused = await runCli(csv, root);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toMatch(/--stream on: .*rows\.csv is of a format that is read whole/);
});

it('reads ahead in order, after a jump, and over the end of an epoch', async () => {
  const { set } = (await readData(at('digits'), {}, () => 'disk')).train;
  if (!isStored(set)) throw new Error('in memory');
  const plan = planBatches(set.count, 64, 1); // 3 steps an epoch
  const ahead = openReadAhead(set.rows, plan);
  for (const step of [0, 1, 2, 3, 4, 17, 18, 2, 3, 0]) {
    expect(Buffer.from(ahead.take(step))).toEqual(Buffer.from(set.rows.read(plan.indicesOf(step))));
  }
  ahead.close();
  const { train, test } = splitSet(set, 0.2, 1);
  expect(pixelsOf(test as AnySet)).toHaveLength(784 * (test?.count ?? 0));
  const [some] = [partOf(train, [3, 1])];
  expect(gatherBatch(some, Uint32Array.of(1), 'zero-one')).toEqual(
    gatherBatch(train, Uint32Array.of(1), 'zero-one'),
  );
});

const weightsOf = (run: string) => readFileSync(at(run, 'checkpoints', 'step-000006', 'weights.safetensors'));

describe('a run', () => {
  const ways: [string, string[]][] = [
    ['op by op', ['--backend', 'wasm', '--compile', 'off']],
    ['replayed', ['--backend', 'wasm']],
    ...(installed ? [['compiled', ['--backend', 'native']] as [string, string[]]] : []),
  ];
  it.each(ways)('has the same weights, bit for bit, %s', async (way, flags) => {
    const environment = way === 'compiled' ? { AIGC_CACHE_DIR: installed as string } : {};
    const words = (stream: string, out: string, steps: string) => [
      ...['train', '--model', 'vae', '--hidden-units', '8', '--binarise', 'static', '--data', at('digits')],
      ...['--batch-size', '64', '--steps', steps, '--stream', stream, '--out', at(out), '--grid', '2x2'],
      ...['--report-every-epochs', '3', ...flags],
    ];
    for (const [stream, out] of [
      ['off', 'held'],
      ['on', 'stored'],
    ] as const)
      expect(await runCli([...words(stream, out, '6'), '--force'], root, environment)).toMatchObject({
        code: 0,
      });
    expect(weightsOf('stored').equals(weightsOf('held'))).toBe(true);
    await runCli([...words('on', 'halves', '4'), '--force'], root, environment);
    await runCli([...words('on', 'halves', '6'), '--resume'], root, environment);
    expect(weightsOf('halves').equals(weightsOf('held'))).toBe(true);
  });

  it('says in its plan that the images stay on disk, and why', async () => {
    const plan = ['train', '--data', at('digits'), '--dry-run', '--backend', 'cpu'];
    expect((await runCli([...plan, '--stream', 'on'], root)).stdout).toMatch(
      /^memory .*, .* of images stay on disk, because of --stream on$/m,
    );
    withLittleMemory();
    expect((await runCli(plan, root)).stdout).toMatch(
      /stay on disk, because they are more than a quarter of the memory/,
    );
  });

  it.each([
    ['changed', 'has changed', () => utimesSync(at('plain-idx3-ubyte'), 1, 1)],
    ['gone', 'was removed or replaced', () => rmSync(at('plain-idx3-ubyte'))],
  ])('ends by name when its file is %s, and goes on from its checkpoint', async (_, problem, spoil) => {
    await writeIdx(at('plain-idx3-ubyte'), [12, 4, 6], grey);
    const options: TrainOptions = {
      ...{ model: 'vae', data: at('plain-idx3-ubyte'), hiddenUnits: 8, batchSize: 4, stream: 'on' as const },
      // More steps behind the spoilt one than are read ahead.
      ...{ backend: 'cpu', steps: 18, reportEveryEpochs: 2, grid: '2x2', out: at('spoilt') },
    };
    const onEvent = ({ event, step }: { event: string; step?: number }) => {
      if (event === 'checkpoint' && step === 6) spoil();
    };
    await expect(trainWith({ ...options, force: true, onEvent })).rejects.toThrow(
      new RegExp(`plain-idx3-ubyte ${problem}`),
    );
    if (problem !== 'has changed') return;
    await writeIdx(at('plain-idx3-ubyte'), [12, 4, 6], grey);
    await trainWith({ ...options, resume: true });
    renameSync(at('spoilt'), at('gone-on'));
    await trainWith({ ...options, stream: 'off' });
    const last = ['checkpoints', 'step-000018', 'weights.safetensors'];
    expect(readFileSync(at('gone-on', ...last)).equals(readFileSync(at('spoilt', ...last)))).toBe(true);
    rmSync(at('gone-on'), { recursive: true });
  });
});

it('is measured, converted and shown as a set in memory is', async () => {
  const model = ['--model', 'vae', '--hidden-units', '8', '--backend', 'wasm'];
  const data = ['--data', at('digits')];
  await runCli(['train', ...model, ...data, '--steps', '3', '--grid', '2x2', '--out', at('run')], root);
  const commands = [
    ['data', 'stats', at('digits')],
    ['data', 'subset', at('digits'), '--count', '20', '--scale', '2', '--out', at('part')],
    ['data', 'convert', at('digits'), '--out', at('whole')],
    ['encode', '--checkpoint', at('run'), '--split', 'train', '--out', at('codes.npy')],
    ['reconstruct', '--checkpoint', at('run'), '--count', '4', '--out', at('again.png')],
    ['sample', '--checkpoint', at('run'), '--grid', '2x2', '--nearest', '--out', at('nearest.png')],
    ['evaluate', '--checkpoint', at('run'), '--metrics', 'elbo,memorisation,parzen', '--sample-count', '20'],
  ];
  const all = async () => {
    const said: string[] = [];
    for (const words of commands) {
      const { code, stdout, stderr } = await runCli(
        [
          ...words,
          '--json',
          ...(words[0] === 'data' && !/stats|inspect/.test(words[1] ?? '') ? ['--force'] : []),
        ],
        root,
      );
      expect({ words, code, stderr: code === 0 ? '' : stderr }).toMatchObject({ code: 0 });
      const result = JSON.parse(stdout.trim().split('\n').at(-1) as string);
      delete result.files;
      delete result.seconds;
      said.push(JSON.stringify(result));
    }
    const sets = [await readData(at('part')), await readData(at('whole'))];
    return {
      said,
      sets: sets.flatMap(({ train, test }) => [pixelsOf(train.set), test && pixelsOf(test.set)]),
    };
  };
  const held = await all();
  withLittleMemory();
  expect(await all()).toEqual(held);
});
