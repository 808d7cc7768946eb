// Loads TensorFlow.js's WebAssembly module with a memory that threads can share. The published build with shared memory
// keeps eight workers of its own waiting behind blob URLs; the one without threads differs from it by one bit.

import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import { registerBackend, removeBackend } from '@tensorflow/tfjs-core';

/** The functions that tfjs's own loader puts beside the module, and their parameters: all numbers. */
const bridge = {
  init: ['init', 0],
  initWithThreadsCount: ['init_with_threads_count', 1],
  getThreadsCount: ['get_threads_count', 0],
  registerTensor: ['register_tensor', 3],
  disposeData: ['dispose_data', 1],
  dispose: ['dispose', 0],
} as const;

interface EmscriptenModule {
  cwrap(name: string, result: 'number' | null, parameters: readonly string[]): unknown;
}

/** Registers the backend "wasm" anew, made of the SIMD build without threads. @param bytes that build's binary */
export async function registerSharedBackend(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const canShare = typeof SharedArrayBuffer !== 'undefined';
  const wasmBinary = canShare ? withSharedMemory(bytes) : bytes;
  const module = (await createModule({ wasmBinary } as never)) as unknown as EmscriptenModule;
  const functions = Object.entries(bridge).map(([name, [native, count]]) => {
    const result = name === 'getThreadsCount' ? 'number' : null;
    return [name, module.cwrap(native, result, Array(count).fill('number'))];
  });
  Object.assign(module, { tfjs: Object.fromEntries(functions) });
  removeBackend('wasm');
  registerBackend('wasm', () => new BackendWasm(module as never), 2);
}

/** Sets the flag "shared" in the memory section: id 5, its size, a count of 1, the flags "has a maximum" (1), limits. */
function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const patched = bytes.slice();
  for (let start = 8; start < patched.length; ) {
    const { value: size, next } = readUnsigned(patched, start + 1);
    if (patched[start] === 5 && patched[next] === 1 && patched[next + 1] === 1) {
      patched[next + 1] = 3;
      return patched;
    }
    start = next + size;
  }
  throw new Error('TensorFlow.js no longer defines its memory, with a maximum, in its WebAssembly module.');
}

/** LEB128. */
function readUnsigned(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let next = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next };
  }
}
