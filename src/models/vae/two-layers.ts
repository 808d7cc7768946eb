// Two latent layers: h1 next to the pixels, h2 above it. Burda et al. 2015, section 5, arxiv.org/abs/1509.00519.
import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../parameters';
import { type Posterior, reparameterise } from './elbo';
import { bernoulliLogLikelihood, type Estimation, plain, repeated, samplesOf } from './importance';
import { createDecoder, gaussian, type Sizes, type StochasticLayers } from './stochastic-layers';

interface TwoSizes extends Sizes {
  /** Of h1; `latentDim` is h2's. */
  readonly firstLatentDim: number;
}

/**
 * p(h2) = N(0, I), p(h1|h2), p(x|h1); q(h1|x), q(h2|h1): Gaussians whose networks are of two hidden layers, as wide as
 * `hiddenUnits` beside the pixels and half of it between the two latents.
 * Its latents, which others draw and keep, are the noise that both layers are made of: h2, and (h1 − μ(h2)) / σ(h2). They
 * are N(0, I) of latentDim + firstLatentDim numbers, h2 first, so that drawing and walking are what they are with one layer.
 */
export function twoLayers(parameters: Parameters, sizes: TwoSizes): StochasticLayers {
  const { pixels, hiddenUnits, latentDim: second, firstLatentDim: first } = sizes;
  const between = Math.ceil(hiddenUnits / 2);
  const toFirst = gaussian(parameters, 'encoder', [pixels, hiddenUnits, first]);
  const toSecond = gaussian(parameters, 'encoder.upper', [first, between, second]);
  const downward = gaussian(parameters, 'decoder.upper', [second, between, first]);
  const decode = createDecoder(parameters, { ...sizes, latentDim: first });
  const latentDim = first + second;

  /** log p(x|h1) and log p(h1, h2) − log q(h1, h2|x), [batch, k] each. Of the doubly reparameterised estimator, what log w
   *  reads are the samples behind the w̃ of the gradient, and q's densities are of weights that are held. */
  function terms(x: tf.Tensor2D, epsilon: tf.Tensor3D, { doubly, sampled }: Estimation) {
    const [batch, k] = epsilon.shape;
    const rows = batch * k;
    const wide = (z: tf.Tensor2D, n: number) => tf.reshape(z, [batch, k, n]) as tf.Tensor3D;
    const flat = (z: tf.Tensor3D) => tf.reshape(z, [rows, z.shape[2]]) as tf.Tensor2D;
    const [above, below] = tf.split(epsilon, [second, first], 2) as [tf.Tensor3D, tf.Tensor3D];
    const ofFirst = toFirst(x);
    const drawnFirst = samplesOf(ofFirst, below); // [batch, k, first]
    const ofSecond = toSecond(flat(drawnFirst)); // [rows, second] each
    const h1 = flat(sampled(drawnFirst));
    const h2 = flat(sampled(wide(reparameterise(ofSecond, flat(above)), second)));
    const held = doubly ? { first: toFirst(x, true), second: toSecond(h1, true) } : undefined;
    const each = (p: Posterior): Posterior => ({
      mean: repeated(p.mean, k),
      logVariance: repeated(p.logVariance, k),
    });
    const prior = tf.mul(tf.sum(tf.square(h2), 1), -0.5);
    const p = tf.add(prior, logNormal(h1, downward(h2)));
    const q = tf.add(logNormal(h1, each(held?.first ?? ofFirst)), logNormal(h2, held?.second ?? ofSecond));
    return {
      likelihood: bernoulliLogLikelihood(decode(h1), x, k),
      ratio: tf.reshape(tf.sub(p, q), [batch, k]) as tf.Tensor2D,
    };
  }

  return {
    latentDim,
    logWeights: (x, epsilon, how = plain) => {
      const { likelihood, ratio } = terms(x, epsilon, how);
      return tf.add(likelihood, ratio);
    },
    // Of one sample, the KL too: that of h1 has no closed form.
    lowerBound: (x, epsilon) => {
      const { likelihood, ratio } = terms(x, epsilon, plain);
      const of = (values: tf.Tensor2D) => tf.neg(tf.squeeze(values, [1])) as tf.Tensor1D;
      const [reconstruction, kl] = [of(likelihood), of(ratio)];
      return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
    },
    decode: (latents) => {
      const [h2, noise] = tf.split(latents, [second, first], 1) as [tf.Tensor2D, tf.Tensor2D];
      return decode(reparameterise(downward(h2), noise));
    },
    encode: (x) => {
      const h1 = toFirst(x).mean;
      const h2 = toSecond(h1).mean;
      const { mean, logVariance } = downward(h2);
      return tf.concat2d([h2, tf.mul(tf.sub(h1, mean), tf.exp(tf.mul(logVariance, -0.5)))], 1);
    },
  };
}

/** log N(z; μ, σ²) of each row, less ½ log 2π a number: of as many numbers in p as in q. @returns [rows] */
function logNormal(z: tf.Tensor2D, { mean, logVariance }: Posterior): tf.Tensor1D {
  const squares = tf.mul(tf.square(tf.sub(z, mean)), tf.exp(tf.neg(logVariance)));
  return tf.mul(tf.sum(tf.add(squares, logVariance), 1), -0.5) as tf.Tensor1D;
}
