// Cross-entropy of Bernoulli labels against logits.

import * as tf from '@tensorflow/tfjs-core';

/**
 * −t·log σ(x) − (1−t)·log(1−σ(x)) = softplus(x) − t·x in nats, each value by itself; finite for every finite logit.
 * Differentiable to any order.
 * @param labels in [0, 1], of the logits' shape
 */
export function sigmoidCrossEntropy<T extends tf.Tensor>(labels: T, logits: T): T {
  return tf.tidy(() => tf.sub(tf.softplus(logits), tf.mul(labels, logits)));
}
