// 2D convolution, its gradients and so transposed convolution, by the kernel of our matrix products. Any stride, padding
// and number of channels; the stock backend lacks the filter gradient, and has the input gradient as a naive loop.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import {
  convolutionJob,
  filterGradientJob,
  type Geometry,
  inputGradientJob,
  linesAtOnce,
  scratchBytesFor,
} from './convolution-task';
import { type Engine, engineOf } from './engine';
import { activate, product } from './mat-mul';
import { allocate, offset, view, withScratch } from './memory';
import { packBlocks, packedWidth } from './product-task';
import { partsJob } from './tasks';

interface Attributes {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

type Shape4D = [number, number, number, number];
type Inputs = Record<string, TensorInfo>;

export const convolutionConfigs: readonly KernelConfig[] = [
  {
    kernelName: 'Conv2D',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, filter } = inputs as Inputs as { x: TensorInfo; filter: TensorInfo };
      return convolve(backend as BackendWasm, x, filter, undefined, attrs as unknown as Attributes);
    },
  },
  {
    kernelName: 'FusedConv2D',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, filter, bias, preluActivationWeights } = inputs as Inputs as Record<
        'x' | 'filter',
        TensorInfo
      > & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };
      const wasm = backend as BackendWasm;
      const sum = convolve(wasm, x, filter, bias, attrs as unknown as Attributes);
      return activate(wasm, sum, attrs as never, preluActivationWeights);
    },
  },
  {
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const attributes = attrs as unknown as Attributes & { filterShape: Shape4D };
      const geometry = describe('filter', x.shape as Shape4D, attributes.filterShape, attributes);
      return filterGradient(backend as BackendWasm, x, dy, geometry);
    },
  },
  {
    kernelName: 'Conv2DBackpropInput',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
      const attributes = attrs as unknown as Attributes & { inputShape: Shape4D };
      const geometry = describe('input', attributes.inputShape, filter.shape as Shape4D, attributes);
      return inputGradient(backend as BackendWasm, dy, filter, geometry);
    },
  },
];

function describe(
  which: 'filter' | 'input' | 'forward',
  inputShape: Shape4D,
  filterShape: Shape4D,
  attributes: Attributes,
): Geometry {
  const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } = attributes;
  const dilated = [dilations].flat().some((dilation) => dilation !== 1);
  if (dataFormat !== 'NHWC' || (which !== 'forward' && dilated)) {
    const what = which === 'forward' ? 'A convolution' : `The ${which} gradient of a convolution`;
    const needs = which === 'forward' ? 'data format NHWC' : 'data format NHWC and dilation 1';
    throw new BackendError(`${what} needs ${needs}, got ${dataFormat} and ${dilations}.`, {
      hint: 'Use another backend, or a model without dilated convolutions.',
    });
  }
  const info = backend_util.computeConv2DInfo(
    ...([inputShape, filterShape, strides, dilations, pad, dimRoundingMode] as const),
  );
  return { ...info, batch: info.batchSize, top: info.padInfo.top, left: info.padInfo.left };
}

function convolve(
  backend: BackendWasm,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | undefined,
  attributes: Attributes,
): TensorInfo {
  const g = describe('forward', x.shape as Shape4D, filter.shape as Shape4D, attributes);
  const shape = [g.batch, g.outHeight, g.outWidth, g.outChannels];
  if (bias && util.sizeFromShape(bias.shape) !== g.outChannels) {
    throw new BackendError(
      `A fused convolution to ${g.outChannels} channels needs as many biases, got shape [${bias.shape}].`,
      { hint: 'Add the bias by tf.add.' },
    );
  }
  if (isProduct(g)) {
    const pixels = g.batch * g.outHeight * g.outWidth;
    const a = { ...x, shape: [pixels, g.inChannels] };
    const b = { ...filter, shape: [g.inChannels, g.outChannels] };
    return { ...product(backend, a, b, { transposeA: false, transposeB: false }, bias), shape };
  }
  const y = allocate(backend, shape);
  if (util.sizeFromShape(shape) === 0) return y;
  const taps = g.filterHeight * g.filterWidth * g.inChannels;
  const source = { b: offset(backend, filter), bRow: 4 * g.outChannels, bStep: 4 };
  runWithFilter(backend, g, source, taps, g.outChannels, (job, engine) => {
    const { count, size: linesPerTask } = split(engine, g, g.batch * g.outHeight, g.outHeight);
    const at = { x: offset(backend, x), y: offset(backend, y), bias: bias ? offset(backend, bias) : 0 };
    engine.run('convolution', count, convolutionJob.encode({ ...job, ...at, linesPerTask }));
  });
  return y;
}

/** Whether each pixel of the output comes from one of the input. */
function isProduct(g: Geometry): boolean {
  const same = g.inHeight === g.outHeight && g.inWidth === g.outWidth;
  return same && g.filterHeight === 1 && g.filterWidth === 1 && g.strideHeight === 1 && g.strideWidth === 1;
}

