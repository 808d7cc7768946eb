// Starts the wasm backend in a page: our kernels on one thread, with relaxed SIMD where the browser has it.
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { env, ready, setBackend, engine as tensorEngine } from '@tensorflow/tfjs-core';
import { wasmBinary } from 'wasm-binary';
import { createEngine } from '../tensor/wasm/engine';
import { installKernels } from '../tensor/wasm/kernels';
import { registerSharedBackend } from '../tensor/wasm/load';
import { inflate } from './bytes';

/** @throws Error in words when the browser cannot */
export async function startEngine(): Promise<void> {
  env().set('PROD', true);
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new Error(
      'This browser has no WebAssembly with SIMD. Any Chrome, Edge, Firefox or Safari since 2023 has.',
    );
  }
  await registerSharedBackend(await inflate(wasmBinary));
  await setBackend('wasm');
  await ready();
  createEngine(tensorEngine().backend as unknown as BackendWasm, { fused: true, threads: 1 });
  installKernels();
}
