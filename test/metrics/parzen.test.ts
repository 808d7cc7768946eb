import { bestWidth, parzen } from '../../src/metrics/parzen';
import { native } from '../../src/tensor/native';
import { wasm } from '../../src/tensor/wasm';
import { readExpected, withPixels } from './fixtures';

const [samples, test, train] = ['samples', 'test', 'train'].map((name) => withPixels(`pixels-${name}`)) as [
  ReturnType<typeof withPixels>,
  ReturnType<typeof withPixels>,
  ReturnType<typeof withPixels>,
];

it('leaves a training image out of the window that chooses by it', async () => {
  await wasm.start();
  // By themselves they would choose the narrowest, 0.1.
  expect(await bestWidth(train, train)).toBeGreaterThan(0.12);
});

it.each([wasm, native])('equals NumPy on $name', async (backend) => {
  await backend.start();
  const expected = readExpected().parzen;
  expect(await bestWidth(samples, train)).toBeCloseTo(expected.sigma, 12);
  const { parzen: figure } = await parzen.measure({ samples, test, train, seed: 1 });
  expect(figure?.mean).toBeCloseTo(expected.mean, 8);
  expect(figure?.standardError).toBeCloseTo(expected.standardError, 8);
});
