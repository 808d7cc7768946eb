// One step of the Adam optimizer on one parameter.

import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from './kernel';

export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * The kernel that a backend may register. Inputs: parameter, firstMoment, secondMoment, gradient (one shape, float32) and
 * stepSize (scalar); attributes beta1, beta2, epsilon. Outputs: the new parameter, first and second moment, in that
 * order, in memory of their own.
 */
export const adamKernel = 'AigcAdam';

/**
 * Kingma & Ba 2015, arxiv.org/abs/1412.6980, in the faster form at the end of section 2, which is TensorFlow's too:
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − stepSize · m / (√v + ε).
 * @param stepSize lr·√(1−β₂ᵗ)/(1−β₁ᵗ) at step t = 1, 2, …, computed by the caller
 * @param options epsilon is the paper's ε̂, which is added before the bias of v is corrected
 * @returns new tensors, the caller's: parameter, first moment, second moment
 */
export function adamUpdate<T extends tf.Tensor>(
  parameter: T,
  firstMoment: tf.Tensor,
  secondMoment: tf.Tensor,
  gradient: tf.Tensor,
  stepSize: tf.Scalar,
  options: AdamOptions,
): [T, T, T] {
  const { beta1, beta2, epsilon } = options;
  if (hasKernel(adamKernel)) {
    const inputs = { parameter, firstMoment, secondMoment, gradient, stepSize };
    return tf.engine().runKernel(adamKernel, inputs, { beta1, beta2, epsilon }) as unknown as [T, T, T];
  }
  return tf.tidy(() => {
    const first = tf.add(tf.mul(firstMoment, beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(secondMoment, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const change = tf.div(tf.mul(first, stepSize), tf.add(tf.sqrt(second), epsilon));
    return [tf.sub(parameter, change), first, second] as [T, T, T];
  });
}
