// Tries one backend for real, in this process: loads it, multiplies matrices, trains a small network, and times both.
import * as tf from '@tensorflow/tfjs-core';
import { AigcError } from '../errors';
import { median } from '../stats/median';
import type { Backend } from './backend';
import { adamUpdate } from './ops/adam';

export type ProbeReport =
  | {
      readonly backend: string;
      readonly works: true;
      readonly detail: string;
      /** Milliseconds from nothing to the first result. */
      readonly loadMs: number;
      /** 10⁹ floating-point operations a second in a product of two float32 matrices. */
      readonly gflops: number;
      /** Milliseconds a training step of a 784-256-784 network at batch 128, eager. */
      readonly stepMs: number;
    }
  | {
      readonly backend: string;
      readonly works: false;
      readonly reason: string;
      readonly remedy: string | undefined;
    };

/** Never throws: what goes wrong is in the report. */
export async function probe(backend: Backend): Promise<ProbeReport> {
  const { name } = backend;
  try {
    const began = performance.now();
    const found = await backend.check();
    if (!found.available) return { backend: name, works: false, reason: found.reason, remedy: found.remedy };
    await backend.start();
    await multiply(16);
    const loadMs = performance.now() - began;
    const gflops = await measureProduct();
    const stepMs = await measureStep();
    return { backend: name, works: true, detail: found.detail, loadMs, gflops, stepMs };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      backend: name,
      works: false,
      reason,
      remedy: error instanceof AigcError ? error.hint : undefined,
    };
  }
}

/** Multiplies size × size matrices of ones. @returns milliseconds */
async function multiply(size: number): Promise<number> {
  const ones = tf.ones<tf.Rank.R2>([size, size]);
  const began = performance.now();
  const product = tf.matMul(ones, ones);
  const values = await product.data();
  const milliseconds = performance.now() - began;
  tf.dispose([ones, product]);
  const wrong = values.findIndex((value) => value !== size);
  if (wrong !== -1) throw new Error(`A matrix product gave ${values[wrong]} where ${size} is right`);
  return milliseconds;
}

/** The best rate over matrices that grow until one product takes a tenth of a second. */
async function measureProduct(): Promise<number> {
  let best = 0;
  for (let size = 256; size <= 4096; size *= 2) {
    await multiply(size);
    const milliseconds = await multiply(size);
    best = Math.max(best, (2 * size ** 3) / (milliseconds * 1e6));
    if (milliseconds > 50) break;
  }
  return best;
}

/** An autoencoder of fixed numbers learns for a few steps. @returns the median of a step, milliseconds */
async function measureStep(): Promise<number> {
  const batch = tf.tidy(() => tf.mul(wave([128, 784]), 20) as tf.Tensor2D); // in [−1, 1]
  const weights: tf.Variable[] = [tf.variable(wave([784, 256])), tf.variable(wave([256, 784]))];
  let moments = weights.map(({ shape }) => [tf.zeros(shape), tf.zeros(shape)] as [tf.Tensor, tf.Tensor]);
  const stepSize = tf.scalar(1e-4);
  const [times, losses]: [number[], number[]] = [[], []];
  const start = performance.now();
  for (let step = 0; step < 8 && (step < 3 || performance.now() - start < 1000); step++) {
    const began = performance.now();
    const { value, grads } = tf.variableGrads(
      () => reconstruct(batch, weights as tf.Variable<tf.Rank.R2>[]),
      weights,
    );
    moments = weights.map((weight, i) => {
      const [m, v] = moments[i] as [tf.Tensor, tf.Tensor];
      const gradient = grads[weight.name] as tf.Tensor;
      const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      const [next, first, second] = adamUpdate(weight as tf.Tensor, m, v, gradient, stepSize, options);
      weight.assign(next as tf.Tensor2D);
      tf.dispose([next, m, v, gradient]);
      return [first, second];
    });
    losses.push((await value.data())[0] ?? Number.NaN);
    value.dispose();
    times.push(performance.now() - began);
  }
  tf.dispose([batch, stepSize, ...weights, ...moments.flat()]);
  if (!((losses.at(-1) as number) < (losses[0] as number)))
    throw new Error(`Training does not learn: ${losses.join(', ')}`);
  return median(times.slice(1)); // the first step allocates
}

/** Mean squared error. */
function reconstruct(batch: tf.Tensor2D, [encode, decode]: readonly tf.Variable<tf.Rank.R2>[]): tf.Scalar {
  const hidden = tf.relu(tf.matMul(batch, encode as tf.Tensor2D)); // [128, 256]
  const output = tf.matMul(hidden, decode as tf.Tensor2D); // [128, 784]
  return tf.mean(tf.square(tf.sub(output, batch)));
}

/** Numbers in [−0.05, 0.05], the same on every machine. */
function wave(shape: [number, number]): tf.Tensor2D {
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => 0.05 * Math.sin(i * 1.7));
  return tf.tensor2d(values, shape);
}
