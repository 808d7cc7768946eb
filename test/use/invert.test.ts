import * as tf from '@tensorflow/tfjs-core';
import type { Family } from '../../src/models/family';
import { familyOptions, findFamily } from '../../src/models/index';
import { wasm } from '../../src/tensor/wasm';
import { latentsAt } from '../../src/use/draw';
import { invertImages } from '../../src/use/invert';

beforeAll(() => wasm.start());

const image = { height: 8, width: 8, channels: 1 };
const size = 64;

/** A model that draws different images for different latents, as a trained one does: its weights are larger. */
function build(family: Family) {
  const options = familyOptions(family, {}, { latentDim: 4 });
  const model = family.create({ image, classCount: 3, pixelMean: 0.5, seed: 1, options });
  for (const variable of model.variables.values()) {
    if (variable.rank > 1) tf.tidy(() => variable.assign(tf.mul(variable, 4)));
  }
  return model;
}

/** What the model draws, as floats. */
function drawn(model: ReturnType<typeof build>, latents: Float32Array, labels?: Int32Array): Float32Array {
  const images = tf.tidy(() =>
    model.sample(
      tf.tensor2d(latents, [latents.length / 4, 4]),
      labels && { labels: tf.tensor1d(labels, 'int32') },
    ),
  );
  const values = images.dataSync() as Float32Array;
  images.dispose();
  return Float32Array.from(values);
}

const error = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;

it.each(['gan', 'vae', 'cgan'])('finds latents that draw what %s drew, leaking no tensor', async (name) => {
  const family = findFamily(name);
  const model = build(family);
  const labels = family.conditional ? Int32Array.of(0, 1, 2) : undefined;
  const images = drawn(model, latentsAt(model, 9, 0, 3), labels);
  const start = error(images, drawn(model, latentsAt(model, 5, 0, 3), labels));
  const known = new Float32Array(images.length).fill(1);
  const before = tf.memory().numTensors;
  const wanted = { images, known, count: 3, labels, seed: 1, steps: 150 };
  const found = await invertImages(model, wanted);
  expect(tf.memory().numTensors).toBe(before);
  expect(error(images, drawn(model, found, labels))).toBeLessThan(start / 10);
  expect(await invertImages(model, wanted)).toEqual(found);
  model.dispose();
});

it('looks at the known pixels alone', async () => {
  const model = build(findFamily('gan'));
  const images = drawn(model, latentsAt(model, 9, 0, 2));
  const known = Float32Array.from(images, (_, i) => (i % size < size / 2 ? 1 : 0));
  const spoilt = images.map((value, i) => (known[i] ? value : 0.9));
  const setting = { known, count: 2, seed: 1, steps: 50 };
  expect(await invertImages(model, { ...setting, images: spoilt })).toEqual(
    await invertImages(model, { ...setting, images }),
  );
  model.dispose();
});
