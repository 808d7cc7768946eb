import { DataError } from '../../src/errors';
import { compareDistances, memorisation } from '../../src/metrics/memorisation';
import { wasm } from '../../src/tensor/wasm';
import { withPixels } from './fixtures';

const [train, test] = [withPixels('pixels-train'), withPixels('pixels-test')];

beforeAll(() => wasm.start());

it('equals the ratio and the share by hand', () => {
  const figures = compareDistances(Float64Array.from([0, 1, 2, 5]), Float64Array.from([4, 2, 1, 3]));
  expect(figures.memorisation?.mean).toBeCloseTo(2 / 2.5, 12);
  expect(figures.copies?.mean).toBe(0.5); // 0 and 1
});

it('knows copies of training images', async () => {
  const samples = { ...test, count: 60, pixels: train.pixels.subarray(0, 60 * 64) };
  const figures = await memorisation.measure({ samples, test, train, seed: 1 });
  expect(figures.memorisation).toEqual({ mean: 0, standardError: 0 });
  expect(figures.copies?.mean).toBe(1);
});

it('takes 2,000 of more, drawn by the seed', async () => {
  const pixels = new Uint8Array(2100 * 64);
  pixels.set(train.pixels);
  pixels.set(withPixels('pixels-samples').pixels, train.pixels.length); // 1,100 copies, 150 others, 850 black ones
  const samples = { ...test, count: 2100, pixels };
  const copies = async (seed: number) => (await memorisation.measure({ samples, test, train, seed })).copies;
  expect((await copies(1))?.mean).toBeGreaterThan(1050 / 2100);
  expect(await copies(1)).toEqual(await copies(1));
  expect(await copies(1)).not.toEqual(await copies(2));
});

it('refuses test images that are training images', async () => {
  await expect(memorisation.measure({ samples: test, test, train: test, seed: 1 })).rejects.toThrow(
    DataError,
  );
});
