// Spectral normalisation: each kernel is divided by its largest singular value.
import * as tf from '@tensorflow/tfjs-core';
import type { KernelTransform } from './layers';
import type { Parameters } from './parameters';

export interface SpectralNorm {
  readonly transform: KernelTransform;
  /** One power iteration for each kernel; called once a step, before the kernels are used. */
  refresh(): void;
}

/**
 * Miyato et al. 2018, section 3.1 and algorithm 1, arxiv.org/abs/1802.05957: W / σ with σ = vᵀ W u, u and v from one power
 * iteration a step and constant for the gradient. A convolution's kernel is the matrix [h·w·inputs, outputs].
 * The vectors are variables beside the kernel, so that checkpoints hold them.
 */
export function spectralNorm(parameters: Parameters): SpectralNorm {
  const refreshers: (() => void)[] = [];
  return {
    transform: (name, kernel) => {
      const outputs = kernel.shape[kernel.rank - 1] as number;
      const inputs = kernel.size / outputs;
      const start = { kind: 'normal', deviation: 1 } as const;
      const left = parameters.add<tf.Rank.R2>(`${name}.spectral-left`, [inputs, 1], start, 'statistic');
      const right = parameters.add<tf.Rank.R2>(`${name}.spectral-right`, [outputs, 1], start, 'statistic');
      const matrix = () => tf.reshape(kernel, [inputs, outputs]) as tf.Tensor2D;
      refreshers.push(() => {
        const w = matrix();
        const v = unit(tf.matMul(w, right)); // [inputs, 1]
        left.assign(v);
        right.assign(unit(tf.matMul(w, v, true))); // [outputs, 1]
      });
      return () => {
        const sigma = tf.matMul(left, tf.matMul(matrix(), right), true); // [1, 1]
        return tf.div(kernel, tf.reshape(sigma, [])) as tf.Tensor;
      };
    },
    refresh: () =>
      tf.tidy(() => {
        for (const refresh of refreshers) refresh();
      }),
  };
}

function unit(x: tf.Tensor2D): tf.Tensor2D {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x)), 1e-12)));
}
