import * as tf from '@tensorflow/tfjs-core';
import { Parameters } from '../../src/models/parameters';
import { bernoulliReconstruction } from '../../src/models/vae/elbo';
import {
  bernoulliLogLikelihood,
  type Estimator,
  importanceBound,
  importanceWeights,
  weightedGradients,
} from '../../src/models/vae/importance';
import { twoLayers } from '../../src/models/vae/two-layers';
import { wasm } from '../../src/tensor/wasm';

beforeAll(() => wasm.start());

const [mean, logVariance, slope, x] = [0.3, -0.5, 0.8, 1.2];

interface Found {
  readonly bound: number;
  readonly grads: tf.NamedTensorMap;
}

/** Gradients of −L_k for q = N(mean, σ²), log p(x|z) = −½ (x − slope z)², by [mean, logVariance, slope]. */
function gradients(estimator: Estimator, epsilon: tf.Tensor3D): number[] {
  const [batch, k] = epsilon.shape;
  const variables = [mean, logVariance, slope].map((value) => tf.variable(tf.scalar(value)));
  const [m, v, s] = variables as [tf.Variable, tf.Variable, tf.Variable];
  const wide = (value: tf.Tensor) => tf.add(tf.zeros([batch, 1]), value) as tf.Tensor2D;
  const { value, grads } = tf.tidy(() =>
    weightedGradients(
      estimator,
      (how) =>
        importanceWeights(
          { mean: wide(m), logVariance: wide(v) },
          epsilon,
          (z) => tf.reshape(tf.mul(tf.square(tf.sub(x, tf.mul(z, s))), -0.5), [batch, k]),
          how,
        ),
      variables,
    ),
  );
  value.dispose();
  return variables.map((variable) => {
    const number = (grads[variable.name] as tf.Tensor).dataSync()[0] as number;
    tf.dispose([grads[variable.name] as tf.Tensor, variable]);
    return number;
  });
}

it('DReG and IWAE have one expectation, and the same decoder gradient for the same noise', () => {
  const epsilon = tf.randomNormal([200_000, 5, 1], 0, 1, 'float32', 3) as tf.Tensor3D;
  const [dreg, plain] = [gradients('dreg', epsilon), gradients('iwae', epsilon)];
  expect(dreg[0]).toBeCloseTo(plain[0] as number, 2);
  expect(dreg[1]).toBeCloseTo(plain[1] as number, 2);
  expect(dreg[2]).toBeCloseTo(plain[2] as number, 6);
  expect(Math.abs(plain[0] as number)).toBeGreaterThan(0.03);
});

it('so have they with two latent layers, whose samples are drawn from each other', () => {
  const parameters = new Parameters(7);
  const sizes = { pixels: 2, hiddenUnits: 3, latentDim: 1, firstLatentDim: 1, pixelMean: 0.4 };
  const net = twoLayers(parameters, sizes);
  const images = 60_000;
  const ones = tf.tile(tf.tensor2d([[1, 0]]), [images, 1]) as tf.Tensor2D;
  const epsilon = tf.randomNormal([images, 5, 2], 0, 1, 'float32', 3) as tf.Tensor3D;
  const [dreg, plain] = (['dreg', 'iwae'] as const).map((estimator) => {
    const { value, grads } = tf.tidy(() =>
      weightedGradients(estimator, (how) => net.logWeights(ones, epsilon, how), parameters.trainable()),
    );
    return { bound: value.dataSync()[0] as number, grads };
  }) as [Found, Found];
  expect(dreg.bound).toBeCloseTo(plain.bound, 6);
  let largest = 0;
  for (const [name, variable] of parameters.variables) {
    const [one, other] = [dreg, plain].map(({ grads }) => grads[variable.name]?.dataSync() as Float32Array);
    for (const [i, gradient] of (other as Float32Array).entries()) {
      expect((one as Float32Array)[i]).toBeCloseTo(gradient, name.startsWith('decoder') ? 5 : 2);
      if (name.startsWith('encoder')) largest = Math.max(largest, Math.abs(gradient));
    }
  }
  expect(largest).toBeGreaterThan(0.03);
  parameters.dispose();
});

it('with one sample DReG is the path derivative, and IWAE the gradient of the VAE, by hand', () => {
  const e = 0.7;
  const epsilon = tf.tensor3d([e], [1, 1, 1]);
  const deviation = Math.exp(logVariance / 2);
  const z = mean + deviation * e;
  const towards = slope * (x - slope * z) - z; // ∂/∂z of log p(x|z) + log p(z)
  const path = towards + e / deviation;
  const [dregMean, dregVariance] = gradients('dreg', epsilon);
  expect(dregMean).toBeCloseTo(-path, 5);
  expect(dregVariance).toBeCloseTo((-path * deviation * e) / 2, 5);
  const [plainMean, plainVariance] = gradients('iwae', epsilon);
  expect(plainMean).toBeCloseTo(-towards, 5);
  expect(plainVariance).toBeCloseTo(-((towards * deviation * e) / 2 + 0.5), 5);
});

it('the bound is log 1/k Σ w', () => {
  const logWeights = tf.tensor2d([[Math.log(1), Math.log(3)]]);
  expect(importanceBound(logWeights).dataSync()[0]).toBeCloseTo(Math.log(2), 6);
});

it('log p(x|z) is −reconstruction, and so is its gradient', () => {
  const logits = tf.tensor2d([[0, 2, -3]]);
  const pixels = tf.tensor2d([[1, 0, 1]]);
  const value = bernoulliLogLikelihood(logits, pixels, 1);
  expect(value.dataSync()[0]).toBeCloseTo(
    -(bernoulliReconstruction(logits, pixels).dataSync()[0] as number),
    5,
  );
  const one = tf
    .grad((a) => tf.sum(bernoulliLogLikelihood(a as tf.Tensor2D, pixels, 1)))(logits)
    .dataSync();
  const two = tf
    .grad((a) => tf.neg(tf.sum(bernoulliReconstruction(a as tf.Tensor2D, pixels))))(logits)
    .dataSync();
  one.forEach((gradient, i) => {
    expect(gradient).toBeCloseTo(two[i] as number, 5);
  });
});
