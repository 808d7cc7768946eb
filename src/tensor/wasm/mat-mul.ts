// Matrix products with transposed operands. The stock kernel takes a naive path for them, and for batches, 1 GFLOP/s
// against 30: here every product is one that XNNPACK is fast at, after the cheapest transpositions that allow it.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { broadcast_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { alias, allocate, release, releaseAlias, view } from './memory';
import { transposeMatrix } from './transpose';

interface Attributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Wraps the stock BatchMatMul. */
export function fasterMatMul(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const wasm = backend as BackendWasm;
      const { transposeA, transposeB } = attrs as unknown as Attributes;
      const multiply = (left: TensorInfo, right: TensorInfo) =>
        stock.kernelFunc({
          inputs: { a: left, b: right },
          attrs: { transposeA: false, transposeB: false },
          backend,
        }) as TensorInfo;
      return batched(wasm, a, b, transposeA, transposeB, multiply);
    },
  };
}

/** Wraps the stock _FusedMatMul (product, bias, activation): transposes first. */
export function fasterFusedMatMul(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as Attributes;
      const wasm = backend as BackendWasm;
      const single =
        util.sizeFromShape(a.shape.slice(0, -2)) * util.sizeFromShape(b.shape.slice(0, -2)) === 1;
      if (!single || !(transposeA || transposeB))
        return stock.kernelFunc({ inputs, attrs: attrs ?? {}, backend });
      const left = transposeA ? asBatch(transposed(wasm, a)) : a;
      const right = transposeB ? asBatch(transposed(wasm, b)) : b;
      const result = stock.kernelFunc({
        inputs: { ...inputs, a: left, b: right },
        attrs: { ...attrs, transposeA: false, transposeB: false },
        backend,
      });
      if (transposeA) release(wasm, left);
      if (transposeB) release(wasm, right);
      return result;
    },
  };
}

type Multiply = (a: TensorInfo, b: TensorInfo) => TensorInfo;

/** Each product of a batch by itself; the batch dimensions broadcast. */
function batched(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  multiply: Multiply,
): TensorInfo {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const [m, k] = outerAndInner(a.shape, transposeA);
  const [n, kOfB] = outerAndInner(b.shape, !transposeB);
  util.assert(
    k === kOfB,
    () =>
      `matMul: the inner sizes of [${a.shape}]${transposeA ? 'ᵀ' : ''} and [${b.shape}]${transposeB ? 'ᵀ' : ''} differ.`,
  );
  const shape = [...batch, m, n];
  const count = util.sizeFromShape(batch);
  if (count * m * n * k === 0) {
    const empty = allocate(backend, shape);
    view(backend, empty).fill(0);
    return empty;
  }
  if (count === 1) {
    return { ...single(backend, matrix(a), matrix(b), transposeA, transposeB, multiply), shape };
  }
  const result = allocate(backend, shape);
  for (let i = 0; i < count; i++) {
    const ai = alias(backend, a, a.shape.slice(-2), sourceIndex(i, batch, batchA) * m * k);
    const bi = alias(backend, b, b.shape.slice(-2), sourceIndex(i, batch, batchB) * k * n);
    const product = single(backend, ai, bi, transposeA, transposeB, multiply);
    view(backend, result).set(view(backend, product), i * m * n);
    release(backend, product);
    releaseAlias(backend, ai);
    releaseAlias(backend, bi);
  }
  return result;
}

/**
 * One product. B transposed can be had as A·Bᵀ, which transposes and packs B, or as (B·Aᵀ)ᵀ, which does so with A and
 * transposes the result: the one that moves fewer values is the faster.
 */
function single(
  backend: BackendWasm,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  multiply: Multiply,
): TensorInfo {
  if (transposeB) {
    const [m, k] = outerAndInner(a.shape, transposeA) as [number, number];
    const n = b.shape[0] as number;
    const straight = 2 * k * n + (transposeA ? k * m : 0);
    const turned = k * m + (transposeA ? 0 : k * m) + m * n;
    if (turned < straight) {
      const right = transposeA ? a : transposed(backend, a);
      const product = multiply(b, right); // [n, m]
      const result = transposeMatrix(backend, product, n, m);
      release(backend, product);
      if (!transposeA) release(backend, right);
      return result;
    }
  }
  const left = transposeA ? transposed(backend, a) : a;
  const right = transposeB ? transposed(backend, b) : b;
  const product = multiply(left, right);
  if (transposeA) release(backend, left);
  if (transposeB) release(backend, right);
  return product;
}

function transposed(backend: BackendWasm, x: TensorInfo): TensorInfo {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return transposeMatrix(backend, x, rows, columns);
}

function matrix(x: TensorInfo): TensorInfo {
  return { ...x, shape: x.shape.slice(-2) };
}

function asBatch(x: TensorInfo): TensorInfo {
  return { ...x, shape: [1, ...x.shape] };
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
