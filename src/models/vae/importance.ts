// The importance-weighted bound and its two gradient estimators.
import * as tf from '@tensorflow/tfjs-core';
import type { Posterior } from './elbo';

export const estimatorNames = ['dreg', 'iwae'] as const;
export type Estimator = (typeof estimatorNames)[number];

/** log p(x|z) of every sample: z, [batch · k, latentDim] with an image's rows together → [batch, k] */
export type LogLikelihood = (z: tf.Tensor2D) => tf.Tensor2D;

/** z of k samples an image. @param epsilon [batch, k, latentDim] @returns [batch, k, latentDim] */
export function samplesOf({ mean, logVariance }: Posterior, epsilon: tf.Tensor3D): tf.Tensor3D {
  const [batch, latentDim] = mean.shape;
  const wide = (x: tf.Tensor) => tf.reshape(x, [batch, 1, latentDim]);
  return tf.add(wide(mean), tf.mul(wide(tf.exp(tf.mul(logVariance, 0.5))), epsilon)) as tf.Tensor3D;
}

/** log p(z) − log q(z|x) of z = μ + σ ε: ½ Σ (ε² − z² + log σ²), for p(z) = N(0, I). @returns [batch, k] */
function logPriorRatio(z: tf.Tensor3D, epsilon: tf.Tensor3D, { logVariance }: Posterior): tf.Tensor2D {
  const squares = tf.sub(tf.square(epsilon), tf.square(z));
  return tf.mul(tf.add(tf.sum(squares, 2), tf.reshape(tf.sum(logVariance, 1), [-1, 1])), 0.5) as tf.Tensor2D;
}

/**
 * The same value, but the gradient reaches q's parameters through z alone, as DReG wants: ∂/∂z = ε/σ − z.
 * @returns [batch, k]
 */
function logPriorRatioThroughSamples(
  z: tf.Tensor3D,
  epsilon: tf.Tensor3D,
  posterior: Posterior,
): tf.Tensor2D {
  return withGradient(z, (save) => {
    const [batch, k, latentDim] = z.shape;
    const deviation = tf.reshape(tf.exp(tf.mul(posterior.logVariance, 0.5)), [batch, 1, latentDim]);
    save([z, deviation]);
    return {
      value: logPriorRatio(z, epsilon, posterior),
      gradFunc: (dy, [samples, sigma]) =>
        tf.mul(
          tf.reshape(dy, [batch, k, 1]),
          tf.sub(tf.div(epsilon, sigma as tf.Tensor), samples as tf.Tensor),
        ),
    };
  }) as tf.Tensor2D;
}

/** log p(x|z) = Σ x a − softplus(a) for logits a and binary x; its gradient by a is x − sigmoid(a).
 *  One node of the tape: the logits are by far the largest tensors of a step.
 *  @param logits [batch · k, pixels] @param x [batch, pixels] @returns [batch, k] */
export function bernoulliLogLikelihood(logits: tf.Tensor2D, x: tf.Tensor2D, k: number): tf.Tensor2D {
  const [batch, pixels] = x.shape;
  const wide = () => tf.reshape(x, [batch, 1, pixels]);
  return withGradient(logits, (save) => {
    save([logits]);
    // No matrix product: TensorFlow's sums of a batched one are not the same bits every time.
    const products = tf.mul(tf.reshape(logits, [batch, k, pixels]), wide());
    const softplus = tf.reshape(tf.softplus(logits), [batch, k, pixels]);
    return {
      value: tf.sum(tf.sub(products, softplus), 2),
      gradFunc: (dy, [a]) => {
        const slope = tf.sub(wide(), tf.reshape(tf.sigmoid(a as tf.Tensor), [batch, k, pixels]));
        return tf.reshape(tf.mul(tf.reshape(dy, [batch, k, 1]), slope), [batch * k, pixels]);
      },
    };
  }) as tf.Tensor2D;
}

/** log 1/k Σ w of each image. @param logWeights [batch, k] @returns [batch] */
export function importanceBound(logWeights: tf.Tensor2D): tf.Tensor1D {
  return tf.sub(tf.logSumExp(logWeights, 1), Math.log(logWeights.shape[1])) as tf.Tensor1D;
}

