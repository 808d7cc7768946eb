import * as tf from '@tensorflow/tfjs-core';
import { leakyReluGrad, reluGrad, sigmoidGrad, tanhGrad } from '../../../src/tensor/ops/activation-grad';
import { wasm } from '../../../src/tensor/wasm';
import {
  add,
  argument,
  constant,
  element,
  ifPositive,
  mul,
  programFunction,
} from '../../../src/tensor/wasm/expressions';
import { compileModule, encodeModule, instantiate } from '../../../src/tensor/wasm/module';
import { difference, random } from '../finite-differences';

beforeAll(() => wasm.start());

/** JavaScript's answer, for each element by itself. */
function expected(f: (dy: number, x: number) => number, dy: tf.Tensor, x: tf.Tensor): number[] {
  const [slopes, values] = [dy.dataSync(), x.dataSync()];
  return Array.from(values, (value, i) => Math.fround(f(slopes[i] as number, value)));
}

// Four elements at a time, then the rest one at a time: lengths on both sides of that.
test.each([0, 1, 3, 4, 5, 7, 8, 31])('computes the activation gradients of %d values', (length) => {
  tf.tidy(() => {
    const dy = random([length], 'dy');
    const x = random([length], 'x');
    const near = (got: tf.Tensor, f: (dy: number, x: number) => number) =>
      expected(f, dy, x).forEach((value, i) => {
        expect(got.dataSync()[i]).toBeCloseTo(value, 6);
      });
    near(reluGrad(dy, x), (d, v) => (v > 0 ? d : 0));
    near(leakyReluGrad(dy, x, 0.2), (d, v) => (v > 0 ? d : 0.2 * d));
    near(tanhGrad(dy, x, tf.tanh(x)), (d, v) => d * (1 - Math.tanh(v) ** 2));
    near(sigmoidGrad(dy, x, tf.sigmoid(x)), (d, v) => (d * Math.exp(-v)) / (1 + Math.exp(-v)) ** 2);
    near(tf.leakyRelu(x, 0.3), (_, v) => (v > 0 ? v : 0.3 * v));
  });
});

test('takes zero, of either sign, as not positive', () => {
  tf.tidy(() => {
    const zeros = tf.tensor1d([0, -0, 0, -0, 0]);
    expect([...reluGrad(tf.ones([5]), zeros).dataSync()]).toEqual([0, 0, 0, 0, 0]);
    expect(leakyReluGrad(tf.ones([5]), zeros, 0.5).dataSync()).toEqual(new Float32Array(5).fill(0.5));
  });
});

test('sums long columns without losing digits', () => {
  tf.tidy(() => {
    const x = tf.fill([100_000, 5], 0.1);
    for (const total of tf.sum(x, 0).dataSync()) expect(Math.abs(total - 10_000)).toBeLessThan(0.01);
    expect(tf.sum(x, 0, true).shape).toEqual([1, 5]);
    expect(tf.sum(tf.ones([3, 4, 8]), [0, 1]).dataSync()).toEqual(new Float32Array(8).fill(12));
  });
});

test('assembles a program with a shared part, two results and a result in place', () => {
  const memory = new (globalThis as unknown as Wasm).WebAssembly.Memory({ initial: 1 });
  const values = new Float32Array(memory.buffer);
  const square = mul(element('x'), element('x'));
  const program = {
    arrays: ['x'],
    scalars: ['k'],
    results: { y: add(square, argument('k')), x2: ifPositive(element('x'), square, constant(-1000)) },
  };
  const module = compileModule(encodeModule({ run: programFunction(program) }, false));
  const { run } = instantiate<'run'>(module, memory);
  for (let i = 0; i < 7; i++) values[i] = i - 3;
  run(0, 0, 64, 7, 1, 0.5);
  expect([...values.slice(0, 8)]).toEqual([9.5, 4.5, 1.5, 0.5, 1.5, 4.5, 9.5, 0]);
  expect([...values.slice(16, 24)]).toEqual([-1000, -1000, -1000, -1000, 1, 4, 9, 0]);
});

interface Wasm {
  readonly WebAssembly: {
    readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  };
}

test('adds, subtracts and multiplies large arrays like small ones, and by a number', () => {
  tf.tidy(() => {
    const [x, y] = [random([300, 401], 'x'), random([300, 401], 'y')];
    const two = tf.scalar(1.7);
    const large = [tf.add(x, y), tf.sub(x, y), tf.mul(x, y), tf.mul(x, two), tf.mul(two, x), tf.sub(two, x)];
    const row = (tensor: tf.Tensor) => tf.slice(tensor, [299, 0], [1, 401]);
    const [a, b] = [row(x), row(y)];
    const small = [tf.add(a, b), tf.sub(a, b), tf.mul(a, b), tf.mul(a, two), tf.mul(two, a), tf.sub(two, a)];
    large.forEach((tensor, i) => {
      expect(tensor.shape).toEqual([300, 401]);
      expect(difference(row(tensor), small[i] as tf.Tensor)).toBe(0);
    });
  });
});
