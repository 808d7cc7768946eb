import * as tf from '@tensorflow/tfjs-core';
import { bernoulliReconstruction, klDivergence, reparameterise } from '../../src/models/vae/elbo';
import { wasm } from '../../src/tensor/wasm';

beforeAll(() => wasm.start());

it('KL is 0 for the prior itself', () => {
  const posterior = { mean: tf.zeros<tf.Rank.R2>([2, 3]), logVariance: tf.zeros<tf.Rank.R2>([2, 3]) };
  expect([...klDivergence(posterior).dataSync()]).toEqual([0, 0]);
});

it('KL of N(1, e) in one dimension is ½(e + 1 − 1 − 1) nats, summed over dimensions', () => {
  const posterior = { mean: tf.ones<tf.Rank.R2>([1, 2]), logVariance: tf.ones<tf.Rank.R2>([1, 2]) };
  expect(klDivergence(posterior).dataSync()[0]).toBeCloseTo(Math.E - 1, 5);
});

it('KL equals a Monte Carlo estimate of E_q[log q − log p]', () => {
  const [mean, logVariance] = [0.7, -0.8];
  const deviation = Math.exp(logVariance / 2);
  const count = 200_000;
  const noise = tf.randomNormal([count, 1], 0, 1, 'float32', 7) as tf.Tensor2D;
  let sum = 0;
  for (const e of noise.dataSync()) {
    const z = mean + deviation * e;
    sum += -0.5 * logVariance - 0.5 * e * e + 0.5 * z * z;
  }
  const posterior = { mean: tf.tensor2d([[mean]]), logVariance: tf.tensor2d([[logVariance]]) };
  expect(klDivergence(posterior).dataSync()[0]).toBeCloseTo(sum / count, 2);
});

it('reconstruction is −Σ x log p + (1 − x) log(1 − p), for grey pixels too, and finite at large logits', () => {
  const logits = tf.tensor2d([[0, 2, -3]]);
  const pixels = tf.tensor2d([[1, 0.25, 0]]);
  const p = (a: number) => 1 / (1 + Math.exp(-a));
  const expected = -(Math.log(0.5) + 0.25 * Math.log(p(2)) + 0.75 * Math.log(1 - p(2)) + Math.log(1 - p(-3)));
  expect(bernoulliReconstruction(logits, pixels).dataSync()[0]).toBeCloseTo(expected, 5);
  expect(
    bernoulliReconstruction(tf.tensor2d([[100, -100]]), tf.tensor2d([[0, 1]])).dataSync()[0],
  ).toBeCloseTo(200, 3);
});

it('a reparameterised sample is μ + σ ε', () => {
  const posterior = { mean: tf.tensor2d([[1, 2]]), logVariance: tf.tensor2d([[0, Math.log(4)]]) };
  const [first, second] = reparameterise(posterior, tf.tensor2d([[1, -1]])).dataSync();
  expect(first).toBeCloseTo(2, 6);
  expect(second).toBeCloseTo(0, 5);
});
