import * as tf from '@tensorflow/tfjs-core';
import { binarise } from '../../src/dataset/binarise';
import { familyOptions } from '../../src/models/index';
import { betaVae } from '../../src/models/vae/beta-vae';
import { gaussianReconstruction, logisticReconstruction } from '../../src/models/vae/likelihood';
import { vae } from '../../src/models/vae/vae';
import { wasm } from '../../src/tensor/wasm';
import { gradientError, random } from '../tensor/finite-differences';

beforeAll(() => wasm.start());

const row = (...values: number[]) => tf.tensor2d(values, [1, values.length]);
const value = (x: tf.Tensor) => x.dataSync()[0] as number;

it('Gaussian: two pixels, one at the mean and one a deviation off', () => {
  const nats = gaussianReconstruction(row(0.5, 0.3), row(0.5, 0.5), tf.scalar(Math.log(0.2)));
  expect(value(nats)).toBeCloseTo(2 * (Math.log(0.2) + 0.5 * Math.log(2 * Math.PI)) + 0.5, 5);
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

it('logistic: the difference of two sigmoids for a grey level, and open bins for black and white', () => {
  const [mean, scale, h] = [0.4, 0.05, 0.5 / 255];
  const at = (x: number) => value(logisticReconstruction(row(mean), row(x), tf.scalar(Math.log(scale))));
  const x = 128 / 255;
  const middle = sigmoid((x + h - mean) / scale) - sigmoid((x - h - mean) / scale);
  expect(at(x)).toBeCloseTo(-Math.log(middle), 3);
  expect(at(0)).toBeCloseTo(-Math.log(sigmoid((h - mean) / scale)), 4);
  expect(at(1)).toBeCloseTo(-Math.log(1 - sigmoid((1 - h - mean) / scale)), 4);
});

it('logistic: the probabilities of the 256 levels sum to 1', () => {
  const levels = row(...Array.from({ length: 256 }, (_, k) => k / 255));
  const column = tf.reshape(levels, [256, 1]) as tf.Tensor2D;
  const nats = logisticReconstruction(
    tf.fill([256, 1], 0.7) as tf.Tensor2D,
    column,
    tf.scalar(Math.log(0.1)),
  );
  expect(value(tf.sum(tf.exp(tf.neg(nats))))).toBeCloseTo(1, 4);
});

it.each([
  ['gaussian', gaussianReconstruction],
  ['logistic', logisticReconstruction],
] as const)('%s: its gradients are those of finite differences', (_, reconstruction) => {
  const x = row(0, 51 / 255, 128 / 255, 1);
  const f = (outputs: tf.Tensor, scale: tf.Tensor) =>
    reconstruction(tf.sigmoid(outputs) as tf.Tensor2D, x, tf.reshape(scale, []) as tf.Scalar);
  expect(gradientError(f, [random([1, 4], 'outputs'), tf.tensor1d([-1])])).toBeLessThan(2e-3);
});

it('the weight of the KL term rises to β over the warm-up', () => {
  const options = familyOptions(betaVae, { klWarmupSteps: '4' }, {});
  const model = betaVae.create({
    image: { height: 8, width: 8, channels: 1 },
    classCount: 0,
    pixelMean: 0.5,
    seed: 1,
    options,
  });
  expect([0, 1, 3, 100].map((step) => model.scalars?.(step).klWeight)).toEqual([1, 2, 4, 4]);
  model.dispose();
});

it('binarises each image once, by its grey levels', () => {
  const pixels = new Uint8Array(3000).map((_, i) => (i < 1000 ? 0 : i < 2000 ? 51 : 255));
  const set = { count: 3, height: 10, width: 100, channels: 1, pixels, labels: undefined, classCount: 0 };
  const once = binarise(set, 1);
  expect(once).toEqual(binarise(set, 1));
  const share = (from: number) => once.pixels.subarray(from, from + 1000).filter((x) => x === 255).length;
  expect([share(0), share(2000)]).toEqual([0, 1000]);
  expect(Math.abs(share(1000) - 200)).toBeLessThan(50);
});

it('refuses to make pixels binary under a likelihood of grey levels', () => {
  const values = { likelihood: 'logistic', binarise: 'dynamic' };
  expect(() => familyOptions(vae, values, {})).toThrow('--binarise dynamic');
});
