// What every tensor backend must do, held against plain JavaScript (cpu) and against finite differences.

import * as tf from '@tensorflow/tfjs-core';
import { backends } from '../../src/tensor';
import type { Backend } from '../../src/tensor/backend';
import { cpu } from '../../src/tensor/cpu';
import { adamUpdate } from '../../src/tensor/ops/adam';
import { batchNormalize } from '../../src/tensor/ops/batch-norm';
import { logSoftmax } from '../../src/tensor/ops/log-softmax';
import { sigmoidCrossEntropy } from '../../src/tensor/ops/sigmoid-cross-entropy';
import { configureWasm, wasm } from '../../src/tensor/wasm';
import { difference, gradientError, random } from '../tensor/finite-differences';

/** Runs `compute` on the cpu backend and on `backend`, and returns the largest difference. */
async function againstCpu(backend: Backend, compute: () => tf.Tensor[]): Promise<number> {
  const values: ArrayLike<number>[][] = [];
  for (const each of [cpu, backend]) {
    await each.start();
    values.push(
      tf.tidy(() =>
        compute().map((tensor) => Float32Array.from(tensor.dataSync())),
      ) as unknown as ArrayLike<number>[],
    );
  }
  const [expected, got] = values as [ArrayLike<number>[], ArrayLike<number>[]];
  expect(got.map((each) => each.length)).toEqual(expected.map((each) => each.length));
  return Math.max(...expected.map((each, i) => difference(each, got[i] as ArrayLike<number>)));
}

/** The result of f and its gradients under random weights. */
function withGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const result = f(...inputs);
  const weights = random(result.shape as [number], 'weights');
  return [result, ...tf.grads((...xs) => tf.sum(tf.mul(f(...xs), weights)))(inputs)];
}

const images = (x: tf.Tensor, height: number, width: number, channels: number) =>
  tf.reshape<tf.Rank.R4>(x, [1, height, width, channels]);

type Unary = (x: tf.Tensor) => tf.Tensor;

/** To larger and smaller images, oblong ones too, wherever the centres of pixels are. */
const resizes: Record<string, Unary> = Object.fromEntries(
  (
    [
      [4, 6],
      [3, 2],
      [2, 7],
    ] as const
  ).flatMap(([height, width]) =>
    (
      [
        [false, false],
        [true, false],
        [false, true],
      ] as const
    ).flatMap(([aligned, half]) =>
      (['resizeBilinear', 'resizeNearestNeighbor'] as const).map((resize) => {
        const resized: Unary = (x) => tf.image[resize](images(x, 4, 3, 2), [height, width], aligned, half);
        const where = aligned ? ' with aligned corners' : half ? ' about half-pixel centres' : '';
        return [`${resize} to ${height}×${width}${where}`, (x: tf.Tensor) => tf.square(resized(x))] as const;
      }),
    ),
  ),
);

