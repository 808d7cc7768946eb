// The kernels of aigc's ops on TensorFlow: one native op each, where the composed form takes many.
import { type KernelConfig, registerKernel, type Tensor } from '@tensorflow/tfjs-core';
import { activationKernels } from '../ops/activation-grad';
import { engineBackend } from './addon';
import type { OpAttribute, TensorFlowBackend } from './binding';

type Inputs = Readonly<Record<string, Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;
type Run = (backend: TensorFlowBackend, inputs: Inputs, attributes: Attributes) => Tensor | Tensor[];

let registered = false;

/** Registers them with tfjs; later calls do nothing. */
export function registerNativeKernels(): void {
  if (registered) return;
  registered = true;
  for (const [name, run] of Object.entries(kernels)) registerKernel(toConfig(name, run));
}

const kernels: Readonly<Record<string, Run>> = {
  [activationKernels.relu]: (backend, { dy, x }) => run(backend, 'ReluGrad', [dy, x]),
  [activationKernels.leakyRelu]: (backend, { dy, x }, { alpha }) =>
    run(backend, 'LeakyReluGrad', [dy, x], [floatAttribute(backend, 'alpha', alpha as number)]),
  [activationKernels.tanh]: (backend, { dy, y }) => run(backend, 'TanhGrad', [y, dy]),
  [activationKernels.sigmoid]: (backend, { dy, y }) => run(backend, 'SigmoidGrad', [y, dy]),
  [activationKernels.softplus]: (backend, { dy, x }) => run(backend, 'SoftplusGrad', [dy, x]),
};

function toConfig(kernelName: string, run: Run): KernelConfig {
  return {
    kernelName,
    backendName: engineBackend,
    kernelFunc: ({ backend, inputs, attrs }) =>
      run(backend as TensorFlowBackend, inputs as Inputs, (attrs ?? {}) as Attributes),
  };
}

/** One op with one output, of float32 tensors. */
function run(
  backend: TensorFlowBackend,
  op: string,
  inputs: readonly (Tensor | undefined)[],
  attributes: readonly OpAttribute[] = [],
): Tensor {
  const all = [typeAttribute(backend, 'T'), ...attributes];
  return backend.executeSingleOutput(op, all, inputs as readonly Tensor[]);
}

function typeAttribute(backend: TensorFlowBackend, name: string): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT };
}

function floatAttribute(backend: TensorFlowBackend, name: string, value: number): OpAttribute {
  return { name, type: backend.binding.TF_ATTR_FLOAT, value };
}
