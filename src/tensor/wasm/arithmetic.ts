// Sums, differences and products of large arrays by several threads; the stock kernels have one.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { allocate, offset, view } from './memory';
import type { ProgramName } from './routines';
import { runLoop } from './run-loop';

/** Elements from which on threads pay. */
const largeAtLeast = 2 ** 16;

/** Wraps a stock kernel of two operands: large ones of one shape go to `routine`, as does a large one and a number to
 *  `ofNumber`. */
export function threadedArithmetic(
  stock: KernelConfig,
  routine: ProgramName,
  ofNumber?: ProgramName,
): KernelConfig {
  return {
    ...stock,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
      const [large, small] = util.sizeFromShape(a.shape) >= util.sizeFromShape(b.shape) ? [a, b] : [b, a];
      const size = util.sizeFromShape(large.shape);
      if (size < largeAtLeast || a.dtype !== 'float32' || b.dtype !== 'float32')
        return stock.kernelFunc(call);
      const backend = call.backend as BackendWasm;
      const compute = (name: ProgramName, operands: readonly TensorInfo[], scalars: readonly number[]) => {
        const result = allocate(backend, large.shape);
        const offsets = [...operands, result].map((each) => offset(backend, each));
        runLoop(backend, name, offsets, size, scalars);
        return result;
      };
      if (util.arraysEqual(a.shape, b.shape)) return compute(routine, [a, b], []);
      const isNumber = util.sizeFromShape(small.shape) === 1 && small.shape.length <= large.shape.length;
      if (!isNumber || ofNumber === undefined) return stock.kernelFunc(call);
      return compute(ofNumber, [large], [view(backend, small)[0] as number]);
    },
  };
}
