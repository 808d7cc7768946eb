// Sets unlike MNIST, small, large, coloured, of one class or of many: families train, are drawn from and are resumed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { writeSplit } from '../../src/dataset/idx-writer';
import type { ImageShape } from '../../src/dataset/image-set';
import { families } from '../../src/models';
import { findInstallation } from '../../src/tensor/native/location';
import { runCli } from '../cli';
import { rectangles } from '../small-set';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const run = (...words: string[]) => runOn('wasm', ...words);
const runOn = (backend: string, ...words: string[]) =>
  runCli([...words, '--quiet'], folder, { AIGC_BACKEND: backend });
/** Large images take a minute on wasm, whose convolutions have suites of their own. */
const quickest = findInstallation() ? 'native' : 'wasm';

interface OddSet extends ImageShape {
  readonly name: string;
  readonly classes: number;
  readonly families: readonly string[];
}

const all = families.map((family) => family.name);
const withClasses = families.filter((family) => family.conditional).map((family) => family.name);

const sets: readonly OddSet[] = [
  { name: 'tiny', height: 8, width: 8, channels: 1, classes: 2, families: all },
  {
    name: 'pictures',
    height: 32,
    width: 32,
    channels: 3,
    classes: 2,
    families: ['gan', 'dcgan', 'conv-vae'],
  },
  { name: 'one-class', height: 9, width: 7, channels: 1, classes: 1, families: ['vae', ...withClasses] },
  { name: 'many-classes', height: 9, width: 7, channels: 3, classes: 62, families: ['vae', ...withClasses] },
];

/** Training images of each set, so many that each class has one and the largest batch of a step is there. */
const count = 64;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-odd-sets-'));
  for (const { name, height, width, channels, classes } of sets.filter((set) => set.name !== 'pictures')) {
    const images = rectangles(count, height, width, channels);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % classes);
    await writeSplit(at(name), 'train', { ...images, labels, classCount: classes });
  }
  for (const [hue, name] of ['apples', 'plums'].entries()) {
    mkdirSync(at('photos', name), { recursive: true });
    for (let i = 0; i < count / 2; i++) writePhoto(at('photos', name, `${i}.png`), hue, i);
  }
  const make = ['data', 'make', '--from', 'photos', '--size', '32', '--test-share', '0', '--out', 'pictures'];
  expect(await run(...make)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A bright disc on black, 80×70, red or blue. */
function writePhoto(path: string, hue: number, index: number): void {
  const png = new PNG({ width: 80, height: 70 });
  for (let y = 0; y < 70; y++)
    for (let x = 0; x < 80; x++) {
      const inside = Math.hypot(x - 40, y - 35) < 10 + index / 2;
      png.data.set(
        [inside && hue === 0 ? 230 : 20, 20, inside && hue === 1 ? 230 : 20, 255],
        4 * (y * 80 + x),
      );
    }
  writeFileSync(path, PNG.sync.write(png));
}

/** What the header of a .npy file says of its shape. */
const shapeOf = (path: string) => /'shape': \(([^)]*)\)/.exec(readFileSync(path, 'latin1'))?.[1];

describe.each(sets.map((set) => [set.name, set] as const))(
  '%s',
  (name, { height, width, channels, families: names }) => {
    const on = (...words: string[]) => runOn(name === 'pictures' ? quickest : 'wasm', ...words);
    const trainDrawResume = async (family: string) => {
      const out = `${name}-${family}`;
      const settings = [
        '--data',
        name,
        '--model',
        family,
        '--batch-size',
        '4',
        '--grid',
        '2x2',
        '--out',
        out,
      ];
      expect(await on('train', ...settings, '--steps', '2')).toMatchObject({ code: 0, stderr: '' });
      const drawn = await on('sample', '--checkpoint', out, '--count', '5', '--out', `${out}.npy`);
      expect(drawn).toMatchObject({ code: 0, stderr: '' });
      expect(shapeOf(at(`${out}.npy`))).toBe(`5, ${height}, ${width}, ${channels}`);
      const resumed = await on('train', '--resume', '--out', out, '--steps', '3');
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(readFileSync(at(out, 'run.json'), 'utf8'))).toMatchObject({
        status: 'finished',
        step: 3,
      });
      rmSync(at(out), { recursive: true });
    };

    for (const family of names)
      it(`${family} trains, draws and is resumed`, () => trainDrawResume(family), 180_000);
  },
);
