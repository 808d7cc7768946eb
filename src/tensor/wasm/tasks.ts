// What threads can be set to do: kinds of jobs, each described by numbers alone, and what one task of each is.

import { convolutionTask, filterGradientTask, inputGradientTask } from './convolution-task';
import type { Perform } from './crew';
import { layout } from './layout';
import { multiply, packedBytes } from './product-task';
import { type ProgramName, programNamed, programNames, type Routines } from './routines';

/**
 * Products of a batch of matrices, byte offsets and distances as in `Product`. Task (i · rowTasks + j) · columnTasks + k
 * is product i's rows j · rowsAtOnce and so on, columns k · columnsAtOnce and so on. What is `turned` is computed in the
 * scratch, and its transpose goes to c. A bias has a value for each column, or for each row when turned; 0 is none.
 */
export const productJob = layout(
  ...(['a', 'aRow', 'aStep', 'aBatch', 'b', 'bRow', 'bStep', 'bBatch', 'c', 'cBatch'] as const),
  ...(['rows', 'columns', 'depth', 'rowTasks', 'columnTasks', 'rowsAtOnce', 'columnsAtOnce'] as const),
  ...(['bias', 'turned', 'scratch', 'scratchBytes', 'tile'] as const),
);

function productTask(routines: Routines, numbers: Float64Array, task: number, slot: number): void {
  const job = productJob.decode(numbers);
  const { rowTasks, columnTasks, rowsAtOnce, columnsAtOnce, bias, turned } = job;
  const column = task % columnTasks;
  const rest = (task - column) / columnTasks;
  const row = rest % rowTasks;
  const batch = (rest - row) / rowTasks;
  const [top, left] = [row * rowsAtOnce, column * columnsAtOnce];
  const rows = Math.min(rowsAtOnce, job.rows - top);
  const columns = Math.min(columnsAtOnce, job.columns - left);
  const scratch = job.scratch + slot * job.scratchBytes;
  const result = job.c + batch * job.cBatch;
  const cRow = 4 * (turned ? columns : job.columns);
  const c = turned ? scratch + packedBytes : result + top * cRow + 4 * left;
  // The bias is what the sums start from.
  if (bias !== 0 && turned) routines.copyBlocks(c, bias + 4 * top, 4, 1, 0, 0, rows, cRow, 4, columns, 4, 0);
  else if (bias !== 0) routines.copyBlocks(c, bias + 4 * left, 4 * columns, 1, 0, 0, 1, 0, 0, rows, cRow, 0);
  multiply(routines, {
    ...job,
    ...{ rows, columns, c, cRow, scratch },
    a: job.a + batch * job.aBatch + top * job.aRow,
    b: job.b + batch * job.bBatch + left * job.bStep,
    adds: bias !== 0,
  });
  if (turned) routines.transpose(result + 4 * (left * job.rows + top), 4 * job.rows, c, cRow, rows, columns);
}

/**
 * A program over `units` elements, or over so many rows when it has `columns`: task i does the i-th `unitsAtOnce` of
 * them. Byte offsets of arrays and results follow, then scalars. What sums writes a row of sums for each task.
 */
export const loopJob = layout('program', 'units', 'unitsAtOnce', 'columns');
const loopNumbers = 4;

function loopTask(routines: Routines, numbers: Float64Array, task: number): void {
  const { program: index, units, unitsAtOnce, columns } = loopJob.decode(numbers);
  const name = programNames[index] as ProgramName;
  const { arrays, columns: fixed, results, scalars, sums } = programNamed(name);
  const start = task * unitsAtOnce;
  const count = Math.min(unitsAtOnce, units - start);
  const byRows = columns > 0;
  const step = 4 * start * (byRows ? columns : 1);
  const resultStep = sums ? 4 * task * columns : step;
  const resultCount = Object.keys(results).length;
  const args: number[] = [];
  for (let i = 0; i < arrays.length + resultCount; i++) {
    const own = i >= arrays.length ? resultStep : fixed?.includes(arrays[i] as string) ? 0 : step;
    args.push((numbers[loopNumbers + i] as number) + own);
  }
  if (byRows) args.push(columns, count);
  else args.push(count, 1);
  const firstScalar = loopNumbers + arrays.length + resultCount;
  for (let i = 0; i < scalars.length; i++) args.push(numbers[firstScalar + i] as number);
  routines[name](...args);
}

/** Adds `parts` arrays, `bytes` apart, to `to`, in order; task i the i-th `bytesAtOnce` of them. */
export const partsJob = layout('to', 'parts', 'count', 'bytes', 'bytesAtOnce');

function partsTask({ addBlocks }: Routines, numbers: Float64Array, task: number): void {
  const { to, parts, count, bytes, bytesAtOnce } = partsJob.decode(numbers);
  const start = task * bytesAtOnce;
  const run = Math.min(bytesAtOnce, bytes - start);
  addBlocks(to + start, parts + start, run, 1, 0, 0, 1, 0, 0, count, 0, bytes);
}

const kinds = {
  product: productTask,
  loop: loopTask,
  convolution: convolutionTask,
  filterGradient: filterGradientTask,
  inputGradient: inputGradientTask,
  parts: partsTask,
};

export type JobKind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as readonly JobKind[];

/** What the numbers of jobs mean: all threads must have the same. */
export const vocabulary = [...kindNames, ...programNames].join();

export const numberOf = (kind: JobKind) => kindNames.indexOf(kind);

/** Does the tasks of every kind of job by these routines. */
export const performBy =
  (routines: Routines): Perform =>
  (job, numbers, task, slot) =>
    kinds[kindNames[job] as JobKind](routines, numbers, task, slot);
