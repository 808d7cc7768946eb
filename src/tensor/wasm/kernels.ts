// Puts aigc's kernels in place of the stock ones of the wasm backend.

import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { threadedArithmetic } from './arithmetic';
import { batchNormConfigs } from './batch-norm';
import { convolutionConfigs } from './convolution';
import { loopKernels } from './loops';
import { matMulConfigs } from './mat-mul';
import { maxPoolGradient } from './pooling';
import { fasterSum } from './reductions';
import { fasterTranspose } from './transpose';

let restore: (() => void) | undefined;

/** Registers our kernels, once. The backend must have started: kernels are set up for it then. */
export function installKernels(): void {
  if (restore) return;
  const stock = new Map<string, KernelConfig>();
  const ours = build();
  for (const kernel of ours) {
    const replaced = getKernel(kernel.kernelName, 'wasm');
    if (replaced) {
      stock.set(kernel.kernelName, replaced);
      unregisterKernel(kernel.kernelName, 'wasm');
    }
    registerKernel(kernel);
  }
  restore = () => {
    for (const { kernelName } of ours) {
      unregisterKernel(kernelName, 'wasm');
      const replaced = stock.get(kernelName);
      if (replaced) registerKernel(replaced);
    }
  };
}

/** Puts the stock kernels back: what the benchmark measures ours against. */
export function uninstallKernels(): void {
  restore?.();
  restore = undefined;
}

function build(): readonly KernelConfig[] {
  return [
    ...matMulConfigs,
    ...convolutionConfigs,
    maxPoolGradient,
    threadedArithmetic(stockKernel('Add'), 'add'),
    threadedArithmetic(stockKernel('Sub'), 'sub'),
    threadedArithmetic(stockKernel('Multiply'), 'multiply', 'scale'),
    fasterTranspose(stockKernel('Transpose')),
    fasterSum(stockKernel('Sum')),
    ...batchNormConfigs,
    ...loopKernels,
  ];
}

function stockKernel(name: string): KernelConfig {
  const kernel = getKernel(name, 'wasm');
  if (!kernel) throw new Error(`TensorFlow.js no longer has the kernel ${name} that ours builds on.`);
  return kernel;
}
