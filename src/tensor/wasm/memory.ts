// Tensors in the memory of the wasm module, as kernels see them.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What of TensorFlow.js's module its declarations leave out. */
export interface NativeModule {
  readonly HEAPU8: Uint8Array;
  readonly asm: { readonly memory: { readonly buffer: ArrayBufferLike } };
  _malloc(bytes: number): number;
  _free(start: number): void;
}

export const nativeModule = (backend: BackendWasm) => backend.wasm as unknown as NativeModule;

/** The values of a float32 tensor, in place. Allocating may move the memory: look again after each `allocate`. */
export function view(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array;
}

/** A new float32 tensor; its values are whatever the memory held. */
export function allocate(backend: BackendWasm, shape: number[]): TensorInfo {
  return backend.makeOutput(shape, 'float32');
}

export function release(backend: BackendWasm, ...tensors: readonly TensorInfo[]): void {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}

/** Where a tensor's values lie, in bytes. */
export function offset(backend: BackendWasm, tensor: TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId);
}

/** Runs `work` with so many bytes that nobody else uses. */
export function withScratch<T>(backend: BackendWasm, bytes: number, work: (start: number) => T): T {
  const module = nativeModule(backend);
  const start = module._malloc(bytes) >>> 0;
  if (start === 0) throw new Error(`No ${bytes} bytes of WebAssembly memory are left.`);
  try {
    return work(start);
  } finally {
    module._free(start);
  }
}
