// Sums over the rows of a matrix. Partial sums are float32, four columns at a time; every few rows they are added to
// float64 totals, so that long batches lose no digits.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { allocate, release, view } from './memory';
import { offset, routines } from './routines';

const rowsAtOnce = 32;

/**
 * @param add adds one row to the partial sums at `partial` (and the next ones, when there are `count` sums)
 * @returns `count` arrays of totals
 */
export function sumRows(
  backend: BackendWasm,
  rows: number,
  columns: number,
  count: number,
  add: (row: number, partial: readonly number[]) => void,
): Float64Array[] {
  const partials = Array.from({ length: count }, () => allocate(backend, [columns]));
  const offsets = partials.map((partial) => offset(backend, partial));
  const values = partials.map((partial) => view(backend, partial));
  const totals = partials.map(() => new Float64Array(columns));
  for (let start = 0; start < rows; start += rowsAtOnce) {
    for (const partial of values) partial.fill(0);
    for (let row = start; row < Math.min(rows, start + rowsAtOnce); row++) add(row, offsets);
    totals.forEach((total, i) => {
      const partial = values[i] as Float32Array;
      for (let c = 0; c < columns; c++) total[c] = (total[c] as number) + (partial[c] as number);
    });
  }
  release(backend, ...partials);
  return totals;
}

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
      const { accumulate } = routines(backend);
      const start = offset(backend, x);
      const rows = util.sizeFromShape(x.shape) / columns;
      const [totals] = sumRows(backend, rows, columns, 1, (row, [partial = 0]) =>
        accumulate(partial, start + 4 * row * columns, partial, columns),
      );
      const result = allocate(backend, keepDims ? [...axes.map(() => 1), columns] : [columns]);
      view(backend, result).set(totals as Float64Array);
      return result;
    },
  };
}
