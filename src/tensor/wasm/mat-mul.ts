// Matrix products by our own kernel, which takes either operand as it lies, transposed or not.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { broadcast_util, getKernel, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import { fusedActivations } from '../ops/fused-activations';
import { maxTasks } from './crew';
import { type Engine, engineOf } from './engine';
import { allocate, offset, release, view, withScratch } from './memory';
import { packedBytes } from './product-task';
import { productJob } from './tasks';

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface FusedAttributes extends Attributes {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
}

export const matMulConfigs: readonly KernelConfig[] = [
  {
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      return product(backend as BackendWasm, a, b, attrs as unknown as Attributes);
    },
  },
  {
    kernelName: '_FusedMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b, bias, preluActivationWeights } = inputs as Record<'a' | 'b', TensorInfo> &
        Record<'bias' | 'preluActivationWeights', TensorInfo | undefined>;
      const attributes = attrs as unknown as FusedAttributes;
      const wasm = backend as BackendWasm;
      const sum = product(wasm, a, b, attributes, bias);
      return activate(wasm, sum, attributes, preluActivationWeights);
    },
  },
];

/** a·b, each product of a batch by itself; batch dimensions broadcast. @param bias as many values as b has columns */
export function product(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Attributes,
  bias?: TensorInfo,
): TensorInfo {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const [rows, depth] = outerAndInner(a.shape, transposeA);
  const [columns, depthOfB] = outerAndInner(b.shape, !transposeB);
  util.assert(
    depth === depthOfB,
    () =>
      `matMul: the inner sizes of [${a.shape}]${transposeA ? 'ᵀ' : ''} and [${b.shape}]${transposeB ? 'ᵀ' : ''} differ.`,
  );
  if (bias && util.sizeFromShape(bias.shape) !== columns) {
    throw new BackendError(
      `A fused product of ${columns} columns needs as many biases, got shape [${bias.shape}].`,
      { hint: 'Add the bias by tf.add.' },
    );
  }
  const result = allocate(backend, [...batch, rows, columns]);
  const count = util.sizeFromShape(batch);
  if (count * rows * columns === 0) return result;
  if (depth === 0) {
    const values = view(backend, result);
    const row = bias ? view(backend, bias) : new Float32Array(columns);
    for (let i = 0; i < values.length; i += columns) values.set(row, i);
    return result;
  }
  const sources = Array.from({ length: count }, (_, i) => [
    sourceIndex(i, batch, batchA),
    sourceIndex(i, batch, batchB),
  ]) as [number, number][];
  const left: Operand = { at: offset(backend, a), ...(transposeA ? lying(rows) : standing(depth)) };
  const right: Operand = { at: offset(backend, b), ...(transposeB ? standing(depth) : lying(columns)) };
  const shape = { rows, columns, depth };
  const to = { c: offset(backend, result), bias: bias ? offset(backend, bias) : 0 };
  multiplyBatch(backend, shape, left, right, to, sources);
  return result;
}

/** Bytes from one value to the next along the outer side of an operand, and along the depth. */
interface Operand {
  readonly at: number;
  readonly outer: number;
  readonly inner: number;
}

/** A matrix whose rows are the outer side, and one whose columns are. */
const standing = (depth: number) => ({ outer: 4 * depth, inner: 4 });
const lying = (outer: number) => ({ outer: 4, inner: 4 * outer });

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** Rows that a product may have at most to be turned, and values of its transpose that a thread computes at once. */
const turnedRows = 256;
const turnedAtOnce = 2 ** 16;

/**
 * One job when the operands of the batch lie evenly apart, else one for each product. Only the right operand is packed,
 * and transposed then when it has to be; where the left one is much smaller, Cᵀ = Bᵀ·Aᵀ is computed and turned instead.
 * The bits are the same.
 */