const unary: Record<string, Unary> = {
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(tf.mul(x, 5)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  tanh: (x) => tf.tanh(x),
  sigmoid: (x) => tf.sigmoid(x),
  softplus: (x) => tf.softplus(x),
  exp: (x) => tf.exp(x),
  log: (x) => tf.log(tf.add(tf.square(x), 1)),
  log1p: (x) => tf.log1p(tf.square(x)),
  sqrt: (x) => tf.sqrt(tf.add(tf.square(x), 1)),
  rsqrt: (x) => tf.rsqrt(tf.add(tf.square(x), 1)),
  reciprocal: (x) => tf.reciprocal(tf.add(tf.square(x), 1)),
  abs: (x) => tf.abs(x),
  pow: (x) => tf.pow(tf.add(tf.square(x), 1), 1.5),
  clip: (x) => tf.clipByValue(x, -0.5, 0.7),
  maximum: (x) => tf.maximum(x, tf.neg(tf.square(x))),
  minimum: (x) => tf.minimum(x, 0.3),
  where: (x) => tf.where(tf.greater(x, 0.1), tf.square(x), tf.neg(x)),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  erf: (x) => tf.erf(x),
  sin: (x) => tf.sin(x),
  sum: (x) => tf.sum(x, 0),
  mean: (x) => tf.mean(x, [0, 1]),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 0, true),
  variance: (x) => tf.moments(x, 0).variance,
  transpose: (x) => tf.square(tf.transpose(x)),
  reverse: (x) => tf.mul(tf.reverse(x, 1), x),
  slice: (x) => tf.square(tf.slice(x, [1, 2], [3, -1])),
  pad: (x) =>
    tf.square(
      tf.pad(x, [
        [1, 2],
        [0, 1],
      ]),
    ),
  tile: (x) => tf.square(tf.tile(x, [2, 3])),
  concat: (x) => tf.concat([x, tf.square(x)], 1),
  stack: (x) => tf.stack([x, tf.square(x)]),
  unstack: (x) => tf.mul(tf.unstack(x)[0] as tf.Tensor, tf.unstack(x)[2] as tf.Tensor),
  split: (x) => tf.mul(tf.split(x, 2, 1)[0] as tf.Tensor, tf.split(x, 2, 1)[1] as tf.Tensor),
  gather: (x) => tf.square(tf.gather(x, tf.tensor1d([2, 0, 2, 1], 'int32'))),
  gatherColumns: (x) => tf.square(tf.gather(x, tf.tensor1d([2, 0, 2, 1], 'int32'), 1)),
  cumsum: (x) => tf.square(tf.cumsum(x, 1)),
  broadcast: (x) => tf.mul(tf.sub(x, tf.mean(x, 0)), tf.mean(x, 1, true)),
  division: (x) => tf.div(x, tf.add(tf.square(tf.slice(x, [0, 0], [1, -1])), 1)),
  resizeNearest: (x) => tf.square(tf.image.resizeNearestNeighbor(images(x, 2, 2, 6), [4, 4])),
  resizeBilinear: (x) => tf.square(tf.image.resizeBilinear(images(x, 2, 2, 6), [4, 4])),
  ...resizes,
  depthToSpace: (x) => tf.square(tf.depthToSpace(images(x, 2, 3, 4), 2)),
  maxPool: (x) => tf.square(tf.maxPool(images(x, 4, 3, 2), 2, 1, 'same')),
  avgPool: (x) => tf.square(tf.avgPool(images(x, 4, 3, 2), 2, 1, 'valid')),
  avgPoolSame: (x) => tf.square(tf.avgPool(images(x, 4, 3, 2), 3, 1, 'same')),
  avgPoolOblong: (x) => tf.square(tf.avgPool(images(x, 4, 6, 1), [3, 2], [2, 1], 'same')),
  sigmoidCrossEntropy: (x) => sigmoidCrossEntropy(tf.sigmoid(tf.reverse(x, 1)), x),
};

/** Functions that bend, so that a second derivative means something. */
const twiceDifferentiable = [
  'tanh',
  'sigmoid',
  'softplus',
  'exp',
  'log',
  'sqrt',
  'pow',
  'softmax',
  'elu',
  'selu',
];
/** Their second derivative is that of the square around them. */
const kinked = [
  'avgPoolSame',
  'avgPoolOblong',
  ...Object.keys(resizes),
  'relu',
  'leakyRelu',
  'clip',
  'maximum',
  'minimum',
  'abs',
  'logSumExp',
  'where',
];

interface Convolution {
  readonly size: [number, number];
  readonly channels: [number, number];
  readonly filter: [number, number];
  readonly strides: number | [number, number];
  readonly pad:
    | 'same'
    | 'valid'
    | number
    | [[number, number], [number, number], [number, number], [number, number]];
}

