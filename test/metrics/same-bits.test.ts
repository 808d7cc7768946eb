// One file of images has one set of figures, to the last digit, whatever computes: backends, threads, versions of Node.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeNpy } from '../../src/images/npy';
import { randomStream } from '../../src/rng';
import { native } from '../../src/tensor/native';
import { runCli } from '../cli';
import { loadInMemory } from '../in-memory';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const golden = join(__dirname, '../fixtures/metrics/same-bits.json');
const count = 120;

/** Training images of the digits with noise that covers half of the levels. */
async function writeSamples(path: string): Promise<void> {
  const { train } = await loadInMemory('digits', { dataFolder: folder() });
  const stream = randomStream(1, 'same-bits');
  const pixels = train.pixels
    .subarray(0, count * 784)
    .map((byte) => (stream.integer(9) === 0 ? stream.integer(128) : byte));
  writeFileSync(path, encodeNpy(Uint8Array.from(pixels), [count, 28, 28]));
}

/** Every figure with its error and that of real images, as JSON prints them. */
async function figures(...how: string[]): Promise<Record<string, unknown>> {
  const words = ['evaluate', '--samples', 'samples.npy', '--data', 'digits', '--count', '150', '--json'];
  const { code, stdout, stderr } = await runCli([...words, ...how], folder());
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: 120 are few/) });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Object.fromEntries(
    events
      .filter(({ event }) => event === 'metric')
      .map(({ figure, mean, standardError, real }) => [
        figure,
        { mean, standardError, ...(real && { real }) },
      ]),
  );
}

const settings: readonly (readonly [string, ...string[]])[] = [
  ['wasm', '--backend', 'wasm', '--threads', '1'],
  ['wasm on two threads', '--backend', 'wasm', '--threads', '2'],
  ['native', '--backend', 'native'],
];

it.each(settings)('%s gives these figures', async (...setting) => {
  const [name, ...how] = setting;
  if (name === 'native' && !(await native.check()).available) {
    console.warn('SKIPPED: the figures on native: it is not installed.');
    return;
  }
  await writeSamples(join(folder(), 'samples.npy'));
  expect(await figures(...how)).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
});
