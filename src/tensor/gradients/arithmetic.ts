// Gradients of the elementwise kernels: arithmetic, powers, logarithms, comparisons.

import * as tf from '@tensorflow/tfjs-core';
import { asFloat, define, defineBinary, defineConstant, defineUnary, sumToShape } from './registration';

export function registerArithmeticGradients(): void {
  registerBinary();
  registerUnary();
  registerSelections();
  for (const name of [
    'Ceil',
    'Floor',
    'Round',
    'Sign',
    'Step',
    'IsFinite',
    'IsInf',
    'IsNan',
    'ArgMax',
    'ArgMin',
  ]) {
    defineConstant(name, ['x']);
  }
  for (const name of ['OnesLike', 'ZerosLike', 'LogicalNot']) defineConstant(name, ['x']);
  const comparisons = ['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'FloorDiv'];
  for (const name of [...comparisons, 'LogicalAnd', 'LogicalOr', 'LogicalXor'])
    defineConstant(name, ['a', 'b']);
}

function registerBinary(): void {
  const { mul, neg, div, square, sub } = tf;
  defineBinary('Add', { a: (dy) => dy, b: (dy) => dy });
  defineBinary('Sub', { a: (dy) => dy, b: (dy) => neg(dy) });
  defineBinary('Multiply', { a: (dy, _a, b) => mul(dy, b), b: (dy, a) => mul(dy, a) });
  defineBinary('RealDiv', {
    a: (dy, _a, b) => div(dy, b),
    b: (dy, a, b) => neg(div(mul(dy, a), square(b))),
  });
  defineBinary('SquaredDifference', {
    a: (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    b: (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  });
  defineBinary('Pow', {
    a: (dy, a, b) => mul(dy, mul(b, tf.pow(a, sub(b, 1)))),
    // Where the base is not positive its logarithm is none: the exponent's derivative counts as zero there.
    b: (dy, a, b) =>
      mul(dy, mul(tf.pow(a, b), tf.where(tf.greater(a, 0), tf.log(tf.maximum(a, 1e-37)), tf.zerosLike(a)))),
  });
  defineBinary('Maximum', {
    a: (dy, a, b) => mul(dy, asFloat(tf.greaterEqual(a, b))),
    b: (dy, a, b) => mul(dy, asFloat(tf.less(a, b))),
  });
  defineBinary('Minimum', {
    a: (dy, a, b) => mul(dy, asFloat(tf.lessEqual(a, b))),
    b: (dy, a, b) => mul(dy, asFloat(tf.greater(a, b))),
  });
  define('AddN', { gradient: (dy, saved) => saved.map(() => () => dy) });
}

function registerUnary(): void {
  const { mul, div, neg, square } = tf;
  defineUnary('Identity', (dy) => dy);
  defineUnary('Cast', (dy) => dy);
  defineUnary('Neg', (dy) => neg(dy));
  defineUnary('Abs', (dy, x) => mul(dy, tf.sign(asFloat(x))));
  defineUnary('Square', (dy, x) => mul(dy, mul(asFloat(x), 2)));
  defineUnary('Sqrt', (dy, x) => div(dy, mul(tf.sqrt(x), 2)));
  defineUnary('Rsqrt', (dy, x) => div(dy, mul(tf.mul(x, tf.sqrt(x)), -2)));
  defineUnary('Reciprocal', (dy, x) => neg(div(dy, square(x))));
  defineUnary('Exp', (dy, x) => mul(dy, tf.exp(x)));
  defineUnary('Expm1', (dy, x) => mul(dy, tf.exp(x)));
  defineUnary('Log', (dy, x) => div(dy, x));
  defineUnary('Log1p', (dy, x) => div(dy, tf.add(x, 1)));
  defineUnary('Sin', (dy, x) => mul(dy, tf.cos(x)));
  defineUnary('Cos', (dy, x) => neg(mul(dy, tf.sin(x))));
  defineUnary('Erf', (dy, x) => mul(dy, mul(tf.exp(neg(square(x))), 2 / Math.sqrt(Math.PI))));
}

function registerSelections(): void {
  const { mul, where, zerosLike } = tf;
  defineUnary('ClipByValue', (dy, x, attributes) => {
    const { clipValueMin, clipValueMax } = attributes as { clipValueMin: number; clipValueMax: number };
    const inside = tf.logicalAnd(tf.greaterEqual(x, clipValueMin), tf.lessEqual(x, clipValueMax));
    return mul(dy, asFloat(inside));
  });
  define('Select', {
    save: ['condition', 't', 'e'],
    gradient: (dy, saved) => {
      const [condition, t, e] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return {
        condition: () => tf.zeros(condition.shape),
        t: () => sumToShape(where(condition, dy, zerosLike(dy)), t.shape),
        e: () => sumToShape(where(condition, zerosLike(dy), dy), e.shape),
      };
    },
  });
}