const convolutions: readonly Convolution[] = [
  { size: [8, 8], channels: [1, 6], filter: [4, 4], strides: 2, pad: 'same' },
  { size: [7, 7], channels: [5, 3], filter: [4, 4], strides: 2, pad: 'same' },
  { size: [6, 9], channels: [3, 4], filter: [3, 3], strides: 1, pad: 'same' },
  { size: [6, 9], channels: [3, 4], filter: [3, 2], strides: [1, 2], pad: 'valid' },
  { size: [10, 8], channels: [2, 5], filter: [3, 3], strides: 3, pad: 'valid' },
  { size: [9, 8], channels: [2, 3], filter: [2, 2], strides: 3, pad: 'same' },
  { size: [5, 5], channels: [3, 4], filter: [1, 1], strides: 1, pad: 'valid' },
  { size: [6, 6], channels: [3, 4], filter: [1, 1], strides: 2, pad: 'same' },
  { size: [4, 4], channels: [3, 8], filter: [4, 4], strides: 1, pad: 'valid' },
];

/** The wasm backend with so many threads; the registry's own has as many as there are cores. */
const wasmWith = (threads: number, relaxedSimd: boolean): Backend => ({
  ...wasm,
  start() {
    configureWasm({ threads, relaxedSimd });
    return wasm.start();
  },
});

const contestants: readonly (readonly [string, Backend])[] = [
  ...backends.map((backend) => [backend.name, backend] as const),
  ['wasm with 1 thread and plain SIMD', wasmWith(1, false)],
  ['wasm with 3 threads', wasmWith(3, true)],
];

