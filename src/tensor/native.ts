// The native backend: libtensorflow on the CPU.
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../errors';
import type { Availability, Backend } from './backend';
import { registerGradients } from './gradients';
import { type Addon, engineBackend, loadAddon } from './native/addon';
import { registerNativeKernels } from './native/kernels';

export const native: Backend = {
  name: 'native',
  summary: 'TensorFlow in C++ on the CPU',

  async check(): Promise<Availability> {
    try {
      return { available: true, detail: describe(loadAddon('cpu')) };
    } catch (error) {
      return unavailable(error);
    }
  },

  async start(): Promise<void> {
    const addon = loadAddon('cpu');
    if (addon.usesGpu) {
      throw new BackendError(
        'TensorFlow already runs on the GPU in this process: it cannot be moved to the CPU.',
        {
          hint: 'Name one backend only: native or cuda.',
        },
      );
    }
    await startEngine();
  },
};

/** Makes the addon's backend the one of every tensor made from now on. */
export async function startEngine(): Promise<void> {
  await tf.setBackend(engineBackend);
  await tf.ready();
  registerGradients();
  registerNativeKernels();
}

export function describe(addon: Addon): string {
  return `TensorFlow ${addon.tensorflow}${addon.installation ? '' : ' of node_modules'}`;
}

export function unavailable(error: unknown): Availability {
  if (!(error instanceof BackendError)) throw error;
  return { available: false, reason: error.message, remedy: error.hint ?? 'Run `aigc backend doctor`.' };
}
