import { msSsim, pairsEstimate } from '../../src/metrics/ms-ssim';
import { normals, randomStream } from '../../src/rng';
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
  expect(
    msSsim.refusal?.({
      sampleCount: 2,
      features: 'labels',
      hasTraining: true,
      hasLabels: false,
      image: { height: 28, width: 28, channels: 1 },
    }),
  ).toMatch('there are 2');
});

it.each([60, 300, 10_000])('its error is what another draw of %i images changes', (count) => {
  // A kernel of pairs with a part of each image and one of the pair alone, of which images are drawn anew.
  const estimates = Array.from({ length: 200 }, (_, draw) => {
    const stream = randomStream(draw, 'test/pairs');
    const own = normals(stream, count);
    const pairs = Array.from({ length: 2000 }, () => {
      const first = stream.integer(count);
      return [first, (first + 1 + stream.integer(count - 1)) % count] as const;
    });
    const values = pairs.map(([a, b]) => {
      const [x, y] = [own[a] as number, own[b] as number];
      return x + y + 3 * Math.sin(50 * x * y);
    });
    return pairsEstimate(pairs, values, count);
  });
  const means = estimates.map(({ mean }) => mean);
  const middle = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const spread = Math.sqrt(means.reduce((sum, mean) => sum + (mean - middle) ** 2, 0) / (means.length - 1));
  const claimed = Math.sqrt(
    estimates.reduce((sum, { standardError }) => sum + standardError ** 2, 0) / estimates.length,
  );
  expect(claimed / spread).toBeGreaterThan(0.85); // 200 draws tell a spread to 5 % (one σ).
  expect(claimed / spread).toBeLessThan(1.15);
});
