import * as tf from '@tensorflow/tfjs-core';
import { cpu } from '../../src/tensor/cpu';
import { wasm } from '../../src/tensor/wasm';
import { installKernels, uninstallKernels } from '../../src/tensor/wasm/kernels';
import { difference, gradientError, random } from './finite-differences';

beforeAll(() => wasm.start());

test('is available where there is SIMD', async () => {
  const detail = expect.stringMatching(/^(one thread|\d+ threads), (relaxed )?SIMD, tiles of \d+×\d+$/);
  expect(await wasm.check()).toEqual({ available: true, detail });
});

test('leaves the backend in use alone when it is only checked', async () => {
  await cpu.start();
  await wasm.check();
  expect(tf.getBackend()).toBe('cpu');
  await wasm.start();
  expect(tf.getBackend()).toBe('wasm');
});

test('catches no error of the process', () => {
  expect(process.listeners('uncaughtException').map(String).join()).not.toContain('ExitStatus');
});

test('broadcasts batches of matrices in several dimensions', () => {
  tf.tidy(() => {
    for (const [ta, tb] of [
      [false, false],
      [true, true],
    ] as const) {
      const a = random([2, 1, ...(ta ? [4, 5] : [5, 4])] as [number, number, number, number], 'a');
      const b = random([1, 3, ...(tb ? [6, 4] : [4, 6])] as [number, number, number, number], 'b');
      const expected = tf.matMul(tf.tile(a, [1, 3, 1, 1]), tf.tile(b, [2, 1, 1, 1]), ta, tb);
      const product = tf.matMul(a, b, ta, tb);
      expect(product.shape).toEqual([2, 3, 5, 6]);
      expect(difference(product, expected)).toBe(0);
    }
  });
});

test('multiplies matrices without rows, columns or depth', () => {
  tf.tidy(() => {
    expect(tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])).shape).toEqual([0, 2]);
    expect(tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2]), false, false).dataSync()).toEqual(
      new Float32Array(4),
    );
  });
});

test('multiplies with bias and activation, transposed or not', () => {
  tf.tidy(() => {
    const bias = random([6], 'bias');
    for (const [ta, tb] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const a = random(ta ? [4, 5] : [5, 4], 'a') as tf.Tensor2D;
      const b = random(tb ? [6, 4] : [4, 6], 'b') as tf.Tensor2D;
      const fused = tf.fused.matMul({ a, b, transposeA: ta, transposeB: tb, bias, activation: 'relu' });
      expect(difference(fused, tf.relu(tf.add(tf.matMul(a, b, ta, tb), bias)))).toBeLessThan(1e-5);
    }
  });
});

const explicit = [
  { size: [9, 9], filter: [5, 5, 4, 1], strides: 2, pad: 2 },
  {
    size: [7, 8],
    filter: [3, 3, 2, 3],
    strides: 2,
    pad: [
      [0, 0],
      [2, 0],
      [1, 3],
      [0, 0],
    ],
  },
  { size: [8, 8], filter: [2, 2, 3, 3], strides: 4, pad: 'same' },
] as const;

test.each(explicit)(
  'has convolution gradients for padding $pad, stride $strides',
  ({ size, filter, strides, pad }) => {
    tf.tidy(() => {
      const x = random([2, ...size, filter[2]] as [number, number, number, number]);
      const w = random([...filter] as [number, number, number, number], 'w', 0.3);
      const f = (a: tf.Tensor, b: tf.Tensor) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad as 'same');
      expect(gradientError(f, [x, w])).toBeLessThan(3e-3);
    });
  },
);

test('refuses the gradient of channels-first convolutions with the reason', () => {
  tf.tidy(() => {
    const run = () =>
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x: tf.zeros([1, 1, 4, 4]), dy: tf.zeros([1, 1, 4, 4]) },
          { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 1, 1] },
        );
    expect(run).toThrow(/NHWC and dilation 1, got NCHW/);
  });
});

test('refuses the second derivative of its batch normalisation with the reason', async () => {
  const { batchNormalize } = await import('../../src/tensor/ops/batch-norm');
  tf.tidy(() => {
    const [gamma, beta] = [tf.ones([3]), tf.zeros([3])] as [tf.Tensor1D, tf.Tensor1D];
    const f = (x: tf.Tensor) => tf.sum(tf.square(batchNormalize(x as tf.Tensor2D, gamma, beta, 1e-3).output));
    const slope = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(f)(x)));
    expect(() => tf.grad(slope)(random([4, 3]))).toThrow(/no second derivative/);
  });
});

test('puts the stock kernels back, and ours again', () => {
  uninstallKernels();
  try {
    expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
    expect(tf.getKernel('AigcAdam', 'wasm')).toBeUndefined();
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBeDefined();
  } finally {
    installKernels();
  }
  expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
});

test('gives the same bits for the same step', () => {
  const step = () =>
    tf.tidy(() => {
      const x = random<tf.Rank.R2>([32, 40]);
      const w = random<tf.Rank.R2>([40, 20], 'w');
      return tf
        .grad((v) => tf.sum(tf.tanh(tf.leakyRelu(tf.matMul(x, v as tf.Tensor2D), 0.2))))(w)
        .dataSync();
    });
  expect(difference(step(), step())).toBe(0);
});
