// Gradients of average pooling and resizing. Both are a matrix for the rows and one for the columns of an image, whose
// transposes are the gradient, to any order. The kernels that the backends have for it are not always that: TensorFlow.js
// divides by the window where it hangs over the edge, and knows no half-pixel centres.
import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, defineUnary } from './registration';

export function registerSeparableGradients(): void {
  defineUnary('AvgPool', (dy, x, attributes) => {
    const pool = poolOf(x as tf.Tensor4D, attributes);
    const rows = windowMeans(
      pool.inHeight,
      pool.outHeight,
      pool.filterHeight,
      pool.strideHeight,
      pool.padInfo.top,
    );
    const columns = windowMeans(
      pool.inWidth,
      pool.outWidth,
      pool.filterWidth,
      pool.strideWidth,
      pool.padInfo.left,
    );
    return transposed(dy as tf.Tensor4D, rows, columns);
  });
  for (const kernel of ['ResizeNearestNeighbor', 'ResizeBilinear']) {
    defineUnary(
      kernel,
      (dy, images, attributes) => {
        const [, height = 0, width = 0] = images.shape;
        const [, outHeight = 0, outWidth = 0] = dy.shape;
        const weights = (from: number, to: number) => resizeWeights(kernel, from, to, attributes);
        return transposed(dy as tf.Tensor4D, weights(height, outHeight), weights(width, outWidth));
      },
      'images',
    );
  }
}

/** Rowsᵀ · dy · columns for each image and channel. @param dy [batch, outHeight, outWidth, channels]
 *  @param rows [outHeight, height] @param columns [outWidth, width] @returns [batch, height, width, channels] */
function transposed(dy: tf.Tensor4D, rows: tf.Tensor2D, columns: tf.Tensor2D): tf.Tensor4D {
  const [batch, outHeight, outWidth, channels] = dy.shape;
  const [height, width] = [rows.shape[1], columns.shape[1]];
  const lines = tf.reshape(dy, [batch * outHeight, outWidth, channels]);
  const widened = tf.matMul(tf.expandDims(columns, 0), lines, true); // [batch · outHeight, width, channels]
  const images = tf.reshape(widened, [batch, outHeight, width * channels]);
  const heightened = tf.matMul(tf.expandDims(rows, 0), images, true); // [batch, height, width · channels]
  return tf.reshape(heightened, [batch, height, width, channels]);
}

function poolOf(x: tf.Tensor4D, { filterSize, strides, pad, dimRoundingMode }: Attributes) {
  type Info = Parameters<typeof tf.backend_util.computePool2DInfo>;
  const [filter, stride] = [filterSize as Info[1], strides as Info[2]];
  return tf.backend_util.computePool2DInfo(
    x.shape,
    filter,
    stride,
    1,
    pad as Info[4],
    dimRoundingMode as Info[5],
  );
}

/** [windows, size]: what each window takes of the pixels along one axis, of those that are there. */
function windowMeans(
  size: number,
  windows: number,
  filter: number,
  stride: number,
  pad: number,
): tf.Tensor2D {
  const weights = new Float32Array(windows * size);
  for (let window = 0; window < windows; window++) {
    const start = window * stride - pad;
    const [first, end] = [Math.max(0, start), Math.min(size, start + filter)];
    weights.fill(1 / (end - first), window * size + first, window * size + end);
  }
  return tf.tensor2d(weights, [windows, size]);
}

/** [to, from]: what each new pixel takes of the old along one axis, found by resizing each old pixel alone: so these are
 *  the weights of the backend's own kernel, wherever it puts the centres. */
function resizeWeights(kernel: string, from: number, to: number, attributes: Attributes): tf.Tensor2D {
  const images = tf.reshape(tf.eye(from), [1, from, 1, from]);
  const size = { ...attributes, size: [to, 1] } as unknown as tf.NamedAttrMap;
  return tf.reshape(tf.engine().runKernel(kernel, { images }, size) as tf.Tensor, [to, from]);
}