/** What an estimator does to log w on its way forward. */
export interface Estimation {
  /** Whether the gradient is to reach q's parameters through the samples alone. */
  readonly doubly: boolean;
  /** Samples as the terms of log w are to read them; they are drawn from each other as they are.
   *  @param z [batch, k, n] */
  sampled(z: tf.Tensor3D): tf.Tensor3D;
}

/** Of what no gradient is taken of: nothing. */
export const plain: Estimation = { doubly: false, sampled: (z) => z };

/**
 * L_k = E log 1/k Σ_i p(x, z_i) / q(z_i|x), Burda et al. 2015, eq. 8, arxiv.org/abs/1509.00519, as a batch mean of −L_k
 * whose gradient is that of the estimator:
 * - `iwae`: Σ w̃_i ∇ log w_i for all weights, w̃ the normalised w (eq. 13), through z = μ + σ ε.
 * - `dreg`: the same for the decoder; for the encoder Σ w̃_i² ∂log w_i/∂z_i ∂z_i/∂φ (Tucker et al. 2018, eq. 8,
 *   arxiv.org/abs/1810.04152): unbiased for the same gradient, with less variance. One tape does both: the gradient
 *   that reaches z is multiplied by w̃ once more, and q's own parameters are held.
 * @param logWeights log w, [batch, k]
 */
export function weightedGradients(
  estimator: Estimator,
  logWeights: (how: Estimation) => tf.Tensor2D,
  trained: tf.Variable[],
): { readonly value: tf.Scalar; readonly grads: tf.NamedTensorMap } {
  const doubly = estimator === 'dreg';
  let share: tf.Tensor3D | undefined; // w̃, [batch, k, 1]: known when the gradient comes back
  const sampled = (z: tf.Tensor3D) => (doubly ? scaledGradient(z, () => share as tf.Tensor3D) : z);
  const result = tf.variableGrads(() => {
    const weights = logWeights({ doubly, sampled });
    const [batch, k] = weights.shape;
    return withGradient(weights, () => {
      share = tf.keep(tf.reshape(tf.softmax(weights), [batch, k, 1]) as tf.Tensor3D);
      return {
        value: tf.neg(tf.mean(importanceBound(weights))),
        gradFunc: (dy) => tf.mul(tf.reshape(share as tf.Tensor3D, [batch, k]), tf.mul(dy, -1 / batch)),
      };
    }) as tf.Scalar;
  }, trained);
  share?.dispose();
  return result;
}

/** log w = log p(x, z) − log q(z|x) of one latent layer. @param epsilon [batch, k, latentDim] @returns [batch, k] */
export function importanceWeights(
  posterior: Posterior,
  epsilon: tf.Tensor3D,
  logLikelihood: LogLikelihood,
  { doubly, sampled } = plain,
): tf.Tensor2D {
  const [batch, k, latentDim] = epsilon.shape;
  const z = sampled(samplesOf(posterior, epsilon));
  const ratio = (doubly ? logPriorRatioThroughSamples : logPriorRatio)(z, epsilon, posterior);
  const likelihood = logLikelihood(tf.reshape(z, [batch * k, latentDim]) as tf.Tensor2D);
  return tf.add(likelihood, ratio);
}

/** Each row k times, one after the other: beside k samples each. @returns [rows · k, n] */
export function repeated(x: tf.Tensor2D, k: number): tf.Tensor2D {
  const [rows, n] = x.shape;
  return tf.reshape(tf.tile(tf.reshape(x, [rows, 1, n]), [1, k, 1]), [rows * k, n]);
}

/** Its argument, whose gradient is multiplied by what `scale` gives then. */
function scaledGradient(x: tf.Tensor3D, scale: () => tf.Tensor): tf.Tensor3D {
  return withGradient(x, () => ({
    value: tf.clone(x),
    gradFunc: (dy) => tf.mul(dy, scale()),
  })) as tf.Tensor3D;
}

/** `tf.customGrad` of one tensor. What the gradient needs of the way forward must be saved: the rest is gone by then. */
function withGradient(
  x: tf.Tensor,
  evaluate: (save: tf.GradSaveFunc) => {
    readonly value: tf.Tensor;
    gradFunc(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor;
  },
): tf.Tensor {
  return tf.customGrad((_, save) => evaluate(save as tf.GradSaveFunc))(x);
}
