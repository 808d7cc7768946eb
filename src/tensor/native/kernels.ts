// The kernels of aigc's ops on TensorFlow: one native op each, where the composed form takes many.
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { activationKernels } from '../ops/activation-grad';
import { adamKernel } from '../ops/adam';
import { batchNormKernels } from '../ops/batch-norm';
import { adam } from './adam';
import { engineBackend } from './addon';
import { batchNorm, batchNormGrad } from './batch-norm';
import type { TensorFlowBackend } from './binding';
import { fasterMatMul } from './mat-mul';
import { type Attributes, floatAttribute, type Inputs, type Kernel, runOp } from './op';

const matMulKernel = 'BatchMatMul';

let registered = false;

/** Registers them with tfjs; later calls do nothing. */
export function registerNativeKernels(): void {
  if (registered) return;
  registered = true;
  for (const [name, kernel] of Object.entries(kernels)) registerKernel(toConfig(name, kernel));
  const stock = getKernel(matMulKernel, engineBackend);
  if (!stock) return;
  unregisterKernel(matMulKernel, engineBackend);
  registerKernel(toConfig(matMulKernel, fasterMatMul(stock.kernelFunc)));
}

const kernels: Readonly<Record<string, Kernel>> = {
  [activationKernels.relu]: (backend, { dy, x }) => runOp(backend, 'ReluGrad', [dy, x]),
  [activationKernels.leakyRelu]: (backend, { dy, x }, { alpha }) =>
    runOp(backend, 'LeakyReluGrad', [dy, x], [floatAttribute(backend, 'alpha', alpha as number)]),
  [activationKernels.tanh]: (backend, { dy, y }) => runOp(backend, 'TanhGrad', [y, dy]),
  [activationKernels.sigmoid]: (backend, { dy, y }) => runOp(backend, 'SigmoidGrad', [y, dy]),
  [activationKernels.softplus]: (backend, { dy, x }) => runOp(backend, 'SoftplusGrad', [dy, x]),
  [batchNormKernels.normalize]: batchNorm,
  [batchNormKernels.gradient]: batchNormGrad,
  [adamKernel]: adam,
};

function toConfig(kernelName: string, kernel: Kernel): KernelConfig {
  return {
    kernelName,
    backendName: engineBackend,
    kernelFunc: ({ backend, inputs, attrs }) =>
      kernel(backend as TensorFlowBackend, inputs as Inputs, (attrs ?? {}) as Attributes),
  };
}
