// The family that CONTRIBUTING.md shows is test/linear-vae.ts, which `npm run check` compiles, and it trains.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Options, OptionValues } from '../src/config/option';
import { resolveOptions } from '../src/config/resolve';
import { planBatches } from '../src/dataset/batches';
import { wasm } from '../src/tensor/wasm';
import { createEagerStepper, gatherInputs } from '../src/training/stepper';
import { linearVae } from './linear-vae';
import { rectangles } from './small-set';

/** Imports as they would be in src/models/vae, where the example stands. */
const moved = (source: string) =>
  source
    .replaceAll("'../src/models/vae/", "'./")
    .replaceAll("'../src/models/", "'../")
    .replaceAll("'../src/", "'../../");

it('is shown as it is here', () => {
  const page = readFileSync(join(__dirname, '..', 'CONTRIBUTING.md'), 'utf8');
  const shown = /```ts\n(\/\/ `linear-vae`[\s\S]*?)```/.exec(page)?.[1];
  expect(shown).toBe(moved(readFileSync(join(__dirname, 'linear-vae.ts'), 'utf8')));
});

it('trains, and draws', async () => {
  await wasm.start();
  const [batchSize, seed, count] = [16, 1, 60];
  const set = rectangles(64, 8, 8, 1);
  const options = resolveOptions(linearVae.options, {}, { batchSize }) as OptionValues<Options>;
  const model = linearVae.create({ image: set, classCount: 0, pixelMean: 0.5, seed, options });
  const plan = planBatches(set.count, batchSize, seed);
  const source = { model, set, plan, range: linearVae.pixelRange, seed };
  const stepper = createEagerStepper(model, set, batchSize);
  const bounds: number[] = [];
  for (let step = 0; step < count; step++) {
    bounds.push((await stepper.run(gatherInputs(source, step), true))?.elbo as number);
  }
  expect(bounds[count - 1]).toBeGreaterThan(0.9 * (bounds[0] as number)); // nats, below 0
  const images = model.sample(tf.zeros([2, model.latent.dimension]));
  expect(images.shape).toEqual([2, 8, 8, 1]);
  images.dispose();
  model.dispose();
});
