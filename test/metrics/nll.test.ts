import * as tf from '@tensorflow/tfjs-core';
import { resolveOptions } from '../../src/config/resolve';
import { nll } from '../../src/metrics/nll';
import { findFamily } from '../../src/models';
import { randomStream } from '../../src/rng';
import { wasm } from '../../src/tensor/wasm';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

const model = (name: string, values: Record<string, number>) => {
  const family = findFamily(name);
  const options = resolveOptions(family.options, {}, { hiddenUnits: 8, batchSize: 4, ...values });
  const image = { height: 8, width: 8, channels: 1 };
  return { family, model: family.create({ image, classCount: 0, pixelMean: 0.5, seed: 3, options }) };
};

/** Points of a lattice of the rectangle rule on [−reach, reach] along each of the axes, row by row. */
function lattice(axes: number, points: number, reach: number): Float32Array {
  const width = (2 * reach) / (points - 1);
  return Float32Array.from({ length: points ** axes * axes }, (_, i) => {
    const [point, axis] = [Math.floor(i / axes), i % axes];
    return -reach + (Math.floor(point / points ** axis) % points) * width;
  });
}

it.each([
  ['one latent layer', { latentDim: 1 }, 1, 3201, 8],
  ['two latent layers', { layers: 2, latentDim: 1, firstLatentDim: 1 }, 2, 121, 6],
] as const)('equals the integral over %s within 0.01 nats', async (_, values, axes, points, reach) => {
  const made = model('iwae', values);
  const set = rectangles(6, 8, 8, 1);
  const { nll: figure } = await nll.measure({ ...made, set, samplesPerImage: 5000, seed: 1 });

  // log ∫ N(z; 0, I) Π p(x|z) dz.
  const count = points ** axes;
  const grid = lattice(axes, points, reach);
  const cell = Math.log((2 * reach) / (points - 1)) - 0.5 * Math.log(2 * Math.PI);
  const drawn = tf.tidy(() => made.model.sample(tf.tensor2d(grid, [count, axes])).dataSync()); // [count, 64]
  let sum = 0;
  for (let i = 0; i < set.count; i++) {
    const stream = randomStream(1, 'evaluate/pixels', i);
    const x = Array.from(
      { length: 64 },
      (_, j) => stream.uniform() < Math.fround((set.pixels[i * 64 + j] as number) / 255),
    );
    let likelihood = 0;
    for (let at = 0; at < count; at++) {
      const z = grid.subarray(at * axes, (at + 1) * axes);
      let log = axes * cell - 0.5 * z.reduce((squares, value) => squares + value * value, 0);
      x.forEach((on, j) => {
        const p = drawn[at * 64 + j] as number;
        log += Math.log(on ? p : 1 - p);
      });
      likelihood += Math.exp(log);
    }
    sum -= Math.log(likelihood);
  }
  expect(Math.abs((figure?.mean as number) - sum / set.count)).toBeLessThan(0.01);
  expect(figure?.standardError).toBeGreaterThan(0);
  made.model.dispose();
});
