import * as tf from '@tensorflow/tfjs-core';
import { cpu } from '../../../src/tensor/cpu';
import { native } from '../../../src/tensor/native';
import { findInstallation } from '../../../src/tensor/native/location';
import { adamUpdate } from '../../../src/tensor/ops/adam';
import { batchNormalize } from '../../../src/tensor/ops/batch-norm';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

/** Runs a computation on the native backend, with its fused ops, and on the cpu backend, composed. */
async function onBoth(compute: () => tf.Tensor[]): Promise<[number[][], number[][]]> {
  const results: number[][][] = [];
  for (const backend of [native, cpu]) {
    await backend.start();
    const tensors = compute();
    results.push(tensors.map((tensor) => [...tensor.dataSync()]));
    tf.dispose(tensors);
  }
  return results as [number[][], number[][]];
}

function expectClose(actual: number[][], expected: number[][], tolerance: number): void {
  for (const [i, values] of expected.entries()) {
    const differences = values.map((value, j) => Math.abs(value - (actual[i]?.[j] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThan(tolerance);
  }
}

/** Values in [−1, 1] that follow no pattern of the shape. */
const wave = (shape: number[], frequency: number) =>
  tf.tidy(() => tf.reshape(tf.sin(tf.mul(tf.range(0, tf.util.sizeFromShape(shape)), frequency)), shape));

describeNative('the native kernels', () => {
  test.each([
    ['a batch of vectors', [6, 3]],
    ['a batch of images', [2, 3, 3, 4]],
    ['a batch of one', [1, 3]],
  ])('normalise %s as the composed form does, gradients included', async (_, shape) => {
    const [fused, composed] = await onBoth(() => {
      const channels = [shape.at(-1) as number];
      const [x, weight] = [wave(shape, 1.7) as tf.Tensor2D, wave(shape, 0.9)];
      const [gamma, beta] = [wave(channels, 0.5) as tf.Tensor1D, wave(channels, 2) as tf.Tensor1D];
      const { output, mean, variance } = batchNormalize(x, gamma, beta, 1e-3);
      const gradients = tf.grads((...[a, b, c]) =>
        tf.sum(
          tf.mul(batchNormalize(a as tf.Tensor2D, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).output, weight),
        ),
      )([x, gamma, beta]);
      return [output, mean, variance, ...gradients];
    });
    expectClose(fused, composed, 2e-5);
  });

  test('take the Adam step that the composed form takes, again and again on one shape', async () => {
    const [fused, composed] = await onBoth(() => {
      const options = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
      const gradient = wave([5, 7], 1.3);
      let state: tf.Tensor[] = [wave([5, 7], 0.3), tf.zeros([5, 7]), tf.zeros([5, 7])];
      const first = state[0] as tf.Tensor;
      const before = first.clone();
      for (let step = 1; step <= 3; step++) {
        const [p, m, v] = state as [tf.Tensor, tf.Tensor, tf.Tensor];
        state = adamUpdate(p, m, v, gradient, tf.scalar(0.01 / step), options);
      }
      return [...state, tf.sub(first, before)];
    });
    expectClose(fused, composed, 1e-5);
    expect(fused[3]?.every((difference) => difference === 0)).toBe(true);
  });

  test('leave no tensor behind', async () => {
    await native.start();
    const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
    const run = () =>
      tf.tidy(() => {
        const x = wave([8, 4], 1) as tf.Tensor2D;
        tf.grad((a) => tf.sum(batchNormalize(a as tf.Tensor2D, tf.ones([4]), tf.zeros([4]), 1e-3).output))(x);
        adamUpdate(x, x, x, x, tf.scalar(0.1), { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
      });
    run();
    const counts = [tf.memory().numTensors, binding.getNumOfTensors()];
    run();
    expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(counts);
  });

  test('the batch norm gradient refuses a second derivative', async () => {
    await native.start();
    const gradient = tf.grad((x) =>
      tf.sum(batchNormalize(x as tf.Tensor2D, tf.ones([3]), tf.zeros([3]), 1e-3).output),
    );
    expect(() => tf.grad((x) => tf.sum(tf.square(gradient(x))))(wave([4, 3], 1))).toThrow(
      'no second derivative',
    );
  });
});
