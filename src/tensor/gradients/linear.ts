// Gradients of matrix products, convolutions and the pooling of maxima.

import * as tf from '@tensorflow/tfjs-core';
import { type Attributes, define, sumToShape } from './registration';

export function registerLinearGradients(): void {
  registerMatMul();
  registerConvolution();
  registerPooling();
}

function registerMatMul(): void {
  define('BatchMatMul', {
    save: ['a', 'b'],
    gradient: (dy, saved, attributes) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
      const da = () =>
        transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB);
      const db = () =>
        transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false);
      return { a: () => sumToShape(da(), a.shape), b: () => sumToShape(db(), b.shape) };
    },
  });
}

/** Convolution, its input gradient and its filter gradient are derivatives of one trilinear form: each of the three
 *  is differentiated by the other two, to any order. */
function registerConvolution(): void {
  const inputGradient = (dy: tf.Tensor, filter: tf.Tensor, inputShape: number[], attributes: Attributes) =>
    run('Conv2DBackpropInput', { dy, filter }, { ...convolution(attributes), inputShape });
  const filterGradient = (x: tf.Tensor, dy: tf.Tensor, filterShape: number[], attributes: Attributes) =>
    run('Conv2DBackpropFilter', { x, dy }, { ...convolution(attributes), filterShape });
  const forward = (x: tf.Tensor, filter: tf.Tensor, attributes: Attributes) =>
    run('Conv2D', { x, filter }, { ...convolution(attributes), dilations: [1, 1] });

  define('Conv2D', {
    save: ['x', 'filter'],
    gradient: (dy, saved, attributes) => {
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      tf.util.assert(
        [attributes.dilations].flat().every((dilation) => (dilation ?? 1) === 1),
        () => `The gradient of a convolution needs dilation 1, got ${attributes.dilations}.`,
      );
      return {
        x: () => inputGradient(dy, filter, x.shape, attributes),
        filter: () => filterGradient(x, dy, filter.shape, attributes),
      };
    },
  });
  define('Conv2DBackpropInput', {
    save: ['dy', 'filter'],
    gradient: (ddx, saved, attributes) => {
      const [dy, filter] = saved as [tf.Tensor, tf.Tensor];
      return {
        dy: () => forward(ddx, filter, attributes),
        filter: () => filterGradient(ddx, dy, filter.shape, attributes),
      };
    },
  });
  define('Conv2DBackpropFilter', {
    save: ['x', 'dy'],
    gradient: (ddfilter, saved, attributes) => {
      const [x, dy] = saved as [tf.Tensor, tf.Tensor];
      return {
        x: () => inputGradient(dy, ddfilter, x.shape, attributes),
        dy: () => forward(x, ddfilter, attributes),
      };
    },
  });
}

function registerPooling(): void {
  define('MaxPool', {
    save: ['x'],
    saveOutput: true,
    gradient: (dy, saved, attributes) => {
      const [input, output] = saved as [tf.Tensor, tf.Tensor];
      return { x: () => run('MaxPoolGrad', { dy, input, output }, attributes) };
    },
  });
}

function convolution({ strides, pad, dataFormat, dimRoundingMode }: Attributes): tf.NamedAttrMap {
  return { strides, pad, dataFormat, dimRoundingMode } as tf.NamedAttrMap;
}

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: Attributes): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;
}
