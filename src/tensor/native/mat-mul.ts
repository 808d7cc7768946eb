// Matrix products by the faster of TensorFlow's two ops.
import { type KernelFunc, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { boolAttribute, type Kernel, runOp } from './op';

/** Multiplications from which on BatchMatMulV2 is the faster at x·Wᵀ: up to three times. Below, and in every other
 *  product, MatMul is, up to eight times for small ones. Measured on 2 cores: docs/log.md. */
const largeTransposed = 2 ** 24;

/** Takes the products of two float32 matrices from tfjs's kernel, and leaves it the batches and other types. */
export function fasterMatMul(stock: KernelFunc): Kernel {
  return (backend, inputs, attributes) => {
    const { a, b } = inputs as { a: Tensor; b: Tensor };
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
    const [rows, inner] = lastTwo(a, transposeA);
    const [, columns] = lastTwo(b, transposeB);
    const isSingle = a.size === rows * inner && b.size === inner * columns && a.dtype === 'float32';
    const isLargeTransposed = transposeB && !transposeA && rows * inner * columns > largeTransposed;
    if (!isSingle || isLargeTransposed) {
      return stock({ backend, inputs: { ...inputs }, attrs: { transposeA, transposeB } }) as Tensor;
    }
    return tidy(() => {
      const flags = [
        boolAttribute(backend, 'transpose_a', transposeA),
        boolAttribute(backend, 'transpose_b', transposeB),
      ];
      const product = runOp(backend, 'MatMul', [asMatrix(a), asMatrix(b)], flags);
      const rank = Math.max(a.rank, b.rank);
      return rank === 2 ? product : reshape(product, [...Array(rank - 2).fill(1), rows, columns]);
    });
  };
}

/** Rows and columns of the matrices, once transposed. */
function lastTwo({ shape }: Tensor, transposed: boolean): readonly [rows: number, columns: number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function asMatrix(x: Tensor): Tensor {
  return x.rank === 2 ? x : reshape(x, x.shape.slice(-2));
}
