import * as tf from '@tensorflow/tfjs-core';
import { normals, randomStream, uniforms } from '../../../src/rng';
import { configureWasm, wasm } from '../../../src/tensor/wasm';
import { type ConvolutionShape, exactConvolution, exactProduct, relativeError } from './exact';

/** Threads, and whether relaxed SIMD may be used. */
const settings = [
  [1, false],
  [2, true],
  [3, true],
] as const;

describe.each(settings)('with %d threads, relaxed SIMD %s', (threads, relaxedSimd) => {
  beforeAll(async () => {
    configureWasm({ threads, relaxedSimd });
    await wasm.start();
  });
  afterAll(() => configureWasm({ threads: undefined, relaxedSimd: true }));

  test('multiplies matrices of 300 shapes within 1e-5 of float64', () => {
    for (let i = 0; i < 300; i++) {
      const draw = drawer(`product ${i}`);
      // Some empty, most small, some with more rows than a block of the sum, some for several threads.
      const size = i % 50 === 0 ? 300 : i % 10 === 0 ? 80 : 20;
      const shape = [draw(size), i % 25 === 1 ? 500 + draw(50) : draw(size), draw(size)] as const;
      const turned = [draw(2) === 1, draw(2) === 1] as const;
      const error = productError(shape, turned, `${i}`);
      expect([shape, turned, error < 1e-5 ? 'right' : error]).toEqual([shape, turned, 'right']);
    }
  });

  test('convolves 200 shapes, with both gradients, within 1e-5 of float64', () => {
    for (let i = 0; i < 200; i++) {
      const shape = drawConvolution(drawer(`convolution ${i}`), i);
      const error = convolutionError(shape, `${i}`);
      expect([shape, error < 1e-5 ? 'right' : error]).toEqual([shape, 'right']);
    }
  });
});

type Draw = (below: number) => number;

/** A function that draws whole numbers below one. */
function drawer(name: string): Draw {
  const stream = uniforms(randomStream(1, name), 20);
  let next = 0;
  return (below) => Math.floor((stream[next++] as number) * below);
}

function values(count: number, name: string): Float32Array {
  return normals(randomStream(1, name), count);
}

function productError(
  shape: readonly [number, number, number],
  turned: readonly [boolean, boolean],
  name: string,
): number {
  const [rows, depth, columns] = shape;
  const [a, b] = [values(rows * depth, `a${name}`), values(depth * columns, `b${name}`)];
  const got = tf.tidy(() => {
    const left = tf.tensor2d(a, turned[0] ? [depth, rows] : [rows, depth]);
    const right = tf.tensor2d(b, turned[1] ? [columns, depth] : [depth, columns]);
    return tf.matMul(left, right, ...turned).dataSync();
  });
  return relativeError(got, exactProduct(a, b, shape, turned));
}

function drawConvolution(draw: Draw, i: number): ConvolutionShape {
  const filter = [1 + draw(5), 1 + draw(5)] as const;
  const size = [filter[0] + draw(9), filter[1] + draw(9)] as const;
  const strides = [1 + draw(3), 1 + draw(3)] as const;
  const padding = [draw(filter[0]), draw(filter[1])] as const;
  const out = [0, 1].map(
    (axis) =>
      Math.floor(
        ((size[axis] as number) + 2 * (padding[axis] as number) - (filter[axis] as number)) /
          (strides[axis] as number),
      ) + 1,
  ) as [number, number];
  const channels = [1 + draw(7), 1 + draw(20)] as const;
  return { batch: i % 20 === 0 ? 40 : draw(4), size, filter, channels, strides, padding, out };
}

function convolutionError(shape: ConvolutionShape, name: string): number {
  const { batch, size, filter, channels, strides, padding, out } = shape;
  const xShape = [batch, ...size, channels[0]] as [number, number, number, number];
  const filterShape = [...filter, ...channels] as [number, number, number, number];
  const yShape = [batch, ...out, channels[1]] as [number, number, number, number];
  const [x, w, dy] = [xShape, filterShape, yShape].map((each, i) =>
    values(tf.util.sizeFromShape(each), `${i}/${name}`),
  ) as [Float32Array, Float32Array, Float32Array];
  const around = (pad: number) => [pad, pad] as [number, number];
  const pad = [[0, 0], around(padding[0]), around(padding[1]), [0, 0]] as tf.backend_util.ExplicitPadding;
  const exact = exactConvolution(shape, x, w, dy);
  return tf.tidy(() => {
    const f = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, [...strides], pad as never);
    const inputs = [tf.tensor4d(x, xShape), tf.tensor4d(w, filterShape)] as const;
    const [dx, dfilter] = tf.grads(f)([...inputs], tf.tensor4d(dy, yShape)) as [tf.Tensor, tf.Tensor];
    return Math.max(
      relativeError(f(...inputs).dataSync(), exact.y),
      relativeError(dx.dataSync(), exact.dx),
      relativeError(dfilter.dataSync(), exact.dfilter),
    );
  });
}
