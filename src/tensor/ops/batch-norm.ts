// Batch normalisation with the statistics of the batch.

import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import { hasKernel } from './kernel';

/**
 * The kernels that a backend may register; channels are the last axis, and all else is the batch.
 *
 * `normalize`: inputs x [..., channels], gamma [channels], beta [channels]; attribute epsilon. Outputs: the normalised x,
 * the mean [channels], the biased variance [channels], then any number of tensors that its gradient wants back.
 *
 * `gradient`: inputs dy and x [..., channels], gamma, mean, variance, and those further outputs as saved0, saved1, …;
 * attribute epsilon. Outputs: the gradients of x, gamma, beta.
 */
export const batchNormKernels = { normalize: 'AigcBatchNorm', gradient: 'AigcBatchNormGrad' } as const;

export interface Normalized<T extends tf.Tensor> {
  readonly output: T;
  /** [channels]; no gradient flows through it. */
  readonly mean: tf.Tensor1D;
  /** [channels], biased (divided by the count); no gradient flows through it. */
  readonly variance: tf.Tensor1D;
}

/**
 * (x − mean) / √(variance + ε) · gamma + beta, each channel by itself. Ioffe & Szegedy 2015, arxiv.org/abs/1502.03167,
 * algorithm 1. Differentiable once with respect to x, gamma and beta; where the backend has a kernel, a second
 * derivative throws a BackendError.
 * @param x     [batch, channels] or [batch, height, width, channels]
 * @param gamma [channels]
 * @param beta  [channels]
 */
export function batchNormalize<T extends tf.Tensor2D | tf.Tensor4D>(
  x: T,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): Normalized<T> {
  if (hasKernel(batchNormKernels.normalize)) {
    const inputs = { x, gamma, beta };
    const [output, mean, variance, ...saved] = tf
      .engine()
      .runKernel(batchNormKernels.normalize, inputs, { epsilon }) as unknown as [T, tf.Tensor1D, tf.Tensor1D];
    // The tape holds copies of what the gradient wants.
    tf.dispose(saved);
    return { output, mean, variance };
  }
  return tf.tidy(() => {
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    const { mean, variance } = tf.moments(x, axes) as { mean: tf.Tensor1D; variance: tf.Tensor1D };
    const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
    const output = tf.add(tf.mul(tf.sub(x, mean), scale), beta) as T;
    return { output, mean, variance };
  });
}

export function registerBatchNormGradient(): void {
  tf.registerGradient({
    kernelName: batchNormKernels.normalize,
    inputsToSave: ['x', 'gamma'],
    outputsToSave: [false, true, true, true, true, true],
    gradFunc: (dys, saved, attributes) => {
      const [x, gamma, mean, variance, ...rest] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const dy = (dys as tf.Tensor[])[0] as tf.Tensor;
      const inputs = {
        ...{ dy, x, gamma, mean, variance },
        ...Object.fromEntries(rest.map((tensor: tf.Tensor, i) => [`saved${i}`, tensor])),
      };
      const [dx, dgamma, dbeta] = tf
        .engine()
        .runKernel(batchNormKernels.gradient, inputs, attributes) as unknown as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      return { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
    },
  });
  tf.registerGradient({
    kernelName: batchNormKernels.gradient,
    gradFunc: () => {
      throw new BackendError('Batch normalisation has no second derivative.', {
        hint: 'Leave batch norm out of a network whose gradient is penalised.',
      });
    },
  });
}
