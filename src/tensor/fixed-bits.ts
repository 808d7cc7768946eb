// Work that must have the same bits on every machine, whichever backend is in use.
import { setBackend, engine as tensorEngine } from '@tensorflow/tfjs-core';
import { configureWasm, usesRelaxedSimd, wasm } from './wasm';

let isInside = false;

/**
 * Runs work on wasm without relaxed SIMD: WebAssembly says of every other instruction what it gives to the last bit, and
 * our kernels sum in an order that neither threads nor tiles change. Then the backend that was in use is so again. Where
 * wasm does not work, the work is done where it would have been.
 */
export async function withFixedBits<T>(work: () => Promise<T>): Promise<T> {
  if (isInside || !(await wasm.check()).available) return work();
  const before = tensorEngine().backendName;
  const relaxedSimd = usesRelaxedSimd();
  isInside = true;
  try {
    configureWasm({ relaxedSimd: false });
    await wasm.start();
    return await work();
  } finally {
    isInside = false;
    configureWasm({ relaxedSimd });
    if (before === 'wasm') await wasm.start();
    else await setBackend(before);
  }
}
