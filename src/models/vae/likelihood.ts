// What a decoder's outputs say of pixels: the likelihoods that a VAE may have.
import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../parameters';
import { bernoulliReconstruction } from './elbo';

export const likelihoodNames = ['bernoulli', 'gaussian', 'logistic'] as const;
export type LikelihoodName = (typeof likelihoodNames)[number];

export interface Likelihood {
  /** −log p(x|z) of each image in nats. @param outputs [batch, pixels] @param x [batch, pixels] in [0, 1]
   *  @returns [batch] */
  reconstruction(outputs: tf.Tensor2D, x: tf.Tensor2D): tf.Tensor1D;
}

/** What nats mean under each, when pixels are grey levels. */
export const likelihoodNotes: Readonly<Record<LikelihoodName, string>> = {
  bernoulli:
    'ELBO and reconstruction are a cross-entropy with grey levels as Bernoulli means, no likelihood of grey images',
  gaussian: 'log-density of pixels as real numbers in [0, 1], which may be above 0',
  logistic: 'log-probability of the 256 grey levels of every pixel',
};

/** What they mean when pixels are drawn as 0 or 1. */
export const binaryNote =
  'log-probability of images whose pixels are drawn as 0 or 1 with the grey level as probability';

/** Half the distance of two of the 256 grey levels. */
const half = 0.5 / 255;

/** The pixel's mean is sigmoid(output) under each of them. Its scale, where it has one, is a variable of the decoder. */
export const likelihoods: Readonly<Record<LikelihoodName, (parameters: Parameters) => Likelihood>> = {
  bernoulli: () => ({
    reconstruction: bernoulliReconstruction,
  }),
  gaussian: (parameters) => {
    const scale = scaleOf(parameters);
    return {
      reconstruction: (outputs, x) => gaussianReconstruction(tf.sigmoid(outputs), x, scale()),
    };
  },
  logistic: (parameters) => {
    const scale = scaleOf(parameters);
    return {
      reconstruction: (outputs, x) => logisticReconstruction(tf.sigmoid(outputs), x, scale()),
    };
  },
};

/** One learnt log-scale for all pixels, starting at log 0.1 and kept above −6 without a kink: −6 + softplus(s + 6).
 *  Rybkin et al. 2021, section 4, arxiv.org/abs/2006.13202. */
function scaleOf(parameters: Parameters): () => tf.Scalar {
  const start = { kind: 'constant', value: Math.log(0.1) } as const;
  const scale = parameters.add<tf.Rank.R1>('decoder.log-scale', [1], start);
  return () => tf.sub(tf.softplus(tf.add(tf.reshape(scale, []), 6)), 6);
}

/**
 * −log N(x; μ, σ²) summed over pixels: ½ ((x − μ)/σ)² + log σ + ½ log 2π.
 * @param mean [batch, pixels] @param logScale log σ @returns [batch]
 */
export function gaussianReconstruction(mean: tf.Tensor2D, x: tf.Tensor2D, logScale: tf.Scalar): tf.Tensor1D {
  const squares = tf.mul(tf.square(tf.sub(x, mean)), tf.mul(tf.exp(tf.mul(logScale, -2)), 0.5));
  return tf.sum(tf.add(squares, tf.add(logScale, 0.5 * Math.log(2 * Math.PI))), 1) as tf.Tensor1D;
}

/**
 * −log of the probability that a logistic gives to the grey level's bin, the first and last bins open outwards, summed
 * over pixels. Salimans et al. 2017, section 2.1, arxiv.org/abs/1701.05517. For a = (x + h − μ)/s and b = (x − h − μ)/s
 * it is σ(a) − σ(b) = σ(a) σ(−b) (1 − exp(b − a)), whose logarithm loses nothing.
 * @param mean μ, [batch, pixels] @param x grey levels k/255 @param logScale log s @returns [batch]
 */
export function logisticReconstruction(mean: tf.Tensor2D, x: tf.Tensor2D, logScale: tf.Scalar): tf.Tensor1D {
  const inverse = tf.exp(tf.neg(logScale));
  const above = tf.mul(tf.add(tf.sub(x, mean), half), inverse);
  const below = tf.mul(tf.sub(tf.sub(x, mean), half), inverse);
  const notBlack = tf.cast(tf.greater(x, half), 'float32');
  const notWhite = tf.cast(tf.less(x, 1 - half), 'float32');
  const width = tf.log(tf.sub(1, tf.exp(tf.mul(inverse, -2 * half))));
  const upper = tf.mul(tf.softplus(tf.neg(above)), notWhite);
  const lower = tf.mul(tf.softplus(below), notBlack);
  return tf.sum(tf.sub(tf.add(upper, lower), tf.mul(width, tf.mul(notBlack, notWhite))), 1) as tf.Tensor1D;
}
