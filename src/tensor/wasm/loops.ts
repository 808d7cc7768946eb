// Kernels that are one pass over the values, where the stock backend would make several, each with a call and a
// tensor of its own, or is slow: it takes its leaky ReLU one value at a time.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activationKernels } from '../ops/activation-grad';
import { adamKernel } from '../ops/adam';
import { engineOf } from './engine';
import { allocate, offset, view } from './memory';
import type { ProgramName } from './routines';
import { runLoop } from './run-loop';

type Call = Parameters<KernelConfig['kernelFunc']>[0];

export const loopKernels: readonly KernelConfig[] = [
  elementwise('Exp', 'exp', ['x']),
  elementwise('Tanh', 'tanh', ['x']),
  elementwise('Sigmoid', 'sigmoid', ['x']),
  elementwise('Softplus', 'softplus', ['x']),
  elementwise('LeakyRelu', 'leakyRelu', ['x'], ['alpha']),
  elementwise(activationKernels.relu, 'reluGrad', ['dy', 'x']),
  elementwise(activationKernels.leakyRelu, 'leakyReluGrad', ['dy', 'x'], ['alpha']),
  elementwise(activationKernels.tanh, 'tanhGrad', ['dy', 'y']),
  elementwise(activationKernels.sigmoid, 'sigmoidGrad', ['dy', 'y']),
  elementwise(activationKernels.softplus, 'softplusGrad', ['dy', 'x']),
  { kernelName: 'Identity', backendName: 'wasm', kernelFunc: identity },
  { kernelName: adamKernel, backendName: 'wasm', kernelFunc: adam },
  { kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: unsortedSegmentSum },
];

/** A kernel whose inputs and result have one shape: one call of a routine. */
function elementwise(
  kernelName: string,
  routine: ProgramName,
  names: readonly string[],
  attributes: readonly string[] = [],
): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as BackendWasm;
      const infos = names.map((name) => inputs[name] as TensorInfo);
      const { shape } = infos[0] as TensorInfo;
      const result = allocate(wasm, shape);
      const offsets = [...infos, result].map((info) => offset(wasm, info));
      const scalars = attributes.map((name) => (attrs as unknown as Record<string, number>)[name] as number);
      runLoop(wasm, routine, offsets, util.sizeFromShape(shape), scalars);
      return result;
    },
  };
}

/** Shares the values; the stock kernel copies them, and tfjs's engine asks for one with each tensor that it keeps. */
function identity({ inputs, backend }: Call): TensorInfo {
  const { dataId, shape, dtype } = inputs.x as TensorInfo;
  (backend as BackendWasm).incRef(dataId);
  return { dataId, shape, dtype };
}

function adam({ inputs, attrs, backend }: Call): TensorInfo[] {
  const wasm = backend as BackendWasm;
  const { beta1, beta2, epsilon } = attrs as unknown as { beta1: number; beta2: number; epsilon: number };
  const names = ['parameter', 'firstMoment', 'secondMoment', 'gradient'];
  const infos = names.map((name) => inputs[name] as TensorInfo);
  const { shape } = infos[0] as TensorInfo;
  const results = [allocate(wasm, shape), allocate(wasm, shape), allocate(wasm, shape)];
  const offsets = [...infos, ...results].map((info) => offset(wasm, info));
  const rate = view(wasm, inputs.stepSize as TensorInfo)[0] as number;
  const scalars = [rate, beta1, beta2, 1 - beta1, 1 - beta2, epsilon];
  runLoop(wasm, 'adam', offsets, util.sizeFromShape(shape), scalars);
  return results;
}

/** Adds up the rows of x that have one segment number; rows with numbers out of range count nowhere. */
function unsortedSegmentSum({ inputs, attrs, backend }: Call): TensorInfo {
  const wasm = backend as BackendWasm;
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const { numSegments } = attrs as unknown as { numSegments: number };
  const width = util.sizeFromShape(x.shape.slice(1));
  const result = allocate(wasm, [numSegments, ...x.shape.slice(1)]);
  view(wasm, result).fill(0);
  const ids = wasm.typedArrayFromHeap(segmentIds);
  const [from, to] = [offset(wasm, x), offset(wasm, result)];
  const { addBlocks } = engineOf(wasm).routines;
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] as number;
    if (id < 0 || id >= numSegments) continue;
    addBlocks(to + 4 * id * width, from + 4 * row * width, 4 * width, 1, 0, 0, 1, 0, 0, 1, 0, 0);
  }
  return result;
}
