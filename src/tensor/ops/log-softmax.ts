// log softmax by ops whose second derivatives are right, which that of `tf.logSoftmax` is not.
import * as tf from '@tensorflow/tfjs-core';

/** log of softmax over the last axis. @param logits [batch, classes] @returns [batch, classes]; the caller disposes it */
export function logSoftmax(logits: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const shifted = tf.sub(logits, tf.max(logits, 1, true));
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)));
  });
}
