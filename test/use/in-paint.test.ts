import * as tf from '@tensorflow/tfjs-core';
import { wasm } from '../../src/tensor/wasm';
import type { Encoding } from '../../src/use/encode';
import { inPaint } from '../../src/use/in-paint';

beforeAll(() => wasm.start());

/** A model whose latent is an image's mean pixel, and which draws that everywhere. */
const flat = {
  latent: { dimension: 1, prior: 'normal' },
  encode: (images) => tf.tidy(() => tf.reshape(tf.mean(images, [1, 2, 3]), [images.shape[0], 1])),
  sample: (latents) => tf.tidy(() => tf.tile(tf.reshape(latents, [-1, 1, 1, 1]), [1, 2, 2, 1])),
} as Pick<Encoding, 'latent' | 'encode' | 'sample'> as Encoding;

const images = { count: 1, height: 2, width: 2, channels: 1, pixels: Uint8Array.of(200, 200, 0, 0) };
const fill = async (rounds: number) => {
  const known = Uint8Array.of(1, 1, 0, 0);
  const { pixels } = await inPaint(flat, { images, known, range: 'zero-one', lastWeights: false, rounds });
  return [...pixels];
};

it('takes what is hidden from the model and keeps what is known, round after round, by hand', async () => {
  expect(await fill(1)).toEqual([100, 100, 100, 100]);
  expect(await fill(2)).toEqual([150, 150, 150, 150]);
  expect(await fill(3)).toEqual([175, 175, 175, 175]);
  expect((await fill(30))[0]).toBeGreaterThan(197);
});
