// Muon: momentum made orthogonal, for weights that are matrices; Adam for all others.
import * as tf from '@tensorflow/tfjs-core';
import { createAdam } from '../adam-optimizer';
import { type Parameters, zeros } from '../parameters';
import { gradientOf, type Optimizer, type OptimizerSetting, trainedUnder } from './optimizer';

/** Jordan et al. 2024: a quintic that takes singular values to about 1 from anywhere in (0, 1]. */
const [a, b, c] = [3.4445, -4.775, 2.0315] as const;
const iterations = 5;
const tiny = 1e-7;

/**
 * Jordan et al. 2024, kellerjordan.github.io/posts/muon: M ← β M + (1 − β) G, W ← W − η s O with O the orthogonalised
 * (1 − β) G + β M (Nesterov), by five Newton–Schulz iterations. s = 0.2 √max(rows, columns), which gives an update the size of
 * one of Adam's (Liu et al. 2025, section 2.2, arxiv.org/abs/2502.16982), so that its learning rates fit. A convolution's
 * kernel is the matrix [h·w·inputs, outputs]; what is called no kernel, and kernels of one output, are Adam's. β is `beta1`.
 * Departs in float32 for its bfloat16, and in no weight decay.
 */
export function createMuon(parameters: Parameters, prefix: string, setting: OptimizerSetting): Optimizer {
  const { learningRate, beta1 } = setting;
  const kernels = trainedUnder(parameters, prefix).flatMap(({ name, variable }) => {
    const shape = name.endsWith('kernel') ? matrixOf(variable) : undefined;
    return shape ? [{ name, variable, shape, scale: 0.2 * Math.sqrt(Math.max(...shape)) }] : [];
  });
  const among = new Set(kernels.map(({ variable }) => variable));
  const adam = createAdam(parameters, prefix, setting, (variable) => !among.has(variable));
  const trained = kernels.map(({ name, variable, ...rest }) => {
    const momentum = parameters.add(`muon.${name}.momentum`, variable.shape, zeros, 'optimizer');
    return { variable, momentum, ...rest };
  });
  return {
    stepSize: adam.stepSize,
    // Adam's step size holds its bias corrections, which do not concern a matrix.
    mix: (step) => learningRate / adam.stepSize(step),
    update: (gradients, stepSize, mix) =>
      tf.tidy(() => {
        const rate = tf.mul(stepSize, mix as tf.Scalar);
        for (const { variable, momentum, shape, scale } of trained) {
          const gradient = gradientOf(gradients, variable, prefix);
          const next = mixed(momentum, gradient, beta1);
          const direction = orthogonalised(tf.reshape(mixed(next, gradient, beta1), shape) as tf.Tensor2D);
          const change = tf.mul(tf.reshape(direction, variable.shape), tf.mul(rate, scale));
          variable.assign(tf.sub(variable, change));
          momentum.assign(next);
        }
        adam.update(gradients, stepSize);
      }),
  };
}

/** β x + (1 − β) y */
const mixed = (x: tf.Tensor, y: tf.Tensor, beta: number) => tf.add(tf.mul(x, beta), tf.mul(y, 1 - beta));

/** Rows and columns of a kernel; undefined of what is no matrix. */
function matrixOf({ shape, size }: tf.Variable): [number, number] | undefined {
  const columns = shape[shape.length - 1] as number;
  const rows = size / columns;
  return shape.length > 1 && rows > 1 && columns > 1 ? [rows, columns] : undefined;
}

/** About U Vᵀ of G = U S Vᵀ: X ← a X + (b X Xᵀ + c (X Xᵀ)²) X from G / ‖G‖. */
export function orthogonalised(g: tf.Tensor2D): tf.Tensor2D {
  const tall = g.shape[0] > g.shape[1];
  const norm = tf.sqrt(tf.sum(tf.square(g)));
  let x: tf.Tensor2D = tf.div(g, tf.add(norm, tiny));
  for (let i = 0; i < iterations; i++) {
    // The smaller of X Xᵀ and Xᵀ X.
    const square: tf.Tensor2D = tf.matMul(x, x, tall, !tall);
    const polynomial: tf.Tensor2D = tf.add(tf.mul(square, b), tf.mul(tf.matMul(square, square), c));
    const more: tf.Tensor2D = tall ? tf.matMul(x, polynomial) : tf.matMul(polynomial, x);
    x = tf.add(tf.mul(x, a), more);
  }
  return x;
}