/** dx is the sum over the filter's taps of dy · Wᵀ, each added to where the tap reaches. It also is transposed
 *  convolution's forward pass. */
function inputGradient(backend: BackendWasm, dy: TensorInfo, filter: TensorInfo, g: Geometry): TensorInfo {
  const dx = allocate(backend, [g.batch, g.inHeight, g.inWidth, g.inChannels]);
  if (util.sizeFromShape(dx.shape) === 0) return dx;
  if (util.sizeFromShape(dy.shape) === 0) {
    view(backend, dx).fill(0);
    return dx;
  }
  const taps = g.filterHeight * g.filterWidth * g.inChannels;
  const source = { b: offset(backend, filter), bRow: 4, bStep: 4 * g.outChannels };
  runWithFilter(backend, g, source, g.outChannels, taps, (job, engine) => {
    const { count, size: imagesPerTask } = split(engine, g, g.batch, 1);
    const at = { dy: offset(backend, dy), dx: offset(backend, dx) };
    engine.run('inputGradient', count, inputGradientJob.encode({ ...job, ...at, imagesPerTask }));
  });
  return dx;
}

type Job = Geometry &
  Readonly<Record<'linesAtOnce' | 'scratch' | 'scratchBytes' | 'tile' | 'filter', number>>;

/** Packs the filter for all tasks, and gives each thread its scratch. */
function runWithFilter(
  backend: BackendWasm,
  g: Geometry,
  source: Readonly<Record<'b' | 'bRow' | 'bStep', number>>,
  depth: number,
  columns: number,
  run: (job: Job, engine: Engine) => void,
): void {
  const engine = engineOf(backend);
  const { tile } = engine;
  const scratchBytes = scratchBytesFor(g);
  const filterBytes = 4 * depth * packedWidth(columns);
  withScratch(backend, filterBytes + engine.threads * scratchBytes, (filter) => {
    packBlocks(engine.routines, { ...source, to: filter, tile }, depth, columns);
    const scratch = filter + filterBytes;
    run({ ...g, linesAtOnce: linesAtOnce(g), scratch, scratchBytes, tile, filter }, engine);
  });
}

/** dW[p, q, i, o] = Σ x[n, s·y + p − top, s·x + q − left, i] · dy[n, y, x, o], in parts of the batch that are added up in
 *  order. Their number depends on the shapes alone, and so do the bits. */
function filterGradient(backend: BackendWasm, x: TensorInfo, dy: TensorInfo, g: Geometry): TensorInfo {
  const result = allocate(backend, [g.filterHeight, g.filterWidth, g.inChannels, g.outChannels]);
  const bytes = 4 * util.sizeFromShape(result.shape);
  if (bytes === 0) return result;
  if (util.sizeFromShape(dy.shape) === 0) {
    view(backend, result).fill(0);
    return result;
  }
  const engine = engineOf(backend);
  const { count, size: linesPerTask } = splitEvenly(g.batch * g.outHeight, g.outHeight, worthOf(g), 8);
  const scratchBytes = scratchBytesFor(g);
  withScratch(backend, engine.threads * scratchBytes + (count - 1) * bytes, (scratch) => {
    const parts = scratch + engine.threads * scratchBytes;
    const at = { x: offset(backend, x), dy: offset(backend, dy), dfilter: offset(backend, result), parts };
    const job = {
      ...g,
      linesAtOnce: linesAtOnce(g),
      scratch,
      scratchBytes,
      tile: engine.tile,
      ...at,
      linesPerTask,
    };
    engine.run('filterGradient', count, filterGradientJob.encode(job));
    if (count === 1) return;
    const bytesAtOnce = Math.max(2 ** 15, 4 * Math.ceil(bytes / 256));
    const sum = { to: at.dfilter, parts, count: count - 1, bytes, bytesAtOnce };
    engine.run('parts', Math.ceil(bytes / bytesAtOnce), partsJob.encode(sum));
  });
  return result;
}

/** Tasks for all threads, where the work is worth it. */
function split(engine: Engine, g: Geometry, units: number, whole: number) {
  return splitEvenly(units, whole, worthOf(g), engine.threads === 1 ? 1 : 4 * engine.threads);
}

/** How many tasks of some 20 µs a convolution is worth. */
function worthOf(g: Geometry): number {
  const taps = g.filterHeight * g.filterWidth * g.inChannels * g.outChannels;
  return (g.batch * g.outHeight * g.outWidth * taps) / 2 ** 19;
}

/** At most `most` tasks of `size` units each, whole images (`whole` units) when there are enough. */
function splitEvenly(units: number, whole: number, worth: number, most: number) {
  const wanted = Math.max(1, Math.min(most, Math.floor(worth)));
  const even = Math.ceil(units / wanted);
  const size = even >= whole ? whole * Math.ceil(even / whole) : even;
  return { count: Math.ceil(units / size), size };
}
