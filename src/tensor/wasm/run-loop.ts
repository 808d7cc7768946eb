// Runs programs over arrays, large ones by several threads.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { engineOf } from './engine';
import { nativeModule, withScratch } from './memory';
import { type ProgramName, programNamed, programNames } from './routines';
import { loopJob } from './tasks';

/** Elements that are worth a task: some 10 µs. */
const elementsAtOnce = 2 ** 15;

/** Rows that are summed up in float32. The sums of so many are added up in float64, so that long columns lose no digits. */
const rowsAtOnce = 128;

/** @param pointers byte offsets of the arrays, then of the results, each of `count` elements */
export function runLoop(
  backend: BackendWasm,
  name: ProgramName,
  pointers: readonly number[],
  count: number,
  scalars: readonly number[] = [],
): void {
  run(backend, name, { units: count, unitsAtOnce: elementsAtOnce, columns: 0 }, [...pointers, ...scalars]);
}

/** The same for matrices of so many rows and columns. */
export function runRows(
  backend: BackendWasm,
  name: ProgramName,
  pointers: readonly number[],
  rows: number,
  columns: number,
): void {
  const unitsAtOnce = Math.max(1, Math.floor(elementsAtOnce / columns));
  run(backend, name, { units: rows, unitsAtOnce, columns }, pointers);
}

/** @returns for each result of a program that sums over the rows, the sums of the columns */
export function sumRows(
  backend: BackendWasm,
  name: ProgramName,
  arrays: readonly number[],
  rows: number,
  columns: number,
): Float64Array[] {
  const count = Object.keys(programNamed(name).results).length;
  const parts = Math.ceil(rows / rowsAtOnce);
  const bytes = 4 * parts * columns;
  return withScratch(backend, count * bytes, (start) => {
    const results = Array.from({ length: count }, (_, i) => start + i * bytes);
    run(backend, name, { units: rows, unitsAtOnce: rowsAtOnce, columns }, [...arrays, ...results]);
    return results.map((each) => {
      const values = new Float32Array(nativeModule(backend).HEAPU8.buffer, each, parts * columns);
      return sumParts(values, columns);
    });
  });
}

function sumParts(values: Float32Array, columns: number): Float64Array {
  const total = new Float64Array(columns);
  for (let part = 0; part < values.length; part += columns) {
    for (let column = 0; column < columns; column++)
      total[column] = (total[column] as number) + (values[part + column] as number);
  }
  return total;
}

interface Size {
  readonly units: number;
  readonly unitsAtOnce: number;
  readonly columns: number;
}

function run(backend: BackendWasm, name: ProgramName, size: Size, numbers: readonly number[]): void {
  const { units, columns } = size;
  const engine = engineOf(backend);
  const alone = units * Math.max(1, columns) < 2 * elementsAtOnce;
  const program = programNames.indexOf(name);
  const most = programNamed(name).sums
    ? size.unitsAtOnce
    : Math.max(size.unitsAtOnce, Math.ceil(units / 1000));
  const unitsAtOnce = alone && !programNamed(name).sums ? units : most;
  const job = [...loopJob.encode({ program, ...size, unitsAtOnce }), ...numbers];
  engine.run('loop', Math.ceil(units / unitsAtOnce), job, alone);
}
