// Numerical derivatives, to hold analytic ones against.

import * as tf from '@tensorflow/tfjs-core';
import { normals, randomStream } from '../../src/rng';

/** Repeatable values from N(0, 1) times `scale`. */
export function random<R extends tf.Rank>(shape: tf.ShapeMap[R], name = 'x', scale = 1): tf.Tensor<R> {
  const values = normals(randomStream(1, name), tf.util.sizeFromShape(shape as number[]));
  return tf.tensor(
    values.map((value) => value * scale),
    shape,
  );
}

/**
 * The largest difference between f's gradient and central differences, over a spread of f's inputs, relative to the
 * largest derivative. Float32 leaves about 1e-3.
 * @param f gives a tensor of any shape; its sum under fixed random weights is what is differentiated
 */
export function gradientError(
  f: (...xs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  step = 1e-2,
): number {
  return tf.tidy(() => {
    const weights = random(f(...inputs).shape as [number], 'weights');
    const loss = (...xs: tf.Tensor[]) => tf.sum(tf.mul(f(...xs), weights)) as tf.Scalar;
    const analytic = tf
      .grads(loss)([...inputs])
      .map((gradient) => gradient.dataSync());
    let worst = 0;
    let largest = 1e-3;
    inputs.forEach((input, which) => {
      const values = input.dataSync();
      const stride = Math.max(1, Math.floor(values.length / 7));
      for (let i = 0; i < values.length; i += stride) {
        const at = (offset: number) => {
          const moved = Float32Array.from(values);
          moved[i] = (moved[i] as number) + offset;
          const xs = inputs.map((x, k) => (k === which ? tf.tensor(moved, x.shape) : x));
          return float64Sum(tf.mul(f(...xs), weights).dataSync());
        };
        const numeric = (at(step) - at(-step)) / (2 * step);
        worst = Math.max(worst, Math.abs(numeric - (analytic[which]?.[i] as number)));
        largest = Math.max(largest, Math.abs(numeric));
      }
    });
    return worst / largest;
  });
}

/** The largest absolute difference of two tensors' or arrays' values. */
export function difference(a: tf.Tensor | ArrayLike<number>, b: tf.Tensor | ArrayLike<number>): number {
  const [left, right] = [a, b].map((x) => (x instanceof tf.Tensor ? x.dataSync() : x)) as [
    ArrayLike<number>,
    ArrayLike<number>,
  ];
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < left.length; i++) {
    const distance = Math.abs((left[i] as number) - (right[i] as number));
    if (!(distance <= worst)) worst = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
  }
  return worst;
}

function float64Sum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}
