// The two halves of the evidence lower bound, in nats.
import * as tf from '@tensorflow/tfjs-core';

/** A diagonal Gaussian q(z|x). */
export interface Posterior {
  /** [batch, latentDim] */
  readonly mean: tf.Tensor2D;
  /** log σ², [batch, latentDim] */
  readonly logVariance: tf.Tensor2D;
}

/**
 * z = μ + σ ε: the reparameterisation of Kingma & Welling 2013, section 2.4, arxiv.org/abs/1312.6114
 * @param noise ε ~ N(0, I), [batch, latentDim]
 * @returns [batch, latentDim]
 */
export function reparameterise({ mean, logVariance }: Posterior, noise: tf.Tensor2D): tf.Tensor2D {
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise));
}

/**
 * KL(q(z|x) ‖ N(0, I)) of each image in nats: −½ Σ (1 + log σ² − μ² − σ²). Kingma & Welling 2013, appendix B.
 * @returns [batch]
 */
export function klDivergence({ mean, logVariance }: Posterior): tf.Tensor1D {
  const terms = tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1));
  return tf.mul(tf.sum(terms, 1), 0.5) as tf.Tensor1D;
}

/**
 * −log p(x|z) of each image in nats, the pixels read as Bernoulli means: Σ softplus(a) − x a for logits a, which is
 * the binary cross-entropy without its overflow. Kingma & Welling 2013, appendix C.1.
 * @param logits [batch, pixels]
 * @param pixels [batch, pixels] in [0, 1]
 * @returns [batch]
 */
export function bernoulliReconstruction(logits: tf.Tensor2D, pixels: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.sub(tf.softplus(logits), tf.mul(pixels, logits)), 1) as tf.Tensor1D;
}
