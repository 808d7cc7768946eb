// Batch normalisation and its gradient in two or three passes over the values. Sums are held in float64.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { batchNormKernels } from '../ops/batch-norm';
import { allocate, view } from './memory';

type Call = Parameters<KernelConfig['kernelFunc']>[0];

export const batchNormConfigs: readonly KernelConfig[] = [
  { kernelName: batchNormKernels.normalize, backendName: 'wasm', kernelFunc: normalize },
  { kernelName: batchNormKernels.gradient, backendName: 'wasm', kernelFunc: gradient },
];

function normalize({ inputs, attrs, backend }: Call): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
  const { epsilon } = attrs as unknown as { epsilon: number };
  const results = [allocate(wasm, x.shape), allocate(wasm, gamma.shape), allocate(wasm, gamma.shape)];
  const [values, scales, shifts] = [x, gamma, beta].map((info) => view(wasm, info)) as Three;
  const [output, means, variances] = results.map((info) => view(wasm, info)) as Three;
  const channels = scales.length;
  statistics(values, means, variances);
  const scale = new Float64Array(channels);
  const shift = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    scale[c] = (scales[c] as number) / Math.sqrt((variances[c] as number) + epsilon);
    shift[c] = (shifts[c] as number) - (means[c] as number) * (scale[c] as number);
  }
  for (let row = 0; row < values.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      output[row + c] = (values[row + c] as number) * (scale[c] as number) + (shift[c] as number);
    }
  }
  return results;
}

type Three = [Float32Array, Float32Array, Float32Array];

/** The mean and the biased variance of each channel, in two passes: one pass would cancel when the mean is large. */
function statistics(values: Float32Array, means: Float32Array, variances: Float32Array): void {
  const channels = means.length;
  const count = values.length / channels;
  const sums = new Float64Array(channels);
  for (let row = 0; row < values.length; row += channels) {
    for (let c = 0; c < channels; c++) sums[c] = (sums[c] as number) + (values[row + c] as number);
  }
  for (let c = 0; c < channels; c++) means[c] = (sums[c] as number) / count;
  sums.fill(0);
  for (let row = 0; row < values.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const centred = (values[row + c] as number) - (means[c] as number);
      sums[c] = (sums[c] as number) + centred * centred;
    }
  }
  for (let c = 0; c < channels; c++) variances[c] = (sums[c] as number) / count;
}

/** With x̂ the normalised x and n the count: dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(variance+ε) · (dy − dβ/n − x̂·dγ/n). */
function gradient({ inputs, attrs, backend }: Call): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { epsilon } = attrs as unknown as { epsilon: number };
  const infos = ['dy', 'x', 'gamma', 'mean', 'variance'].map((name) => inputs[name] as TensorInfo);
  const [dyInfo, , gammaInfo] = infos as [TensorInfo, TensorInfo, TensorInfo];
  const results = [dyInfo.shape, gammaInfo.shape, gammaInfo.shape].map((shape) => allocate(wasm, shape));
  const [dy, x, gamma, means, variances] = infos.map((info) => view(wasm, info)) as [
    ...Three,
    Float32Array,
    Float32Array,
  ];
  const [dx, dgamma, dbeta] = results.map((info) => view(wasm, info)) as Three;
  const channels = gamma.length;
  const count = x.length / channels;
  const sums = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const slope = dy[row + c] as number;
      sums[c] = (sums[c] as number) + slope;
      products[c] = (products[c] as number) + slope * ((x[row + c] as number) - (means[c] as number));
    }
  }
  // dx = a·dy + b·x + k, channel by channel.
  const a = new Float64Array(channels);
  const b = new Float64Array(channels);
  const k = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    const inverse = 1 / Math.sqrt((variances[c] as number) + epsilon);
    const slope = (gamma[c] as number) * inverse;
    dbeta[c] = sums[c] as number;
    dgamma[c] = (products[c] as number) * inverse;
    a[c] = slope;
    b[c] = (-slope * inverse * inverse * (products[c] as number)) / count;
    k[c] = (-slope * (sums[c] as number)) / count - (means[c] as number) * (b[c] as number);
  }
  for (let row = 0; row < x.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const i = row + c;
      dx[i] = (dy[i] as number) * (a[c] as number) + (x[i] as number) * (b[c] as number) + (k[c] as number);
    }
  }
  return results;
}
