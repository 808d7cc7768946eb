// What an importance-weighted autoencoder is to its step: one latent layer, or two of them, over the same pixels.
import * as tf from '@tensorflow/tfjs-core';
import { type Dense, dense } from '../layers';
import { glorotUniform, type Initializer, type Parameters } from '../parameters';
import { klDivergence, type Posterior } from './elbo';
import { bernoulliLogLikelihood, type Estimation, importanceWeights, samplesOf } from './importance';

/** What the bound of images is made of. x is [batch, pixels] of 0 and 1, ε ~ N(0, I) is [batch, k, latentDim]. */
export interface StochasticLayers {
  readonly latentDim: number;
  /** log w = log p(x, z) − log q(z|x), [batch, k]. @param how of an estimator, where a gradient is taken */
  logWeights(x: tf.Tensor2D, epsilon: tf.Tensor3D, how?: Estimation): tf.Tensor2D;
  /** Of each image in nats. @param epsilon [batch, 1, latentDim] */
  lowerBound(
    x: tf.Tensor2D,
    epsilon: tf.Tensor3D,
  ): { readonly elbo: tf.Tensor1D; readonly reconstruction: tf.Tensor1D; readonly kl: tf.Tensor1D };
  /** Logits of the pixels. @param latents ~ N(0, I) for a draw, [count, latentDim] */
  decode(latents: tf.Tensor2D): tf.Tensor2D;
  /** What `decode` makes the image's reconstruction of. */
  encode(x: tf.Tensor2D): tf.Tensor2D;
  /** Where q(z|x) is one Gaussian. */
  posterior?(x: tf.Tensor2D): Posterior;
}

export interface Sizes {
  readonly pixels: number;
  readonly hiddenUnits: number;
  readonly latentDim: number;
  /** Of the training set, in [0, 1]: the logits start at its. */
  readonly pixelMean: number;
}

/** p(z) = N(0, I), p(x|z), q(z|x). */
export function oneLayer(parameters: Parameters, sizes: Sizes): StochasticLayers {
  const { pixels, hiddenUnits, latentDim } = sizes;
  const encode = gaussian(parameters, 'encoder', [pixels, hiddenUnits, latentDim]);
  const decode = createDecoder(parameters, sizes);
  return {
    latentDim,
    logWeights: (x, epsilon, how) => {
      const likelihood = (z: tf.Tensor2D) => bernoulliLogLikelihood(decode(z), x, epsilon.shape[1]);
      return importanceWeights(encode(x), epsilon, likelihood, how);
    },
    lowerBound: (x, epsilon) => {
      const posterior = encode(x);
      const z = tf.squeeze(samplesOf(posterior, epsilon), [1]) as tf.Tensor2D;
      const likelihood = bernoulliLogLikelihood(decode(z), x, 1); // [batch, 1]
      const reconstruction = tf.neg(tf.squeeze(likelihood, [1])) as tf.Tensor1D;
      const kl = klDivergence(posterior);
      return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
    },
    decode,
    encode: (x) => encode(x).mean,
    posterior: encode,
  };
}

/** x → hidden, tanh → hidden, tanh → μ and log σ² */
export function gaussian(
  parameters: Parameters,
  network: string,
  [inputs, hidden, outputs]: readonly [number, number, number],
): (x: tf.Tensor2D, held?: boolean) => Posterior {
  const layer = layers(parameters, network);
  const first = layer('hidden1', inputs, hidden);
  const second = layer('hidden2', hidden, hidden);
  const mean = layer('mean', hidden, outputs);
  const logVariance = layer('log-variance', hidden, outputs);
  return (x, held) => {
    const h = tf.tanh(second(tf.tanh(first(x, held)), held)); // [rows, hidden]
    return { mean: mean(h, held), logVariance: logVariance(h, held) }; // [rows, outputs] each
  };
}

/** z → hidden, tanh → hidden, tanh → logits of the pixels, which start at the mean pixel's */
export function createDecoder(parameters: Parameters, sizes: Sizes): (z: tf.Tensor2D) => tf.Tensor2D {
  const { pixels, hiddenUnits, latentDim, pixelMean } = sizes;
  const layer = layers(parameters, 'decoder');
  const mean = Math.min(0.999, Math.max(0.001, pixelMean));
  const first = layer('hidden1', latentDim, hiddenUnits);
  const second = layer('hidden2', hiddenUnits, hiddenUnits);
  const output = layer('output', hiddenUnits, pixels, {
    kind: 'constant',
    value: Math.log(mean / (1 - mean)),
  });
  return (z) => output(tf.tanh(second(tf.tanh(first(z))))); // [rows, pixels]
}

function layers(parameters: Parameters, network: string) {
  return (name: string, inputs: number, outputs: number, bias?: Initializer): Dense =>
    dense(parameters, `${network}.${name}`, {
      inputs,
      outputs,
      kernel: glorotUniform(inputs, outputs),
      ...(bias && { bias }),
    });
}
