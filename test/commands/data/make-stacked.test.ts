// `aigc data make stacked-mnist`, and the modes that `aigc evaluate` counts of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import type { ImageSet } from '../../../src/dataset/image-set';
import { loadDataSet } from '../../../src/dataset/load';
import { channelOf } from '../../../src/dataset/stacked';
import { modeFigures } from '../../../src/metrics/stacked-modes';
import { randomStream } from '../../../src/rng';
import { jsonLines, runCli } from '../../cli';
import { expectPlainError } from '../../small-models';
import { rectangles } from '../../small-set';

const folder = mkdtempSync(join(tmpdir(), 'aigc-stacked-'));
const run = (...words: string[]) => runCli(words, folder, { AIGC_BACKEND: 'wasm' });
const load = async (name: string) => (await loadDataSet(join(folder, name))).train as ImageSet;
const count = 40;

beforeAll(async () => {
  const words = ['--data', 'digits', '--count', String(count), '--test-count', '20', '--seed', '3'];
  const { code, stderr } = await run('data', 'make', 'stacked-mnist', ...words, '--out', 'stack');
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The three images that each one is of. */
const drawn = (source: ImageSet) =>
  Array.from({ length: count }, (_, i) => {
    const stream = randomStream(3, 'stacked/train', i);
    return [0, 1, 2].map(() => stream.integer(source.count));
  });

it('each channel is an image of the data, and image i the same whatever the count', async () => {
  const [set, source] = [await load('stack'), (await loadDataSet('digits')).train as ImageSet];
  expect(set).toMatchObject({ count, height: 28, width: 28, channels: 3, labels: undefined });
  for (const channel of [0, 1, 2]) {
    const grey = channelOf(set, channel);
    for (const [i, indices] of drawn(source).entries()) {
      const index = indices[channel] as number;
      const expected = source.pixels.subarray(index * 784, (index + 1) * 784);
      expect(Buffer.compare(grey.subarray(i * 784, (i + 1) * 784), expected)).toBe(0);
    }
  }
  const few = ['--data', 'digits', '--count', '7', '--seed', '3', '--out', 'few'];
  expect(await run('data', 'make', 'stacked-mnist', ...few)).toMatchObject({ code: 0 });
  expect((await load('few')).pixels).toEqual(set.pixels.subarray(0, 7 * 784 * 3));
});

it('evaluate counts the modes that are there', async () => {
  const source = (await loadDataSet('digits')).train as ImageSet;
  const modes = new Set(drawn(source).map((indices) => indices.map((i) => source.labels?.[i]).join('')));
  const words = [
    '--samples',
    'stack',
    '--data',
    'stack',
    '--metrics',
    'modes',
    '--fail-if',
    'modesCovered<1000',
  ];
  const { code, stdout } = await run('evaluate', ...words, '--json');
  expect(code).toBe(5);
  const found = jsonLines(stdout).find(
    ({ event, figure }) => event === 'metric' && figure === 'modesCovered',
  );
  expect(Math.abs(found.mean - modes.size)).toBeLessThan(3);
});

it('the figures are those of the definitions', () => {
  const even = modeFigures(Uint16Array.from({ length: 4000 }, (_, i) => i % 1000));
  expect(even.modesCovered?.mean).toBe(1000);
  expect(even.modesKl?.mean).toBeCloseTo(0, 12);
  const two = modeFigures([5, 5, 5, 7]);
  expect(two.modesCovered?.mean).toBe(2);
  expect(two.modesKl?.mean).toBeCloseTo(Math.log(1000) + 0.75 * Math.log(0.75) + 0.25 * Math.log(0.25), 12);
});

it('refuses what cannot be stacked, counted, or meant', async () => {
  await writeSplit(join(folder, 'colour'), 'train', rectangles(4, 28, 28, 3));
  const colour = await run('data', 'make', 'stacked-mnist', '--data', 'colour', '--out', 'none');
  expectPlainError(colour, 3, /colour holds images of 28×28×3, expected grey ones/);
  const grey = await run('evaluate', '--samples', 'digits', '--data', 'digits', '--metrics', 'modes');
  expect(grey.code).not.toBe(0);
  expectPlainError(
    await run('data', 'make', 'digits', '--data', 'digits', '--out', 'none'),
    2,
    /--data goes with stacked-mnist alone/,
  );
  expectPlainError(await run('data', 'make', 'stacked'), 2, /cannot draw "stacked"/);
});
