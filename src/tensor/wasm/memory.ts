// Tensors in the memory of the wasm module, as kernels see them.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';

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

/** A tensor that shares the memory of `tensor` from its element `start` on; end it with `releaseAlias`. */
export function alias(backend: BackendWasm, tensor: TensorInfo, shape: number[], start: number): TensorInfo {
  return backend.makeOutput(shape, 'float32', backend.getMemoryOffset(tensor.dataId) + 4 * start);
}

/** Forgets an alias and keeps the memory. */
export function releaseAlias(backend: BackendWasm, tensor: TensorInfo): void {
  backend.wasm.tfjs.disposeData(idOf(backend, tensor));
  backend.dataIdMap.delete(tensor.dataId);
}

/** The number by which the wasm module knows a tensor. */
export function idOf(backend: BackendWasm, tensor: TensorInfo): number {
  const data = backend.dataIdMap.get(tensor.dataId);
  if (!data) throw new Error('The tensor is not in the memory of the wasm backend.');
  return data.id;
}
