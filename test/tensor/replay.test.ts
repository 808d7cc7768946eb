import * as tf from '@tensorflow/tfjs-core';
import { createReplay, type ReplayRequest } from '../../src/tensor/replay/replay';
import { wasm } from '../../src/tensor/wasm';

beforeAll(() => wasm.start());

type Step = (x: tf.Tensor, a: tf.Variable, b: tf.Variable) => Record<string, tf.Tensor>;

/** A step that reads `x`, [2], and two variables, [2]. */
function replay(
  step: Step,
  run: (each: ReturnType<typeof createReplay>, a: tf.Variable, b: tf.Variable) => void,
) {
  const variable = (...values: number[]) => tf.tidy(() => tf.variable(tf.tensor1d(values)));
  const [a, b] = [variable(1, 2), variable(10, 20)];
  const request: ReplayRequest = {
    inputs: { x: { shape: [2], dtype: 'float32' } },
    variables: new Map(Object.entries({ a, b })),
    step: ({ x }) => tf.tidy(() => step(x as tf.Tensor, a, b)),
  };
  try {
    const each = createReplay(request);
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([1, 2, 10, 20]);
    run(each, a, b);
    each.dispose();
  } finally {
    tf.dispose([a, b]);
  }
}

const x = Float32Array.of(3, 4);

test('variables may swap, take an input as it is, and share what they hold', () => {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()];
  const swap: Step = (_, a, b) => {
    const old = tf.add(a, 0);
    a.assign(b as tf.Tensor as tf.Tensor1D);
    b.assign(old as tf.Tensor1D);
    return { sum: tf.add(a, b) };
  };
  replay(swap, (each, a, b) => {
    expect(each.run({ x }, true)).toEqual({ sum: Float32Array.of(11, 22) });
    each.store();
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([10, 20, 1, 2]);
    each.run({ x }, false);
    each.run({ x }, false);
    each.store();
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([10, 20, 1, 2]);
  });
  const same: Step = (input, a, b) => {
    a.assign(input as tf.Tensor1D);
    b.assign(tf.reshape(a, [2]) as tf.Tensor1D);
    return { input, constant: tf.add(tf.scalar(7), tf.zeros([2])) };
  };
  replay(same, (each, a, b) => {
    for (let i = 0; i < 3; i++)
      expect(each.run({ x }, true)).toEqual({ input: x, constant: Float32Array.of(7, 7) });
    each.run({ x: Float32Array.of(5, 6) }, false);
    each.store();
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([5, 6, 5, 6]);
    expect(() => each.run({ x: Float32Array.of(1) }, false)).toThrow(/2 values \[2\] of x, got 1/);
  });
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
});

test.each<[string, RegExp, Step]>([
  ['draws normal numbers', /randomNormal draws/, (input) => ({ y: tf.add(input, tf.randomNormal([2])) })],
  ['calls Math.random', /calls Math.random/, (input) => ({ y: tf.mul(input, Math.random()) })],
  [
    'reads an input',
    /reads the values of a tensor/,
    (input) => ({ y: tf.mul(input, input.dataSync()[0] as number) }),
  ],
  [
    'reads a tensor from before',
    /add reads a tensor that is neither/,
    (input) => ({ y: tf.add(input, older) }),
  ],
  [
    'gives a variable a tensor from before',
    /the new value of a variable reads a tensor that is neither/,
    (input, a) => {
      a.assign(older);
      return { y: tf.add(input, 1) };
    },
  ],
])('recording refuses a step that %s, and leaves all as it was', (_, problem, step) => {
  older = tf.tensor1d([1, 1]);
  const before = tf.memory().numTensors;
  const { random } = Math;
  expect(() => replay(step, () => undefined)).toThrow(problem);
  expect(() => replay(step, () => undefined)).toThrow(/replay\.test\.ts:\d+/);
  expect(tf.memory().numTensors).toBe(before);
  expect(Math.random).toBe(random);
  expect([...tf.add(older, 1).dataSync()]).toEqual([2, 2]);
  older.dispose();
});

let older: tf.Tensor1D;
