// The layers that models are made of. Each adds its variables to a Parameters and returns the function that applies it.
import * as tf from '@tensorflow/tfjs-core';
import { batchNormalize } from '../tensor/ops/batch-norm';
import { type Initializer, ones, type Parameters, zeros } from './parameters';
import { stopGradient } from './stop-gradient';

/** Whether batch norm uses the batch's statistics, and tracks them, or the tracked ones. */
export type Mode = 'train' | 'infer';

/** Classes as vectors. @param labels [batch], int32 @returns [batch, classCount] */
export function oneHot(labels: tf.Tensor1D, classCount: number): tf.Tensor2D {
  // Not tf.oneHot, which refuses a single class.
  const classes = tf.range(0, classCount, 1, 'int32'); // [classCount]
  return tf.cast(tf.equal(tf.reshape(labels, [-1, 1]), classes), 'float32') as tf.Tensor2D;
}

/** @param x [batch, n] @param classes one-hot [batch, classCount] @returns [batch, n + classCount], or x without classes */
export function besideClasses(x: tf.Tensor2D, classes: tf.Tensor2D | undefined): tf.Tensor2D {
  return classes ? tf.concat2d([x, classes], 1) : x;
}

/** Replaces a kernel by what is computed from it each time: spectral norm. @param name the layer's */
export type KernelTransform = (name: string, kernel: tf.Variable) => () => tf.Tensor;

interface DenseShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: Initializer;
  readonly bias?: Initializer;
  readonly transform?: KernelTransform | undefined;
}

/** x W + b. @param held whether W and b are constants to whoever differentiates */
export type Dense = (x: tf.Tensor2D, held?: boolean) => tf.Tensor2D;

/** @returns [batch, inputs] → [batch, outputs] */
export function dense(parameters: Parameters, name: string, shape: DenseShape): Dense {
  const { inputs, outputs } = shape;
  const kernel = parameters.add<tf.Rank.R2>(`${name}.kernel`, [inputs, outputs], shape.kernel);
  const bias = parameters.add<tf.Rank.R1>(`${name}.bias`, [outputs], shape.bias ?? zeros);
  const weights = transformed(name, kernel, shape.transform);
  return (x, held = false) => {
    const [b, c] = held ? [stopGradient(weights()), stopGradient(bias)] : [weights(), bias];
    return tf.fused.matMul({ a: x, b, bias: c }) as tf.Tensor2D;
  };
}

function transformed<V extends tf.Variable>(name: string, kernel: V, transform?: KernelTransform) {
  if (transform === undefined) return () => kernel;
  return transform(name, kernel as unknown as tf.Variable) as () => V;
}

interface ConvolutionShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the square filter, pixels. */
  readonly size: number;
  readonly stride: number;
  readonly kernel: Initializer;
  readonly transform?: KernelTransform | undefined;
}

/** Convolution with "same" padding. @returns [batch, h, w, inputs] → [batch, ⌈h/stride⌉, ⌈w/stride⌉, outputs] */
export function convolution(
  parameters: Parameters,
  name: string,
  shape: ConvolutionShape,
): (x: tf.Tensor4D) => tf.Tensor4D {
  const { inputs, outputs, size, stride } = shape;
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, [size, size, inputs, outputs], shape.kernel);
  const bias = parameters.add<tf.Rank.R1>(`${name}.bias`, [outputs], zeros);
  const weights = transformed(name, filter, shape.transform);
  return (x) => tf.fused.conv2d({ x, filter: weights(), strides: stride, pad: 'same', bias }) as tf.Tensor4D;
}

interface TransposedShape extends ConvolutionShape {
  /** The output's height and width, pixels; ⌈output/stride⌉ must be the input's. */
  readonly to: readonly [height: number, width: number];
}

/** Transposed convolution with "same" padding. @returns [batch, h, w, inputs] → [batch, …to, outputs] */
export function transposedConvolution(
  parameters: Parameters,
  name: string,
  shape: TransposedShape,
): (x: tf.Tensor4D) => tf.Tensor4D {
  const { inputs, outputs, size, stride, to } = shape;
  const filter = parameters.add<tf.Rank.R4>(`${name}.kernel`, [size, size, outputs, inputs], shape.kernel);
  const bias = parameters.add<tf.Rank.R1>(`${name}.bias`, [outputs], zeros);
  return (x) =>
    tf.add(tf.conv2dTranspose(x, filter, [x.shape[0], to[0], to[1], outputs], stride, 'same'), bias);
}

/** Share of the tracked statistics that each step keeps: 0.9 follows a run of a few hundred steps. */
const momentum = 0.9;
const epsilon = 1e-5;

/** Batch normalisation over all axes but the last, with statistics tracked for inference.
 *  Ioffe & Szegedy 2015, algorithm 1, arxiv.org/abs/1502.03167. The tracked variance is the biased one. */
export function trackedBatchNorm<T extends tf.Tensor2D | tf.Tensor4D>(
  parameters: Parameters,
  name: string,
  channels: number,
): (x: T, mode: Mode) => T {
  const { gamma, beta } = scaleAndShift(parameters, name, channels);
  const { mean, variance, follow } = movingStatistics(parameters, name, channels);
  return (x, mode) => {
    if (mode === 'infer') {
      const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(tf.sub(x, mean), scale), beta) as T;
    }
    const batch = batchNormalize(x, gamma, beta, epsilon);
    follow(batch);
    return batch.output;
  };
}

/** The same without a scale and a shift to learn: each channel keeps mean 0 and variance 1. @returns of x's shape */
export function standardisation(
  parameters: Parameters,
  name: string,
  channels: number,
): (x: tf.Tensor2D, mode: Mode) => tf.Tensor2D {
  const { mean, variance, follow } = movingStatistics(parameters, name, channels);
  return (x, mode) => {
    if (mode === 'infer') return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
    const batch = batchNormalize(x, tf.ones([channels]), tf.zeros([channels]), epsilon);
    follow(batch);
    return batch.output;
  };
}

/** Batch normalisation that always uses the batch's own statistics: for networks that are only ever trained. */
export function batchNorm<T extends tf.Tensor2D | tf.Tensor4D>(
  parameters: Parameters,
  name: string,
  channels: number,
): (x: T) => T {
  const { gamma, beta } = scaleAndShift(parameters, name, channels);
  return (x) => batchNormalize(x, gamma, beta, epsilon).output;
}

function scaleAndShift(parameters: Parameters, name: string, channels: number) {
  return {
    gamma: parameters.add<tf.Rank.R1>(`${name}.gamma`, [channels], ones),
    beta: parameters.add<tf.Rank.R1>(`${name}.beta`, [channels], zeros),
  };
}

/** Means and variances of channels, which follow those of the batches. */
function movingStatistics(parameters: Parameters, name: string, channels: number) {
  const mean = parameters.add<tf.Rank.R1>(`${name}.mean`, [channels], zeros, 'statistic');
  const variance = parameters.add<tf.Rank.R1>(`${name}.variance`, [channels], ones, 'statistic');
  return {
    mean,
    variance,
    follow: (batch: { readonly mean: tf.Tensor1D; readonly variance: tf.Tensor1D }) => {
      track(mean, batch.mean);
      track(variance, batch.variance);
    },
  };
}

function track(tracked: tf.Variable<tf.Rank.R1>, batch: tf.Tensor1D): void {
  tracked.assign(tf.add(tf.mul(tracked, momentum), tf.mul(batch, 1 - momentum)));
}
