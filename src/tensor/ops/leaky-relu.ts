// The leaky rectifier.

import * as tf from '@tensorflow/tfjs-core';

/** x where x > 0, alpha · x elsewhere. Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic
 *  models". Its gradient is one kernel where the backend has one, and right at second order (src/tensor/gradients). */
export function leakyRelu<T extends tf.Tensor>(x: T, alpha: number): T {
  return tf.leakyRelu(x, alpha);
}
