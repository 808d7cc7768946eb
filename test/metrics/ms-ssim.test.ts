import { msSsim } from '../../src/metrics/ms-ssim';
import { withPixels } from './fixtures';

const samples = withPixels('pixels-samples');
const evaluation = { samples, test: samples, train: samples, seed: 1 };

it('compares within a class where there are classes', async () => {
  // Two images in turns, each a class of its own.
  const pixels = samples.pixels.map((_, i) => samples.pixels[i % 128] as number);
  const two = { ...samples, pixels, classCount: 2 };
  const probabilities = Float32Array.from({ length: 300 }, (_, i) => (i % 4 === 0 || i % 4 === 3 ? 1 : 0));
  const alike = await msSsim.measure({ ...evaluation, samples: { ...two, probabilities } });
  expect(alike.msSsim).toEqual({ mean: 1, standardError: 0 });
  const any = await msSsim.measure({ ...evaluation, samples: two });
  expect(any.msSsim?.mean).toBeLessThan(0.9);
});

it('falls back to any pair when every image is alone in its class', async () => {
  const three = { ...samples, count: 3, pixels: samples.pixels.subarray(0, 192), classCount: 3 };
  const probabilities = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const { msSsim: figure } = await msSsim.measure({ ...evaluation, samples: { ...three, probabilities } });
  expect(figure?.mean).toBeLessThan(0.9);
  expect(msSsim.refusal?.({ ...evaluation, samples: { ...three, count: 1 } })).toMatch('only one');
});
