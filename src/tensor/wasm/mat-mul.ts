// Matrix products by our own kernel, which takes either operand as it lies, transposed or not.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { broadcast_util, getKernel, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
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
  const shape = { rows, columns, depth };
  const from = {
    a: offset(backend, a),
    ...(transposeA ? { aRow: 4, aStep: 4 * rows } : { aRow: 4 * depth, aStep: 4 }),
    b: offset(backend, b),
    ...(transposeB ? { bRow: 4, bStep: 4 * depth } : { bRow: 4 * columns, bStep: 4 }),
    c: offset(backend, result),
    bias: bias ? offset(backend, bias) : 0,
  };
  multiplyBatch(backend, engineOf(backend), shape, from, sources);
  return result;
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

type Operands = Readonly<Record<'a' | 'aRow' | 'aStep' | 'b' | 'bRow' | 'bStep' | 'c' | 'bias', number>>;

/** One job when the operands of the batch lie evenly apart, else one for each product. */
function multiplyBatch(
  backend: BackendWasm,
  engine: Engine,
  shape: Shape,
  operands: Operands,
  sources: readonly (readonly [number, number])[],
): void {
  const { rows, columns, depth } = shape;
  const [aBytes, bBytes, cBytes] = [4 * rows * depth, 4 * depth * columns, 4 * rows * columns];
  const [stepA, stepB] = (sources[1] ?? [0, 0]) as [number, number];
  const even = sources.every(([i, j], index) => i === index * stepA && j === index * stepB);
  const job = {
    ...shape,
    ...operands,
    ...splitProduct(engine, shape, even ? sources.length : 1),
    aBatch: stepA * aBytes,
    bBatch: stepB * bBytes,
    cBatch: cBytes,
    tile: engine.tile,
    scratchBytes: packedBytes,
  };
  const tasks = job.rowTasks * job.columnTasks;
  const atOnce = even ? Math.min(sources.length, Math.floor((maxTasks - 1) / tasks)) : 1;
  const alone = atOnce * rows * columns * depth < 2 * taskAtLeast;
  withScratch(backend, engine.threads * packedBytes, (scratch) => {
    for (let start = 0; start < sources.length; start += atOnce) {
      const [i, j] = sources[start] as readonly [number, number];
      const count = Math.min(atOnce, sources.length - start);
      const [a, b, c] = [job.a + i * aBytes, job.b + j * bBytes, job.c + start * cBytes];
      engine.run('product', count * tasks, productJob.encode({ ...job, a, b, c, scratch }), alone);
    }
  });
}

/** Multiply-adds that are worth a task: some 10 µs. */
const taskAtLeast = 2 ** 18;

/** Columns are split first, because each task packs its own; rows when there are too few of them. */
function splitProduct(
  { threads }: Engine,
  { rows, columns, depth }: Shape,
  batch: number,
): Record<'rowTasks' | 'columnTasks' | 'rowsAtOnce' | 'columnsAtOnce', number> {
  const worth = Math.floor((rows * columns * depth) / taskAtLeast);
  const wanted = threads === 1 || batch >= 2 * threads ? 1 : Math.max(1, Math.min(worth, 3 * threads));
  const columnsAtOnce = roundUp(Math.max(Math.ceil(columns / wanted), Math.min(columns, 48)), 48);
  const columnTasks = Math.ceil(columns / columnsAtOnce);
  const rowsAtOnce = roundUp(Math.ceil(rows / Math.ceil(wanted / columnTasks)), 12);
  return { columnTasks, columnsAtOnce, rowTasks: Math.ceil(rows / rowsAtOnce), rowsAtOnce };
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
  const name = activationKernels[activation];
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

const activationKernels: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
  leakyrelu: 'LeakyRelu',
  prelu: 'Prelu',
};

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
