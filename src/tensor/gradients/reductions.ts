// Gradients of sums, means, extremes, softmax.

import * as tf from '@tensorflow/tfjs-core';
import { asFloat, defineUnary } from './registration';

export function registerReductionGradients(): void {
  defineUnary('Sum', (dy, x, { axis }) => spread(dy, x, axis, 1));
  defineUnary('Mean', (dy, x, { axis }) => spread(dy, x, axis, 1 / reducedSize(x, axis)));
  defineUnary('Max', (dy, x, { reductionIndices }) =>
    toExtreme(dy, x, tf.max(x, axes(x, reductionIndices), true), reductionIndices),
  );
  defineUnary('Min', (dy, x, { axis }) => toExtreme(dy, x, tf.min(x, axes(x, axis), true), axis));
  defineUnary('Cumsum', (dy, x, attributes) => {
    const { axis, exclusive, reverse } = attributes as { axis: number; exclusive: boolean; reverse: boolean };
    return tf.cumsum(dy, tf.util.parseAxisParam(axis, x.shape)[0] as number, exclusive, !reverse);
  });
  defineUnary(
    'Softmax',
    (dy, logits) => {
      const y = tf.softmax(logits);
      const weighted = tf.mul(dy, y);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y));
    },
    'logits',
  );
}

/** Gives each of the reduced values its result's gradient, times `factor`. */
function spread(dy: tf.Tensor, x: tf.Tensor, axis: unknown, factor: number): tf.Tensor {
  return tf.mul(keepReduced(dy, x, axis), tf.fill(x.shape, factor));
}

/** The gradient goes to the values equal to the extreme, all of it to each, as TensorFlow.js does. */
function toExtreme(dy: tf.Tensor, x: tf.Tensor, extreme: tf.Tensor, axis: unknown): tf.Tensor {
  return tf.mul(keepReduced(dy, x, axis), asFloat(tf.equal(x, extreme)));
}

function keepReduced(dy: tf.Tensor, x: tf.Tensor, axis: unknown): tf.Tensor {
  const reduced = new Set(axes(x, axis));
  return tf.reshape(
    dy,
    x.shape.map((size, i) => (reduced.has(i) ? 1 : size)),
  );
}

function axes(x: tf.Tensor, axis: unknown): number[] {
  return tf.util.parseAxisParam(axis as number | number[], x.shape);
}

function reducedSize(x: tf.Tensor, axis: unknown): number {
  return axes(x, axis).reduce((product, i) => product * (x.shape[i] as number), 1);
}
