import * as tf from '@tensorflow/tfjs-core';
import { compileStep } from '../../../src/tensor/compile/compile';
import { native } from '../../../src/tensor/native';
import { findInstallation } from '../../../src/tensor/native/location';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

/** Compiles a step that reads `x`, [2, 3], and the variable `weight`, [3]. */
function compile(code: (x: tf.Tensor, weight: tf.Variable) => tf.Tensor): void {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3])));
  try {
    compileStep({
      inputs: { x: { shape: [2, 3], dtype: 'float32' } },
      variables: new Map([['weight', weight]]),
      compiler: 'graph',
      step: ({ x }) => ({ result: tf.tidy(() => code(x as tf.Tensor, weight)) }),
    }).dispose();
    expect([...weight.dataSync()]).toEqual([1, 2, 3]);
  } finally {
    weight.dispose();
  }
}

describeNative('compiling refuses a step that', () => {
  beforeAll(() => native.start());

  const outside = () => tf.tensor1d([1, 1, 1]);
  const line = /at \S*record\.test\.ts:\d+/;

  test.each<[string, RegExp, (x: tf.Tensor, weight: tf.Variable) => tf.Tensor]>([
    ['draws normal numbers', /randomNormal draws random numbers/, (x) => tf.add(x, tf.randomNormal([3]))],
    ['draws from a seed', /randomNormal draws/, (x) => tf.add(x, tf.randomNormal([3], 0, 1, 'float32', 7))],
    ['draws uniform numbers', /randomUniform draws/, (x) => tf.add(x, tf.randomUniform([3]))],
    ['drops units out', /dropout draws/, (x) => tf.dropout(x, 0.5)],
    ['draws with TensorFlow', /multinomial draws/, (x) => tf.multinomial(x as tf.Tensor2D, 4, 1)],
    ['calls Math.random', /calls Math.random/, (x) => tf.mul(x, Math.random())],
    ['reads an input', /reads the values of a tensor/, (x) => tf.mul(x, x.dataSync()[0] as number)],
    ['reads a variable', /reads the values/, (x, weight) => tf.mul(x, weight.dataSync()[0] as number)],
    [
      'reads a result and awaits it',
      /reads the values/,
      (x) => {
        void tf.sum(x).data();
        return tf.mul(x, 2);
      },
    ],
  ])('%s, and names the line', (_, problem, code) => {
    const before = tf.memory().numTensors;
    expect(() => compile(code)).toThrow(problem);
    expect(() => compile(code)).toThrow(line);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('reads a tensor that was made before it, whether TensorFlow has it yet or not', () => {
    const fresh = outside();
    expect(() => compile((x) => tf.add(x, fresh))).toThrow(
      /add reads a tensor that was made before the step/,
    );
    const used = outside();
    tf.square(used).dispose();
    expect(() => compile((x) => tf.add(x, used))).toThrow(/Add reads a tensor that is neither an input/);
    expect(() => compile((x) => tf.add(x, used))).toThrow(line);
    tf.dispose([fresh, used]);
  });

  test('returns a tensor that was made before it', () => {
    const result = outside();
    tf.square(result).dispose();
    expect(() => compile(() => result.clone())).toThrow(/the result of the step/);
    result.dispose();
  });

  test('reads a variable that it did not declare', () => {
    const other = tf.tidy(() => tf.variable(tf.scalar(1)));
    expect(() => compile((x) => tf.mul(x, other))).toThrow(/made before|neither an input/);
    other.dispose();
  });

  test('fails by itself: its own error comes out, and the backend is as before', () => {
    const before = tf.memory().numTensors;
    const { random } = Math;
    expect(() =>
      compile(() => {
        throw new Error('of the step');
      }),
    ).toThrow('of the step');
    expect(Math.random).toBe(random);
    expect(tf.memory().numTensors).toBe(before);
    compile((x, weight) => tf.add(x, weight));
  });

  test('does none of this: numbers and tensors that it makes itself are its own', () => {
    compile((x, weight) => tf.add(tf.mul(x, 2), tf.sub(weight, tf.tensor1d([1, 2, 3]))));
  });
});
