// Gradients of the activation functions, and of those gradients.

import * as tf from '@tensorflow/tfjs-core';
import {
  activationKernels,
  leakyReluGrad,
  reluGrad,
  sigmoidGrad,
  softplusGrad,
  tanhGrad,
} from '../ops/activation-grad';
import { define, defineUnary } from './registration';

export function registerActivationGradients(): void {
  const { mul, neg, sub, exp, minimum } = tf;
  defineUnary('Relu', (dy, x) => reluGrad(dy, x));
  defineUnary('Relu6', (dy, x) => reluGrad(reluGrad(dy, x), sub(6, x)));
  defineUnary('LeakyRelu', (dy, x, { alpha }) => leakyReluGrad(dy, x, alpha as number));
  defineUnary('Softplus', (dy, x) => softplusGrad(dy, x));
  defineUnary('Elu', (dy, x) => mul(dy, exp(minimum(x, 0))));
  for (const [name, derivative] of [
    ['Tanh', tanhGrad],
    ['Sigmoid', sigmoidGrad],
  ] as const) {
    define(name, {
      save: ['x'],
      saveOutput: true,
      gradient: (dy, [x, y]) => ({ x: () => derivative(dy, x as tf.Tensor, y as tf.Tensor) }),
    });
  }
  defineUnary('Selu', (dy, x) => {
    const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];
    return mul(
      dy,
      tf.where(tf.greater(x, 0), tf.fill(x.shape, scale), mul(exp(minimum(x, 0)), alpha * scale)),
    );
  });
  define('Prelu', {
    save: ['x', 'alpha'],
    gradient: (dy, saved) => {
      const [x, alpha] = saved as [tf.Tensor, tf.Tensor];
      const slopes = tf.broadcastTo(alpha, x.shape);
      return {
        x: () => tf.add(reluGrad(dy, x), mul(slopes, reluGrad(dy, neg(x)))),
        alpha: () => {
          const each = mul(dy, neg(tf.relu(neg(x))));
          const axes = x.shape.map((_, axis) => axis).filter((axis) => (alpha.shape[axis - 1] ?? 1) === 1);
          return tf.reshape(tf.sum(each, axes), alpha.shape);
        },
      };
    },
  });
  registerSecondOrder();
}

/** The fused gradient kernels are linear in `dy`; where they also bend with `x`, that is their second derivative. */
function registerSecondOrder(): void {
  const { mul, sub, square } = tf;
  const flat = (x: tf.Tensor) => () => tf.zeros(x.shape);
  define(activationKernels.relu, {
    save: ['dy', 'x'],
    gradient: (ddx, [dy, x]) => ({ dy: () => reluGrad(ddx, x as tf.Tensor), x: flat(dy as tf.Tensor) }),
  });
  define(activationKernels.leakyRelu, {
    save: ['x'],
    gradient: (ddx, [x], { alpha }) => ({
      dy: () => leakyReluGrad(ddx, x as tf.Tensor, alpha as number),
      x: flat(x as tf.Tensor),
    }),
  });
  define(activationKernels.softplus, {
    save: ['dy', 'x'],
    gradient: (ddx, saved) => {
      const [dy, x] = saved as [tf.Tensor, tf.Tensor];
      return { dy: () => softplusGrad(ddx, x), x: () => sigmoidGrad(mul(ddx, dy), x, tf.sigmoid(x)) };
    },
  });
  // (1 − y²)′ = −2y (1 − y²) and (y − y²)′ = (1 − 2y)(y − y²), with y recomputed from x so that it stays connected.
  define(activationKernels.tanh, {
    save: ['dy', 'x', 'y'],
    gradient: (ddx, saved) => {
      const [dy, x, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const bend = () => {
        const t = tf.tanh(x);
        return mul(mul(mul(ddx, dy), mul(t, -2)), sub(1, square(t)));
      };
      return { dy: () => tanhGrad(ddx, x, y), x: bend, y: flat(y) };
    },
  });
  define(activationKernels.sigmoid, {
    save: ['dy', 'x', 'y'],
    gradient: (ddx, saved) => {
      const [dy, x, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const bend = () => {
        const s = tf.sigmoid(x);
        return mul(mul(mul(ddx, dy), sub(1, mul(s, 2))), mul(s, sub(1, s)));
      };
      return { dy: () => sigmoidGrad(ddx, x, y), x: bend, y: flat(y) };
    },
  });
}
