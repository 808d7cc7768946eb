// The gradients of 2D convolution from kernels that XNNPACK is fast at. The stock backend has no filter gradient, and
// its input gradient, which transposed convolution uses too, is a naive loop: 197 ms where these take 30.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import { allocate, release, view } from './memory';
import { offset, routines } from './routines';
import { transposeMatrix } from './transpose';

type Info = backend_util.Conv2DInfo;

interface Attributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The kernels that the gradients are made of. */
export interface Parts {
  readonly conv2d: KernelFunc;
  readonly matMul: KernelFunc;
}

/** The stock forward kernel, but for "same" padding with a filter smaller than the stride, which it gets wrong: padding
 *  then is zero, and is given to it as numbers. */
export function correctedConvolution(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const [x, filter] = [inputs.x as TensorInfo, inputs.filter as TensorInfo];
      const { strides, pad, dilations = 1 } = attrs as unknown as Attributes;
      if (pad !== 'same') return stock.kernelFunc({ inputs, attrs: attrs ?? {}, backend });
      const shapes = [x.shape, filter.shape] as [Shape4D, Shape4D];
      const { padInfo } = backend_util.computeConv2DInfo(...shapes, strides, dilations, pad);
      const { top, bottom, left, right } = padInfo;
      const explicit = top + bottom === 0 || left + right === 0;
      const padding = explicit
        ? [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ]
        : pad;
      return stock.kernelFunc({ inputs, attrs: { ...attrs, pad: padding as never }, backend });
    },
  };
}

/**
 * dW[p, q, i, o] = Σ x[n, s·y + p − top, s·x + q − left, i] · dy[n, y, x, o]. With the batch as channels and the stride
 * as dilation that is itself a convolution: of x as [i, height, width, n] by dy as a filter [y, x, n, o], giving
 * [i, p, q, o].
 */
export function convolutionFilterGradient({ conv2d }: Parts): KernelConfig {
  return {
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const attributes = attrs as unknown as Attributes & { filterShape: Shape4D };
      const info = describe('filter', x.shape as Shape4D, attributes.filterShape, attributes);
      const wasm = backend as BackendWasm;
      const images = channelsFirst(wasm, x, info);
      const filter = transposeMatrix(
        wasm,
        dy,
        info.batchSize,
        info.outHeight * info.outWidth,
        info.outChannels,
      );
      const product = conv2d({
        inputs: {
          x: images,
          filter: { ...filter, shape: [info.outHeight, info.outWidth, info.batchSize, info.outChannels] },
        },
        attrs: {
          strides: [1, 1],
          dilations: [info.strideHeight, info.strideWidth],
          pad: filterPadding(info),
          dataFormat: 'NHWC',
        } as never,
        backend,
      }) as TensorInfo; // [inChannels, ≥ filterHeight, ≥ filterWidth, outChannels]
      release(wasm, images, filter);
      const result = cropToFilter(wasm, product, info);
      release(wasm, product);
      return result;
    },
  };
}

/** dx is the sum over the filter's taps of dy · Wᵀ: one matrix product for all taps, each image's part of it added to
 *  where its taps reach. It also is transposed convolution's forward pass. */
export function convolutionInputGradient({ matMul }: Parts): KernelConfig {
  return {
    kernelName: 'Conv2DBackpropInput',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const attributes = attrs as unknown as Attributes & { inputShape: Shape4D };
      const info = describe('input', attributes.inputShape, filter.shape as Shape4D, attributes);
      const wasm = backend as BackendWasm;
      const pixels = info.batchSize * info.outHeight * info.outWidth;
      const taps = info.filterHeight * info.filterWidth * info.inChannels;
      const columns = matMul({
        inputs: {
          a: { ...dy, shape: [pixels, info.outChannels] },
          b: { ...filter, shape: [taps, info.outChannels] },
        },
        attrs: { transposeA: false, transposeB: true },
        backend,
      }) as TensorInfo;
      const result = allocate(wasm, info.inShape);
      addTaps(wasm, columns, result, info);
      release(wasm, columns);
      return result;
    },
  };
}

type Shape4D = [number, number, number, number];

function describe(which: string, inputShape: Shape4D, filterShape: Shape4D, attributes: Attributes): Info {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC' || [dilations].flat().some((dilation) => dilation !== 1)) {
    throw new BackendError(
      `The ${which} gradient of a convolution needs data format NHWC and dilation 1, got ${dataFormat} and ${dilations}.`,
      { hint: 'Use another backend, or a model without dilated convolutions.' },
    );
  }
  return backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode);
}

/** [batch, height, width, channels] → [channels, height, width, batch] */
function channelsFirst(backend: BackendWasm, x: TensorInfo, info: Info): TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels } = info;
  const pixels = inHeight * inWidth;
  const shape = [inChannels, inHeight, inWidth, batchSize];
  const batchLast = transposeMatrix(backend, x, batchSize, pixels * inChannels);
  if (inChannels === 1) return { ...batchLast, shape };
  const result = transposeMatrix(backend, batchLast, pixels, inChannels, batchSize);
  release(backend, batchLast);
  return { ...result, shape };
}

/** What to put around the images so that dy, dilated, fits at filterHeight × filterWidth places or a few more. */
function filterPadding(info: Info): backend_util.ExplicitPadding {
  const { padInfo, filterHeight, filterWidth, outHeight, outWidth, strideHeight, strideWidth } = info;
  const after = (filter: number, out: number, stride: number, size: number, before: number) =>
    Math.max(0, filter + (out - 1) * stride - size - before);
  return [
    [0, 0],
    [padInfo.top, after(filterHeight, outHeight, strideHeight, info.inHeight, padInfo.top)],
    [padInfo.left, after(filterWidth, outWidth, strideWidth, info.inWidth, padInfo.left)],
    [0, 0],
  ];
}

/** [inChannels, rows, columns, outChannels] → [filterHeight, filterWidth, inChannels, outChannels] */
function cropToFilter(backend: BackendWasm, product: TensorInfo, info: Info): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels } = info;
  const [, rows, columns] = product.shape as Shape4D;
  const result = allocate(backend, [filterHeight, filterWidth, inChannels, outChannels]);
  const from = view(backend, product);
  const to = view(backend, result);
  let target = 0;
  for (let p = 0; p < filterHeight; p++) {
    for (let q = 0; q < filterWidth; q++) {
      for (let i = 0; i < inChannels; i++) {
        const source = ((i * rows + p) * columns + q) * outChannels;
        for (let o = 0; o < outChannels; o++) to[target++] = from[source + o] as number;
      }
    }
  }
  return result;
}

/** Adds columns [batch, outHeight, outWidth, filterHeight, filterWidth, inChannels] up in dx, NHWC. */
function addTaps(backend: BackendWasm, columns: TensorInfo, dx: TensorInfo, info: Info): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  const { accumulate } = routines(backend);
  view(backend, dx).fill(0);
  const target = offset(backend, dx);
  const pixel = 4 * inChannels;
  let source = offset(backend, columns);
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        const left = x * strideWidth - padInfo.left;
        const from = Math.max(0, -left);
        const to = Math.min(filterWidth, inWidth - left);
        for (let p = 0; p < filterHeight; p++, source += filterWidth * pixel) {
          const row = y * strideHeight - padInfo.top + p;
          if (row < 0 || row >= inHeight || to <= from) continue;
          // The taps of one row are neighbours in dx as they are in the columns.
          const sum = target + ((n * inHeight + row) * inWidth + left + from) * pixel;
          accumulate(sum, source + from * pixel, sum, (to - from) * inChannels);
        }
      }
    }
  }
}