function multiplyBatch(
  backend: BackendWasm,
  shape: Shape,
  left: Operand,
  right: Operand,
  to: Readonly<Record<'c' | 'bias', number>>,
  sources: readonly (readonly [number, number])[],
): void {
  const engine = engineOf(backend);
  const turned = right.inner === 4 && shape.rows <= turnedRows && 2 * shape.rows < shape.columns;
  const { rows, columns, depth } = turned ? { ...shape, rows: shape.columns, columns: shape.rows } : shape;
  const bytes = { left: 4 * shape.rows * depth, right: 4 * depth * shape.columns, c: 4 * rows * columns };
  const [stepA, stepB] = (sources[1] ?? [0, 0]) as [number, number];
  const even = sources.every(([i, j], index) => i === index * stepA && j === index * stepB);
  const [a, b] = turned ? [right, left] : [left, right];
  const [aBatch, bBatch] = [stepA * bytes.left, stepB * bytes.right];
  const split = splitProduct(engine, { rows, columns, depth }, even ? sources.length : 1);
  if (turned) {
    const tasks = Math.ceil((rows * columns) / turnedAtOnce);
    split.columnsAtOnce = columns;
    split.rowsAtOnce = Math.min(split.rowsAtOnce, roundUp(Math.ceil(rows / tasks), 12));
  }
  const job = {
    ...{ rows, columns, depth, ...to, ...split, turned: turned ? 1 : 0 },
    ...{ aRow: a.outer, aStep: a.inner, bRow: b.inner, bStep: b.outer },
    ...{
      rowTasks: Math.ceil(rows / split.rowsAtOnce),
      columnTasks: Math.ceil(columns / split.columnsAtOnce),
    },
    ...(turned ? { aBatch: bBatch, bBatch: aBatch } : { aBatch, bBatch }),
    ...{ cBatch: bytes.c, tile: engine.tile },
    scratchBytes: packedBytes + (turned ? 4 * split.rowsAtOnce * columns : 0),
  };
  const tasks = job.rowTasks * job.columnTasks;
  const atOnce = even ? Math.max(1, Math.min(sources.length, Math.floor((maxTasks - 1) / tasks))) : 1;
  const alone = atOnce * rows * columns * depth < 2 * taskAtLeast;
  withScratch(backend, engine.threads * job.scratchBytes, (scratch) => {
    for (let start = 0; start < sources.length; start += atOnce) {
      const [i, j] = sources[start] as readonly [number, number];
      const [atLeft, atRight] = [left.at + i * bytes.left, right.at + j * bytes.right];
      const from = turned ? { a: atRight, b: atLeft } : { a: atLeft, b: atRight };
      const numbers = productJob.encode({ ...job, ...from, c: job.c + start * bytes.c, scratch });
      engine.run('product', Math.min(atOnce, sources.length - start) * tasks, numbers, alone);
    }
  });
}

/** Multiply-adds that are worth a task: some 10 µs. */
const taskAtLeast = 2 ** 18;

/** Columns are split first, because each task packs its own; rows when there are too few of them. */
function splitProduct({ threads }: Engine, { rows, columns, depth }: Shape, batch: number) {
  const worth = Math.floor((rows * columns * depth) / taskAtLeast);
  const wanted = threads === 1 || batch >= 2 * threads ? 1 : Math.max(1, Math.min(worth, 3 * threads));
  const columnsAtOnce = roundUp(Math.max(Math.ceil(columns / wanted), Math.min(columns, 48)), 48);
  const columnTasks = Math.ceil(columns / columnsAtOnce);
  const rowsAtOnce = roundUp(Math.ceil(rows / Math.ceil(wanted / columnTasks)), 12);
  return { columnsAtOnce, rowsAtOnce };
}

const roundUp = (value: number, to: number) => Math.ceil(value / to) * to;

/** Applies a fused op's activation by its own kernel. @returns what the caller owns instead of `x` */
export function activate(
  backend: BackendWasm,
  x: TensorInfo,
  { activation = 'linear', leakyreluAlpha }: Pick<FusedAttributes, 'activation' | 'leakyreluAlpha'>,
  prelu: TensorInfo | undefined,
): TensorInfo {
  if (activation === 'linear') return x;
  const name = fusedActivations[activation];
  const kernel = name === undefined ? undefined : getKernel(name, 'wasm');
  if (!kernel) {
    throw new BackendError(`The wasm backend cannot fuse the activation "${activation}".`, {
      hint: 'Apply it by an op of its own.',
    });
  }
  const inputs = { x, ...(prelu && { alpha: prelu }) };
  const result = kernel.kernelFunc({ inputs, attrs: { alpha: leakyreluAlpha ?? 0.2 }, backend });
  release(backend, x);
  return result as TensorInfo;
}

/** The outer and the inner size of a matrix whose rows are the outer ones, or its columns when `turned`. */
function outerAndInner(shape: readonly number[], turned: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return turned ? [columns, rows] : [rows, columns];
}

/** Which matrix of an operand the product `index` of a broadcast batch uses. */
function sourceIndex(index: number, batch: readonly number[], own: readonly number[]): number {
  let rest = index;
  let source = 0;
  let stride = 1;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    const size = batch[axis] as number;
    const position = rest % size;
    rest = Math.floor(rest / size);
    const ownSize = own[axis - batch.length + own.length] ?? 1;
    if (ownSize > 1) source += position * stride;
    stride *= ownSize;
  }
  return source;
}
