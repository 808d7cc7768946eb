// Derivatives of the activation functions, each one kernel where the backend has one.

import * as tf from '@tensorflow/tfjs-core';
import { hasKernel } from './kernel';

/** Kernels that a backend may register. Each has inputs dy and x (any one shape, float32) and one output of that shape,
 *  dy · f′(x). Tanh and sigmoid also get y = f(x), so that they need not compute it; leaky ReLU has the attribute alpha.
 *  At x = 0 the derivative of ReLU is 0, of leaky ReLU alpha. */
export const activationKernels = {
  relu: 'AigcReluGrad',
  leakyRelu: 'AigcLeakyReluGrad',
  tanh: 'AigcTanhGrad',
  sigmoid: 'AigcSigmoidGrad',
  softplus: 'AigcSoftplusGrad',
} as const;

export function reluGrad(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return run(activationKernels.relu, { dy, x }, () => tf.mul(dy, tf.step(x)));
}

export function leakyReluGrad(dy: tf.Tensor, x: tf.Tensor, alpha: number): tf.Tensor {
  return run(activationKernels.leakyRelu, { dy, x }, () => tf.mul(dy, tf.step(x, alpha)), { alpha });
}

export function tanhGrad(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  // A saved y is not connected to x: only a recomputed one gives second derivatives.
  return run(activationKernels.tanh, { dy, x, y }, () => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x)))));
}

export function sigmoidGrad(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return run(activationKernels.sigmoid, { dy, x, y }, () => {
    const s = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(s, tf.sub(1, s)));
  });
}

export function softplusGrad(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return run(activationKernels.softplus, { dy, x }, () => tf.mul(dy, tf.sigmoid(x)));
}

function run(
  kernel: string,
  inputs: tf.NamedTensorMap,
  composed: () => tf.Tensor,
  attributes: tf.NamedAttrMap = {},
): tf.Tensor {
  return hasKernel(kernel) ? tf.engine().runKernel(kernel, inputs, attributes) : tf.tidy(composed);
}
