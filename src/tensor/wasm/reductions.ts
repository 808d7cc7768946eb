// Sums over all axes but the last, as the gradients of biases are.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { allocate, offset, view } from './memory';
import { sumRows } from './run-loop';

/** Wraps the stock Sum, which transposes first: sums over all axes but the last, as bias gradients are, go row by row. */
export function fasterSum(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: (args) => {
      const x = args.inputs.x as TensorInfo;
      const { axis, keepDims } = args.attrs as unknown as { axis: number | number[]; keepDims: boolean };
      const axes = util.parseAxisParam(axis, x.shape);
      const columns = x.shape.at(-1) ?? 1;
      const leading = axes.length === x.shape.length - 1 && !axes.includes(x.shape.length - 1);
      if (!leading || axes.length === 0 || columns < 4 || x.dtype !== 'float32')
        return stock.kernelFunc(args);
      const backend = args.backend as BackendWasm;
      const rows = util.sizeFromShape(x.shape) / columns;
      const [totals] = sumRows(backend, 'total', [offset(backend, x)], rows, columns);
      const result = allocate(backend, keepDims ? [...axes.map(() => 1), columns] : [columns]);
      view(backend, result).set(totals as Float64Array);
      return result;
    },
  };
}
