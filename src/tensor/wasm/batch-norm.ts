// Batch normalisation and its gradient in two or three passes over the values.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { batchNormKernels } from '../ops/batch-norm';
import { allocate, offset, release, view } from './memory';
import { runRows, sumRows } from './run-loop';

type Call = Parameters<KernelConfig['kernelFunc']>[0];

export const batchNormConfigs: readonly KernelConfig[] = [
  { kernelName: batchNormKernels.normalize, backendName: 'wasm', kernelFunc: normalize },
  { kernelName: batchNormKernels.gradient, backendName: 'wasm', kernelFunc: gradient },
];

function normalize({ inputs, attrs, backend }: Call): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
  const { epsilon } = attrs as unknown as { epsilon: number };
  const channels = gamma.shape[0] as number;
  const rows = sizeOf(x) / channels;
  const output = allocate(wasm, x.shape);
  const [mean, variance] = statistics(wasm, x, rows, channels);
  const [scale, shift] = [allocate(wasm, [channels]), allocate(wasm, [channels])];
  const [means, variances, gammas, betas] = [mean, variance, gamma, beta].map((each) =>
    view(wasm, each),
  ) as Four;
  const [scales, shifts] = [view(wasm, scale), view(wasm, shift)];
  for (let c = 0; c < channels; c++) {
    scales[c] = (gammas[c] as number) / Math.sqrt((variances[c] as number) + epsilon);
    shifts[c] = (betas[c] as number) - (means[c] as number) * (scales[c] as number);
  }
  const pointers = [x, scale, shift, output].map((each) => offset(wasm, each));
  runRows(wasm, 'affine', pointers, rows, channels);
  release(wasm, scale, shift);
  return [output, mean, variance];
}

type Four = [Float32Array, Float32Array, Float32Array, Float32Array];

/** The mean and the biased variance of each channel, in two passes: one pass would cancel when the mean is large. */
function statistics(
  backend: BackendWasm,
  x: TensorInfo,
  rows: number,
  channels: number,
): [TensorInfo, TensorInfo] {
  const [mean, variance] = [allocate(backend, [channels]), allocate(backend, [channels])];
  const [from, meanAt] = [offset(backend, x), offset(backend, mean)];
  const setAverage = (target: TensorInfo, [totals]: Float64Array[]) =>
    view(backend, target).set((totals as Float64Array).map((total) => total / rows));
  setAverage(mean, sumRows(backend, 'total', [from], rows, channels));
  setAverage(variance, sumRows(backend, 'squares', [from, meanAt], rows, channels));
  return [mean, variance];
}

/** With x̂ the normalised x and n the count: dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(variance+ε) · (dy − dβ/n − x̂·dγ/n). */
function gradient({ inputs, attrs, backend }: Call): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { epsilon } = attrs as unknown as { epsilon: number };
  const [dy, x, gamma, mean, variance] = ['dy', 'x', 'gamma', 'mean', 'variance'].map(
    (name) => inputs[name] as TensorInfo,
  ) as [TensorInfo, TensorInfo, TensorInfo, TensorInfo, TensorInfo];
  const channels = gamma.shape[0] as number;
  const rows = sizeOf(x) / channels;
  const results = [x.shape, gamma.shape, gamma.shape].map((shape) => allocate(wasm, shape));
  const [dx, dgamma, dbeta] = results as [TensorInfo, TensorInfo, TensorInfo];
  const coefficients = [0, 1, 2].map(() => allocate(wasm, [channels]));
  const [dyAt, xAt, meanAt, dxAt] = [dy, x, mean, dx].map((each) => offset(wasm, each)) as [
    ...[number, number, number, number],
  ];
  const [sums, products] = sumRows(wasm, 'products', [dyAt, xAt, meanAt], rows, channels) as [
    Float64Array,
    Float64Array,
  ];
  const [a, b, c] = coefficients.map((each) => view(wasm, each)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [gammas, variances, dgammas, dbetas] = [gamma, variance, dgamma, dbeta].map((each) =>
    view(wasm, each),
  ) as Four;
  for (let i = 0; i < channels; i++) {
    const inverse = 1 / Math.sqrt((variances[i] as number) + epsilon);
    const slope = (gammas[i] as number) * inverse;
    dbetas[i] = sums[i] as number;
    dgammas[i] = (products[i] as number) * inverse;
    a[i] = slope;
    b[i] = (-slope * inverse * inverse * (products[i] as number)) / rows;
    c[i] = (-slope * (sums[i] as number)) / rows;
  }
  const coefficientsAt = coefficients.map((each) => offset(wasm, each));
  runRows(wasm, 'batchNormGrad', [dyAt, xAt, meanAt, ...coefficientsAt, dxAt], rows, channels);
  release(wasm, ...coefficients);
  return results;
}

function sizeOf(x: TensorInfo): number {
  return x.shape.reduce((product, size) => product * size, 1);
}
