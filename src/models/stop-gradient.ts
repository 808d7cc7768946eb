// Where gradients stop, or pass a step that has none.
import * as tf from '@tensorflow/tfjs-core';

/** x, as a constant for whatever is differentiated: the sg of van den Oord et al. 2017, eq. 3. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  // What a function of no arguments returns, the gradient tape cannot trace back to x.
  return tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))() as T;
}

/**
 * The value of `quantised` with the gradient of `x`: the straight-through estimator of Bengio et al. 2013,
 * arxiv.org/abs/1308.3432, as in van den Oord et al. 2017, section 3.2. Unlike x + sg(quantised − x), it rounds nothing.
 */
export function straightThrough<T extends tf.Tensor>(x: T, quantised: T): T {
  const pass = tf.customGrad(() => ({
    value: tf.clone(quantised),
    gradFunc: (dy: tf.Tensor) => tf.clone(dy),
  }));
  return pass(x) as T;
}
