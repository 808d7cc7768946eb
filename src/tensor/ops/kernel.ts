// Whether the current backend has one of the kernels that aigc's ops can use.

import * as tf from '@tensorflow/tfjs-core';

export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}
