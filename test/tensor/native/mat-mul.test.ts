import * as tf from '@tensorflow/tfjs-core';
import { native } from '../../../src/tensor/native';
import { findInstallation } from '../../../src/tensor/native/location';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const values = (shape: number[]) =>
  Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * 7) % 13) - 6);

/** Small whole numbers multiply without rounding, whatever the order of the sums. */
function expected(a: Float32Array, b: Float32Array, [m, k, n]: readonly number[], ta: boolean, tb: boolean) {
  const product = new Float32Array((m as number) * (n as number));
  const [rows, inner, columns] = [m, k, n] as [number, number, number];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let l = 0; l < inner; l++) {
        sum += (a[ta ? l * rows + i : i * inner + l] ?? 0) * (b[tb ? j * inner + l : l * columns + j] ?? 0);
      }
      product[i * columns + j] = sum;
    }
  }
  return product;
}

const sizes = [
  [3, 4, 5],
  [1, 1, 1],
  [130, 260, 520],
] as const;
const flags = [false, true];
const cases = sizes.flatMap((size) => flags.flatMap((ta) => flags.map((tb) => [size, ta, tb] as const)));

describeNative('a matrix product of the native backend', () => {
  beforeAll(() => native.start());

  test.each(cases)('%j, transposed %s and %s', (size, ta, tb) => {
    const [m, k, n] = size;
    const [aShape, bShape] = [ta ? [k, m] : [m, k], tb ? [n, k] : [k, n]];
    const [a, b] = [values(aShape), values(bShape)];
    const right = expected(a, b, size, ta, tb);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const flat = tf.matMul(
        tf.tensor2d(a.slice(), aShape as [number, number]),
        tf.tensor2d(b.slice(), bShape as [number, number]),
        ta,
        tb,
      );
      expect(flat.shape).toEqual([m, n]);
      expect(flat.dataSync()).toEqual(right);
      const batch = tf.matMul(
        tf.tensor(a.slice(), [1, ...aShape]),
        tf.tensor(b.slice(), [1, ...bShape]),
        ta,
        tb,
      );
      expect(batch.shape).toEqual([1, m, n]);
      expect(batch.dataSync()).toEqual(right);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test('of batches, and of whole numbers, is as before', () => {
    tf.tidy(() => {
      const batches = tf.matMul(tf.ones([2, 3, 4]), tf.ones([2, 4, 5]));
      expect(batches.shape).toEqual([2, 3, 5]);
      expect(batches.dataSync().every((value) => value === 4)).toBe(true);
      const whole = tf.matMul(
        tf.tensor2d([[1, 2]], [1, 2], 'int32'),
        tf.tensor2d([[3], [4]], [2, 1], 'int32'),
      );
      expect([whole.dtype, whole.dataSync()[0]]).toEqual(['int32', 11]);
    });
  });
});
