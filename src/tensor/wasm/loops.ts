// Kernels that are one pass over the values, where the stock backend would make several, each with a call and a
// tensor of its own. The choice at zero uses the float's bits: a branch on random signs is mispredicted half the time.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activationKernels } from '../ops/activation-grad';
import { adamKernel } from '../ops/adam';
import { allocate, view } from './memory';

export const loopKernels: readonly KernelConfig[] = [
  elementwise(activationKernels.relu, ['dy', 'x'], ([dy, x], result) => stepLoop(dy, x, result, 0)),
  elementwise(activationKernels.leakyRelu, ['dy', 'x'], ([dy, x], result, { alpha }) =>
    stepLoop(dy, x, result, alpha as number),
  ),
  elementwise(activationKernels.tanh, ['dy', 'y'], ([dy, y], result) => {
    for (let i = 0; i < result.length; i++) {
      const v = y[i] as number;
      result[i] = (dy[i] as number) * (1 - v * v);
    }
  }),
  elementwise(activationKernels.sigmoid, ['dy', 'y'], ([dy, y], result) => {
    for (let i = 0; i < result.length; i++) {
      const v = y[i] as number;
      result[i] = (dy[i] as number) * v * (1 - v);
    }
  }),
  elementwise(activationKernels.softplus, ['dy', 'x'], ([dy, x], result) => {
    for (let i = 0; i < result.length; i++) result[i] = (dy[i] as number) / (1 + Math.exp(-(x[i] as number)));
  }),
  { kernelName: adamKernel, backendName: 'wasm', kernelFunc: adam },
  { kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: unsortedSegmentSum },
];

type Attributes = Readonly<Record<string, unknown>>;
type Loop = (inputs: [Float32Array, Float32Array], result: Float32Array, attributes: Attributes) => void;

/** A kernel over two inputs and a result of one shape. */
function elementwise(kernelName: string, [first, second]: [string, string], loop: Loop): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const [a, b] = [inputs[first] as TensorInfo, inputs[second] as TensorInfo];
      const wasm = backend as BackendWasm;
      const result = allocate(wasm, a.shape);
      loop([view(wasm, a), view(wasm, b)], view(wasm, result), (attrs ?? {}) as Attributes);
      return result;
    },
  };
}

/** dy where x > 0, alpha · dy elsewhere. */
function stepLoop(dy: Float32Array, x: Float32Array, result: Float32Array, alpha: number): void {
  const bits = new Int32Array(x.buffer, x.byteOffset, x.length);
  const slopes = new Float32Array([alpha, 1]);
  for (let i = 0; i < result.length; i++) {
    const b = bits[i] as number;
    // The top bit of −b & ~b is set when b > 0: for positive floats, and for neither zero.
    result[i] = (dy[i] as number) * (slopes[(-b & ~b) >>> 31] as number);
  }
}

function adam({ inputs, attrs, backend }: Parameters<KernelConfig['kernelFunc']>[0]): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { beta1, beta2, epsilon } = attrs as unknown as { beta1: number; beta2: number; epsilon: number };
  const names = ['parameter', 'firstMoment', 'secondMoment', 'gradient', 'stepSize'];
  const infos = names.map((name) => inputs[name] as TensorInfo);
  const { shape } = infos[0] as TensorInfo;
  const results = [allocate(wasm, shape), allocate(wasm, shape), allocate(wasm, shape)];
  const [p, m, v, g, step] = infos.map((info) => view(wasm, info)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [p1, m1, v1] = results.map((info) => view(wasm, info)) as [Float32Array, Float32Array, Float32Array];
  const rate = step[0] as number;
  const [rest1, rest2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < p1.length; i++) {
    const gradient = g[i] as number;
    const first = Math.fround(beta1 * (m[i] as number) + rest1 * gradient);
    const second = Math.fround(beta2 * (v[i] as number) + rest2 * gradient * gradient);
    m1[i] = first;
    v1[i] = second;
    p1[i] = (p[i] as number) - (rate * first) / (Math.sqrt(second) + epsilon);
  }
  return results;
}

/** Adds up the rows of x that have one segment number; rows with numbers out of range count nowhere. */
function unsortedSegmentSum({
  inputs,
  attrs,
  backend,
}: Parameters<KernelConfig['kernelFunc']>[0]): TensorInfo {
  const wasm = backend as BackendWasm;
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const { numSegments } = attrs as unknown as { numSegments: number };
  const width = util.sizeFromShape(x.shape.slice(1));
  const result = allocate(wasm, [numSegments, ...x.shape.slice(1)]);
  const ids = wasm.typedArrayFromHeap(segmentIds);
  const values = view(wasm, x);
  const sums = view(wasm, result).fill(0);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] as number;
    if (id < 0 || id >= numSegments) continue;
    for (let i = 0; i < width; i++) {
      sums[id * width + i] = (sums[id * width + i] as number) + (values[row * width + i] as number);
    }
  }
  return result;
}
