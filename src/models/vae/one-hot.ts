// Codes as one-hot rows, and how many of them are in use.
import * as tf from '@tensorflow/tfjs-core';

/** As int32 first: for float32, the stock kernel of the wasm backend writes the bits of integers.
 *  @param indices [N], int32 @returns [N, depth] */
export function oneHot(indices: tf.Tensor1D, depth: number): tf.Tensor2D {
  return tf.cast(tf.oneHot(indices, depth), 'float32') as tf.Tensor2D;
}

/**
 * How many codes are in use: exp of the entropy of their shares, from 1 to K.
 * @param chosen one-hot, [N, K]
 */
export function perplexity(chosen: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const shares = tf.mean(chosen, 0); // [K]
    return tf.exp(tf.neg(tf.sum(tf.mul(shares, tf.log(tf.add(shares, 1e-10))))));
  });
}
