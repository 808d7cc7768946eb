// `aigc sample --shard`: parts that several processes write, which together are what one process writes.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf, pixelMean } from '../../src/dataset/blocks';
import { readData } from '../../src/dataset/door';
import { isStored } from '../../src/dataset/image-set';
import { Spool } from '../../src/dataset/spool';
import { mostInMemory, someOf } from '../../src/metrics/stream';
import { sha256 } from '../../src/sha256';
import { type Finished, jsonLines } from '../cli';
import { trainSmall } from '../small-models';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
let run: (...words: string[]) => Promise<Finished>;
/** Four batches of 64, the last of them not full. */
const count = 200;
const draw = (...words: string[]) =>
  run('sample', '--checkpoint', 'cgan', '--seed', '7', '--count', String(count), ...words);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-shards-'));
  run = await trainSmall(folder, { cgan: ['--model', 'cgan', '--steps', '1'] });
  writeFileSync(at('set', 'classes.json'), '["dot", "bar", "box"]');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a set holds, whatever keeps it. */
async function contentOf(path: string, keep: 'memory' | 'disk' = 'memory') {
  const { set } = (await readData(path, {}, () => keep)).train;
  const pixels = [...blocksOf(set)].map(({ images }) => images.pixels);
  return { isStored: isStored(set), count: set.count, labels: set.labels, pixels: sha256(...pixels) };
}

it.each(['images.npy', 'samples.idx3-ubyte', 'train-images-idx3-ubyte.gz', 'samples.parquet'])(
  'writes %s in parts that hold, image for image, what one process writes',
  async (name) => {
    const [whole, parts] = [`whole-${name}`, `parts-${name}`];
    expect(await draw('--out', `${whole}/${name}`)).toMatchObject({ code: 0, stderr: expect.anything() });
    // In an order of chance, as machines come to it; one of them twice.
    for (const shard of ['3/3', '1/3', '2/3', '3/3'])
      expect(await draw('--out', `${parts}/${name}`, '--shard', shard)).toMatchObject({ code: 0 });
    const expected = await contentOf(at(whole, name));
    expect(expected).toMatchObject({ count, labels: Uint8Array.from({ length: count }, (_, i) => i % 3) });
    expect(await contentOf(at(parts))).toEqual(expected);
    expect(await contentOf(at(parts, '*-of-00003*'), 'disk')).toEqual({ ...expected, isStored: true });
    expect(readdirSync(at(parts)).filter((file) => file.startsWith('.'))).toEqual([]);
  },
);

it('says which part it drew', async () => {
  const { stdout } = await draw('--out', 'said/x.npy', '--shard', '2/4', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ event: 'sample', count: 64, shard: 2, shards: 4, first: 64 },
    ...{ out: 'said/x-00002-of-00004.npy', labels: 'said/x-00002-of-00004-labels.npy' },
  });
  expect(readFileSync(at('said', 'x-00002-of-00004.npy.xmp'), 'utf8')).toContain('--shard 2/4');
  await draw('--out', 'said/x.npy', '--shard', '2/4', '--no-provenance');
  expect(readdirSync(at('said'))).toEqual(['x-00002-of-00004-labels.npy', 'x-00002-of-00004.npy']);
});

it('gives any image and any range of a set in parts', async () => {
  const { set } = (await readData(at('parts-images.npy'), {}, () => 'disk')).train;
  const whole = (await readData(at('whole-images.npy', 'images.npy'))).train.set;
  if (!isStored(set)) throw new Error('expected a set on disk');
  const image = (i: number) => [...whole.pixels.subarray(i * 64, (i + 1) * 64)];
  const asked = [199, 0, 64, 63, 128, 64];
  expect([...set.rows.read(asked)]).toEqual(asked.flatMap(image));
  expect([...set.rows.between(60, 130)]).toEqual([...whole.pixels.subarray(60 * 64, 130 * 64)]);
  expect(pixelMean(set)).toBeCloseTo(pixelMean(whole), 12);
});

/** [figure, mean, standard error, samples] of each. */
function figuresOf(stdout: string) {
  return jsonLines(stdout).flatMap(({ event, figure, mean, standardError, sampleCount }) =>
    event === 'metric' ? [{ figure, mean, standardError, sampleCount }] : [],
  );
}

it('is measured from disk as it is in memory', async () => {
  const measure = (...words: string[]) =>
    run('evaluate', '--data', 'set', '--metrics', 'fid,classifier-score,coverage', '--json', ...words);
  const inMemory = await measure('--samples', 'whole-images.npy/images.npy');
  const onDisk = await measure('--samples', 'parts-images.npy', '--stream', 'on');
  const [expected, found] = [inMemory, onDisk].map(({ code, stderr, stdout }) => {
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return figuresOf(stdout);
  });
  expect(expected?.map(({ figure }) => figure)).toEqual(expect.arrayContaining(['fid', 'classifierScore']));
  expect(found).toHaveLength(expected?.length ?? 0);
  for (const [i, { mean, standardError, ...said }] of (expected ?? []).entries()) {
    expect(found?.[i]).toMatchObject({ ...said, sampleCount: count });
    expect(found?.[i]?.mean).toBeCloseTo(mean, 8);
    expect(found?.[i]?.standardError).toBeCloseTo(standardError, 8);
  }
});

it('takes some images in the place of all where those are too many, each once, in their order', () => {
  const many = mostInMemory + 10_000;
  const spool = new Spool(many, 4);
  spool.write(new Uint8Array(Uint32Array.from({ length: many }, (_, i) => i).buffer));
  const shape = { height: 2, width: 2, channels: 1, labels: undefined, classCount: 0 };
  const stored = { ...shape, count: many, rows: spool.rows() };
  const numbers = (seed: number) => new Uint32Array(someOf(stored, seed).pixels.buffer);
  const some = numbers(1);
  expect(some).toHaveLength(mostInMemory);
  expect(some.every((number, i) => i === 0 || number > (some[i - 1] as number))).toBe(true);
  expect(some[mostInMemory - 1]).toBeGreaterThan(0.99 * many);
  expect(numbers(2)).not.toEqual(some);
});

it('is refused where a part is missing, or of another set', async () => {
  mkdirSync(at('gaps'));
  for (const shard of ['1/4', '4/4']) await draw('--out', 'gaps/x.npy', '--shard', shard);
  await expect(readData(at('gaps'))).rejects.toMatchObject({
    message: expect.stringMatching(/gaps lacks 2 parts of 4: 2\/4 and 3\/4\.$/),
    hint: 'Draw what is missing: --shard 2/4.',
  });
  await draw('--out', 'gaps/x.npy', '--shard', '1/2');
  await expect(readData(at('gaps', 'x-*'))).rejects.toThrow(/holds parts of a set in 2 and 4 parts/);
  await expect(readData(at('gaps', 'y-*'))).rejects.toThrow(/names no file/);
});

it.each([
  [['--shard', '5/4', '--out', 'x.npy'], /there is no part 5 of 4/],
  [['--shard', '0/4', '--out', 'x.npy'], /--shard .*a part and how many there are, such as 3\/8/],
  [['--shard', '1/5', '--out', 'x.npy'], /200 images are 4 batches of 64, expected at most as many shards/],
  [['--shard', '1/2', '--out', 'x.png'], /--out x\.png cannot be written in parts/],
  [['--shard', '1/2', '--out', 'pictures/'], /--out pictures\/ cannot be written in parts/],
])('refuses %j before the model is opened', async (words, message) => {
  const { code, stderr } = await draw('--checkpoint', 'nonesuch', ...words);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});
