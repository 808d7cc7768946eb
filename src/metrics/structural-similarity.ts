// MS-SSIM: how alike two images are, by structure at several sizes.

import type { ImageShape } from '../dataset/image-set';

/** Of a pixel range of 1: (0.01)² and (0.03)². */
const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
const largestWindow = 11;
const windowSigma = 1.5;
/** Of the scales, finest first: Wang et al. 2003, section 3.2. */
const scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333] as const;

/** Grey levels of one channel in [0, 1], row by row. */
interface Plane {
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array;
}

export interface Scales {
  /** [window], sums to 1; applied along rows and columns */
  readonly window: Float64Array;
  /** One a scale, finest first, with sum 1. */
  readonly weights: readonly number[];
}

/** As many of the five scales as still hold an 11×11 window, each half as large as the one before: 2 of 28×28, all 5
 *  from 176×176. An image smaller than the window has one scale, and the largest odd window that fits. */
export function scalesOf({ height, width }: ImageShape): Scales {
  const smaller = Math.min(height, width);
  const size = Math.min(largestWindow, smaller - ((smaller + 1) % 2));
  const taken = scaleWeights.filter(
    (_, scale) => scale === 0 || Math.floor(smaller / 2 ** scale) >= largestWindow,
  );
  const bell = Float64Array.from({ length: size }, (_, i) =>
    Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * windowSigma ** 2)),
  );
  return {
    window: normalised(bell),
    weights: normalised(Float64Array.from(taken)) as unknown as readonly number[],
  };
}

function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

/**
 * MS-SSIM(x, y) = l_M^{w_M} Π_{j ≤ M} cs_j^{w_j}, each factor the mean over all windows inside the image, the last
 * that of l·cs: Wang et al. 2003, eq. 7, ece.uwaterloo.ca/~z70wang/publications/msssim.pdf, and the authors' code.
 * Departures: fewer scales in small images (see `scalesOf`), weights rescaled to sum 1; means below 0 count as 0, as
 * in TensorFlow; the mean over channels.
 * @param first [height, width, channels], bytes
 * @param second the same
 */
export function multiScaleSimilarity(
  first: Uint8Array,
  second: Uint8Array,
  shape: ImageShape,
  scales: Scales,
): number {
  let sum = 0;
  for (let channel = 0; channel < shape.channels; channel++)
    sum += similarityOf(plane(first, shape, channel), plane(second, shape, channel), scales);
  return sum / shape.channels;
}

/** SSIM: Wang et al. 2004, eq. 13, over the windows of `scalesOf`, the mean over channels. Arguments as above. */
export function structuralSimilarity(first: Uint8Array, second: Uint8Array, shape: ImageShape): number {
  const { window } = scalesOf(shape);
  let sum = 0;
  for (let channel = 0; channel < shape.channels; channel++)
    sum += singleScale(plane(first, shape, channel), plane(second, shape, channel), window).similarity;
  return sum / shape.channels;
}

function similarityOf(first: Plane, second: Plane, { window, weights }: Scales): number {
  let [x, y] = [first, second];
  let product = 1;
  for (const [scale, weight] of weights.entries()) {
    const { similarity, contrastStructure } = singleScale(x, y, window);
    const factor = scale === weights.length - 1 ? similarity : contrastStructure;
    // A power by way of logarithms: Math.pow has other last digits from one Node to another.
    product *= factor > 0 ? Math.exp(weight * Math.log(factor)) : 0;
    [x, y] = [halved(x), halved(y)];
  }
  return product;
}

/** Means of l·cs and of cs. */
function singleScale(x: Plane, y: Plane, window: Float64Array) {
  const [meanX, meanY, xx, yy, xy] = [x, y, product(x, x), product(y, y), product(x, y)].map((image) =>
    blurred(image, window),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let similarity = 0;
  let contrastStructure = 0;
  for (let i = 0; i < meanX.length; i++) {
    const [a, b] = [meanX[i] as number, meanY[i] as number];
    const variances = (xx[i] as number) - a * a + (yy[i] as number) - b * b;
    const cs = (2 * ((xy[i] as number) - a * b) + c2) / (variances + c2);
    contrastStructure += cs;
    similarity += (cs * (2 * a * b + c1)) / (a * a + b * b + c1);
  }
  return { similarity: similarity / meanX.length, contrastStructure: contrastStructure / meanX.length };
}

function product(a: Plane, b: Plane): Plane {
  const values = new Float64Array(a.values.length);
  for (let i = 0; i < values.length; i++) values[i] = (a.values[i] as number) * (b.values[i] as number);
  return { ...a, values };
}

/** The windows that lie inside the image: [height − size + 1, width − size + 1]. */
function blurred({ height, width, values }: Plane, window: Float64Array): Float64Array {
  const size = window.length;
  const [rows, columns] = [height - size + 1, width - size + 1];
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (window[k] as number) * (values[y * width + x + k] as number);
      across[y * columns + x] = sum;
    }
  }
  const result = new Float64Array(rows * columns);
  for (let at = 0; at < result.length; at++) {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (window[k] as number) * (across[at + k * columns] as number);
    result[at] = sum;
  }
  return result;
}

/** Means of 2×2 pixels; an odd last row or column is left out. */
function halved({ height, width, values }: Plane): Plane {
  const [rows, columns] = [height >> 1, width >> 1];
  const means = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      const [a, b, c, d] = [
        values[at],
        values[at + 1],
        values[at + width],
        values[at + width + 1],
      ] as number[];
      means[y * columns + x] = ((a as number) + (b as number) + (c as number) + (d as number)) / 4;
    }
  }
  return { height: rows, width: columns, values: means };
}

function plane(pixels: Uint8Array, { height, width, channels }: ImageShape, channel: number): Plane {
  const values = new Float64Array(height * width);
  for (let i = 0; i < values.length; i++) values[i] = (pixels[i * channels + channel] as number) / 255;
  return { height, width, values };
}
