// TensorFlow.js compiled to WebAssembly with SIMD, with the kernels that it lacks or has slow: always there.

import { engine, env, ready, setBackend } from '@tensorflow/tfjs-core';
import { BackendError } from '../errors';
import type { Availability, Backend } from './backend';
import { registerGradients } from './gradients';
import { installKernels } from './wasm/kernels';

let found: Promise<Availability> | undefined;

export const wasm: Backend = {
  name: 'wasm',
  summary: 'WebAssembly with SIMD on one CPU core: works everywhere',
  check() {
    found ??= load();
    return found;
  },
  async start() {
    const state = await wasm.check();
    if (!state.available) {
      throw new BackendError(`The backend wasm does not work here: ${state.reason}.`, { hint: state.remedy });
    }
    await setBackend('wasm');
    await ready();
    installKernels();
    registerGradients();
  },
};

/** Starts the module, then goes back to the backend that was in use. */
async function load(): Promise<Availability> {
  const remedy = 'Reinstall aigc (npm ci): @tensorflow/tfjs-backend-wasm belongs to it.';
  const previous = engine().backendName;
  // Production mode keeps TensorFlow.js from printing its warnings.
  env().set('PROD', true);
  const undo = watchListeners();
  try {
    await import('@tensorflow/tfjs-backend-wasm');
    if (!(await setBackend('wasm'))) return { available: false, reason: 'its module does not start', remedy };
    if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
      return {
        available: false,
        reason: 'this processor has no SIMD that WebAssembly can use',
        remedy: 'Use --backend cpu.',
      };
    }
    return { available: true, detail: 'one CPU core, SIMD' };
  } catch (cause) {
    return { available: false, reason: cause instanceof Error ? cause.message : String(cause), remedy };
  } finally {
    undo();
    if (previous) await setBackend(previous);
  }
}

/** The module catches every uncaught error of the process, only to print its own minified source above it. */
function watchListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  return () =>
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.has(listener)) process.removeListener(event, listener);
      }
    });
}
