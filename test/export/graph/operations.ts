// What families of others may be made of: for the tests of what models are exported to.
import * as tf from '@tensorflow/tfjs-core';
import { trace } from '../../../src/export/graph/trace';
import { random } from './untrained';

export type Compute = (x: tf.Tensor4D) => tf.Tensor;

/** Three images of 6 × 5 pixels and 2 channels, which operations are of. */
export const someImages = () => tf.sigmoid(random('image', [3, 6, 5, 2])) as tf.Tensor4D;

export const operations: Readonly<Record<string, Compute>> = {
  'the largest of four': (x) => tf.maxPool(x, 2, 2, 'same'),
  'means of four': (x) => tf.avgPool(x, 2, 1, 'valid'),
  'means of nine with padding': (x) => tf.avgPool(x, 3, 2, 'same'),
  'nearest pixels': (x) => tf.image.resizeNearestNeighbor(x, [12, 10]),
  'pixels between': (x) => tf.image.resizeBilinear(x, [9, 7], false, true),
  'depthwise filters': (x) => tf.depthwiseConv2d(x, random('filter', [3, 3, 2, 2]) as tf.Tensor4D, 1, 'same'),
  'dilated filters': (x) =>
    tf.conv2d(x, random('filter', [2, 3, 2, 3]) as tf.Tensor4D, 1, 'same', 'NHWC', [2, 1]),
  'a stride beyond the filter': (x) =>
    tf.conv2dTranspose(x, random('filter', [2, 2, 3, 2]) as tf.Tensor4D, [x.shape[0], 17, 15, 3], 3, 'same'),
  'a fused activation': (x) =>
    tf.fused.conv2d({
      ...{ x, filter: random('filter', [3, 3, 2, 4]) as tf.Tensor4D, strides: 2, pad: 'same' },
      ...{ bias: random('bias', [4]), activation: 'leakyrelu', leakyreluAlpha: 0.3 },
    }),
  activations: (x) => tf.add(tf.elu(x), tf.add(tf.selu(x), tf.add(tf.relu6(tf.mul(x, 9)), tf.softplus(x)))),
  'a slope for each channel': (x) => tf.prelu(x, [0.1, 0.4]),
  sums: (x) => tf.add(tf.sum(x, [1, 2]), tf.mul(tf.max(x, [1, 2]), tf.mean(x, [1, 2]))),
  'means of channels': (x) => tf.sub(x, tf.mean(x, -1, true)),
  'softmax and cumulated': (x) => tf.cumsum(tf.softmax(x), 3),
  'a place found': (x) => tf.cast(tf.argMax(tf.reshape(x, [-1, 60]), 1), 'float32'),
  'parts together': (x) =>
    tf.stack(
      tf.split(x, [2, 3], 2).map((part) => tf.mean(part, 2)),
      1,
    ),
  choices: (x) => tf.where(tf.greater(x, 0.5), tf.square(x), tf.clipByValue(x, 0.1, 0.3)),
  'a filter of two axes beside images': (x) =>
    tf.mul(tf.conv2d(x, random('f', [1, 1, 2, 2]) as tf.Tensor4D, 1, 'same'), random('g', [5, 1])),
  moved: (x) =>
    tf.transpose(
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        0.5,
      ),
      [0, 3, 1, 2],
    ),
  tiled: (x) => tf.tile(tf.slice(x, [0, 1, 0, 0], [-1, 2, 5, 1]), [1, 2, 1, 3]),
  picked: (x) => tf.gather(x, tf.tensor1d([1, 0, 1], 'int32'), 2),
  'products of batches': (x) =>
    tf.matMul(tf.reshape(x, [-1, 6, 10]), tf.reshape(x, [-1, 6, 10]), true, false),
};

/** What only TensorFlow has an op for. */
export const mirrored: Compute = (x) =>
  tf.mirrorPad(
    x,
    [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    'reflect',
  );

export const graphOf = (compute: Compute) =>
  trace({
    ...{ name: 'f', description: '', subject: 'this model', weights: new Map(), outputs: { y: '' } },
    inputs: [{ name: 'image', description: '', shape: [{ perImage: 1 }, 6, 5, 2], dtype: 'float32' }],
    run: ({ image }) => ({ y: compute(image as tf.Tensor4D) }),
  });
