import * as tf from '@tensorflow/tfjs-core';
import { resolveOptions } from '../../src/config/resolve';
import { nll } from '../../src/metrics/nll';
import { findFamily } from '../../src/models';
import { randomStream } from '../../src/rng';
import { wasm } from '../../src/tensor/wasm';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

it('equals the integral over the latent variable within 0.01 nats', async () => {
  const family = findFamily('iwae');
  const options = resolveOptions(family.options, {}, { latentDim: 1, hiddenUnits: 8, batchSize: 4 });
  const set = rectangles(6, 8, 8, 1);
  const image = { height: 8, width: 8, channels: 1 };
  const model = family.create({ image, classCount: 0, pixelMean: 0.5, seed: 3, options });
  const { nll: figure } = await nll.measure({ family, model, set, samplesPerImage: 5000, seed: 1 });

  // log ∫ N(z; 0, 1) Π p(x|z) dz by the rectangle rule on [−8, 8].
  const points = 3201;
  const width = 16 / (points - 1);
  const grid = Float32Array.from({ length: points }, (_, i) => -8 + i * width);
  const drawn = tf.tidy(() => model.sample(tf.tensor2d(grid, [points, 1])).dataSync()); // [points, 64]
  let sum = 0;
  for (let i = 0; i < set.count; i++) {
    const stream = randomStream(1, 'evaluate/pixels', i);
    const x = Array.from(
      { length: 64 },
      (_, j) => stream.uniform() < Math.fround((set.pixels[i * 64 + j] as number) / 255),
    );
    let likelihood = 0;
    for (let at = 0; at < points; at++) {
      const z = grid[at] as number;
      let log = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI) + Math.log(width);
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
  model.dispose();
});