describe.each(contestants)('the %s backend', (name, backend) => {
  let missing: string | undefined;

  beforeAll(async () => {
    const state = await backend.check();
    missing = state.available ? undefined : state.reason;
    if (missing) process.stderr.write(`SKIPPED: the ${name} backend is not here: ${missing}\n`);
    else await backend.start();
  });

  /** A test that says so when the backend is absent. */
  const check = (what: string, body: () => void | Promise<void>) =>
    test(what, async () => {
      if (missing) return;
      await backend.start();
      await body();
    });

  check('multiplies matrices, transposed or not, like cpu', async () => {
    for (const [m, k, n] of [
      [5, 7, 3],
      [1, 9, 16],
      [33, 20, 1],
      [64, 8, 40],
      [3, 50, 65],
    ] as const) {
      for (const [ta, tb] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const error = await againstCpu(backend, () => {
          const a = random<tf.Rank.R2>(ta ? [k, m] : [m, k], 'a');
          const b = random<tf.Rank.R2>(tb ? [n, k] : [k, n], 'b');
          return withGradients((x, y) => tf.matMul(x, y, ta, tb), [a, b]);
        });
        expect(error).toBeLessThan(1e-4);
      }
    }
  });

  check('multiplies batches of matrices and broadcasts them', async () => {
    for (const [batchA, batchB] of [
      [[3], [3]],
      [[3], [1]],
      [[1], [4]],
      [
        [2, 3],
        [2, 3],
      ],
    ] as const) {
      for (const [ta, tb] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const error = await againstCpu(backend, () => {
          const a = random([...batchA, ...(ta ? [4, 5] : [5, 4])] as [number, number, number], 'a');
          const b = random([...batchB, ...(tb ? [6, 4] : [4, 6])] as [number, number, number], 'b');
          return [tf.matMul(a, b, ta, tb)];
        });
        expect(error).toBeLessThan(1e-4);
      }
    }
  });

  check('convolves, forward and both gradients, within 1e-4 of cpu', async () => {
    for (const { size, channels, filter, strides, pad } of convolutions) {
      const error = await againstCpu(backend, () => {
        const x = random<tf.Rank.R4>([3, ...size, channels[0]], 'x');
        const w = random<tf.Rank.R4>([...filter, ...channels], 'w', 0.3);
        return withGradients((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad), [x, w]);
      });
      expect(error).toBeLessThan(1e-4);
    }
  });

  check('convolves the layers of a DCGAN within 1e-4 of cpu', async () => {
    const error = await againstCpu(backend, () => {
      const x = random<tf.Rank.R4>([2, 14, 14, 16], 'x', 0.5);
      const w = random<tf.Rank.R4>([4, 4, 16, 32], 'w', 0.1);
      return withGradients((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same'), [x, w]);
    });
    expect(error).toBeLessThan(1e-4);
  });

  check('convolves transposed, with its gradients', async () => {
    for (const [size, stride, kernel, pad] of [
      [7, 2, 4, 'same'],
      [5, 2, 5, 'same'],
      [4, 1, 4, 'valid'],
      [3, 3, 2, 'same'],
    ] as const) {
      const out = pad === 'same' ? size * stride : size + kernel - 1;
      const error = await againstCpu(backend, () => {
        const x = random<tf.Rank.R4>([2, size, size, 5], 'x');
        const w = random<tf.Rank.R4>([kernel, kernel, 3, 5], 'w', 0.3);
        const f = (a: tf.Tensor, b: tf.Tensor) =>
          tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [2, out, out, 3], stride, pad);
        return withGradients(f, [x, w]);
      });
      expect(error).toBeLessThan(1e-4);
    }
  });

  check('has convolution gradients that finite differences confirm', () => {
    tf.tidy(() => {
      const x = random<tf.Rank.R4>([2, 6, 6, 2]);
      const w = random<tf.Rank.R4>([4, 4, 2, 3], 'w', 0.3);
      const f = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same');
      expect(gradientError(f, [x, w])).toBeLessThan(3e-3);
    });
  });

  check(
    'computes the elementwise functions, reductions and moves of values like cpu, with gradients',
    async () => {
      for (const [what, f] of Object.entries(unary)) {
        const error = await againstCpu(backend, () => withGradients(f, [random<tf.Rank.R2>([4, 6])]));
        expect([what, error < 2e-5 ? 'equal' : error]).toEqual([what, 'equal']);
      }
    },
  );

  check('has gradients that finite differences confirm', () => {
    for (const [what, f] of Object.entries(unary)) {
      const x = random<tf.Rank.R2>([4, 6]);
      const error = gradientError(f, [x], 3e-3);
      expect([what, error < 5e-3 ? 'right' : error]).toEqual([what, 'right']);
      x.dispose();
    }
  });

  check('has second derivatives that finite differences confirm', () => {
    const slope = (f: Unary) => (x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(f(y)))(x);
    const cases = [
      ...twiceDifferentiable.map((what) => [what, unary[what] as Unary] as const),
      ...kinked.map((what) => [what, (x: tf.Tensor) => tf.square((unary[what] as Unary)(x))] as const),
    ];
    for (const [what, f] of cases) {
      const x = random<tf.Rank.R2>([4, 6]);
      const squared: Unary = (y) => tf.mul(f(y), y.shape.length === f(y).shape.length ? y : 1);
      const error = gradientError(slope(squared), [x], 3e-3);
      expect([what, error < 5e-3 ? 'right' : error]).toEqual([what, 'right']);
      x.dispose();
    }
  });

  check(
    'has the second derivative of log softmax beside another path, or refuses one that would be wrong',
    () => {
      const slope = (f: Unary) => (x: tf.Tensor) => tf.grad((y: tf.Tensor) => tf.sum(tf.mul(f(y), y)))(x);
      const x = random<tf.Rank.R2>([4, 6]);
      const ours: Unary = (y) => logSoftmax(y as tf.Tensor2D);
      expect(gradientError(slope(ours), [x], 3e-3)).toBeLessThan(5e-3);
      expect(() => gradientError(slope(tf.logSoftmax), [x])).toThrow(
        /that of tf\.logSoftmax, has no second derivative/,
      );
      tf.tidy(() => {
        expect(difference(ours(x), tf.logSoftmax(x))).toBeLessThan(1e-5);
        const [mine, theirs] = [ours, tf.logSoftmax].map((f) =>
          tf.grad((y: tf.Tensor) => tf.sum(tf.square(f(y))))(x),
        );
        expect(difference(mine as tf.Tensor, theirs as tf.Tensor)).toBeLessThan(1e-4);
      });
      x.dispose();
    },
  );

  check('passes NaN on', () => {
    tf.tidy(() => {
      for (const f of [tf.relu, tf.tanh, tf.sigmoid, (x: tf.Tensor) => tf.leakyRelu(x, 0.2)]) {
        expect(f(tf.tensor1d([Number.NaN, 1])).dataSync()[0]).toBeNaN();
      }
    });
  });

  check('normalises batches like the formula, with gradients', async () => {
    for (const shape of [
      [6, 5],
      [3, 4, 4, 2],
      [128, 33],
    ] as const) {
      const channels = shape.at(-1) as number;
      const inputs = () => [
        tf.add(random([...shape] as [number, number], 'x'), 2) as tf.Tensor2D,
        random<tf.Rank.R1>([channels], 'gamma'),
        random<tf.Rank.R1>([channels], 'beta'),
      ];
      const f = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
        batchNormalize(x as tf.Tensor2D, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3).output;
      const error = await againstCpu(backend, () => {
        const [x, gamma, beta] = inputs() as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
        const { mean, variance } = batchNormalize(x, gamma, beta, 1e-3);
        const expected = tf.moments(
          x,
          shape.slice(0, -1).map((_, axis) => axis),
        );
        expect(difference(mean, expected.mean)).toBeLessThan(1e-5);
        expect(difference(variance, expected.variance)).toBeLessThan(1e-5);
        return [mean, variance, ...withGradients(f, [x, gamma, beta])];
      });
      expect(error).toBeLessThan(1e-4);
      tf.tidy(() => expect(gradientError(f, inputs())).toBeLessThan(5e-3));
    }
  });

  check('takes an Adam step like the formula', async () => {
    const options = { beta1: 0.5, beta2: 0.999, epsilon: 1e-7 };
    const error = await againstCpu(backend, () => {
      const [p, m, g] = ['p', 'm', 'g'].map((each) => random<tf.Rank.R2>([7, 9], each)) as [
        tf.Tensor2D,
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const v = tf.square(random<tf.Rank.R2>([7, 9], 'v'));
      const before = p.dataSync().slice();
      const updated = adamUpdate(p, m, v, g, tf.scalar(0.01), options);
      expect(difference(p, before)).toBe(0);
      const [p0, m0, v0, g0] = [p, m, v, g].map((each) => each.dataSync()[0] as number) as [
        number,
        number,
        number,
        number,
      ];
      const m1 = 0.5 * m0 + 0.5 * g0;
      const v1 = 0.999 * v0 + 0.001 * g0 * g0;
      expect(updated[0].dataSync()[0]).toBeCloseTo(p0 - (0.01 * m1) / (Math.sqrt(v1) + 1e-7), 5);
      return updated;
    });
    expect(error).toBeLessThan(1e-6);
  });

  check('leaves no tensor behind', () => {
    const count = () => [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    const before = count();
    tf.tidy(() => {
      const x = random<tf.Rank.R4>([2, 6, 6, 2]);
      const w = random<tf.Rank.R4>([4, 4, 2, 3], 'w');
      const gamma = random<tf.Rank.R1>([3], 'gamma');
      tf.grads((a, b, g) => {
        const y = tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same');
        const { output } = batchNormalize(y, g as tf.Tensor1D, g as tf.Tensor1D, 1e-3);
        return tf.sum(tf.matMul(tf.reshape(output, [2, -1]), tf.reshape(output, [2, -1]), true, false));
      })([x, w, gamma]);
      adamUpdate(x, x, x, x, tf.scalar(1), { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 });
    });
    expect(count()).toEqual(before);
  });
});
