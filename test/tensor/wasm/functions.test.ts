import * as tf from '@tensorflow/tfjs-core';
import { softplusGrad } from '../../../src/tensor/ops/activation-grad';
import { wasm } from '../../../src/tensor/wasm';

beforeAll(() => wasm.start());

/** From far below to far above where float32 ends, and densely around 0. */
const values = Float32Array.from({ length: 8003 }, (_, i) => {
  const spread = (i - 4001) / 4001;
  return i % 2 ? 120 * spread : 2 * spread ** 3;
});

const functions: Record<string, [(x: tf.Tensor) => tf.Tensor, (x: number) => number]> = {
  exp: [tf.exp, Math.exp],
  tanh: [tf.tanh, Math.tanh],
  sigmoid: [tf.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
  softplus: [tf.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  softplusGrad: [(x) => softplusGrad(tf.onesLike(x), x), (x) => 1 / (1 + Math.exp(-x))],
};

test.each(Object.keys(functions))('computes %s within 4e-7 of float64, as a share', (name) => {
  const [op, exact] = functions[name] as (typeof functions)[string];
  const got = tf.tidy(() => op(tf.tensor1d(values)).dataSync());
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const expected = exact(values[i] as number);
    // Float32 has fewer digits below its smallest normal number.
    const error = Math.max(0, Math.abs((got[i] as number) - expected) - 2 ** -126);
    if (Math.fround(expected) !== got[i]) worst = Math.max(worst, error / Math.abs(expected));
  }
  expect(worst).toBeLessThan(4e-7);
});

test('passes infinities and NaN on', () => {
  tf.tidy(() => {
    const x = tf.tensor1d([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, 0]);
    const of = (op: (x: tf.Tensor) => tf.Tensor) => [...op(x).dataSync()];
    expect(of(tf.exp)).toEqual([0, Number.POSITIVE_INFINITY, Number.NaN, 1]);
    expect(of(tf.tanh)).toEqual([-1, 1, Number.NaN, 0]);
    expect(of(tf.sigmoid)).toEqual([0, 1, Number.NaN, 0.5]);
    expect(of(tf.softplus)).toEqual([0, Number.POSITIVE_INFINITY, Number.NaN, Math.fround(Math.LN2)]);
  });
});
