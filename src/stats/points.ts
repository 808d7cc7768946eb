// Points to measure between: features of a network, or pixels.

/** What a network makes of images. */
export interface Features {
  readonly count: number;
  readonly featureCount: number;
  /** [count, featureCount], row by row */
  readonly features: Float32Array;
}

/** Points as the products want them: shifted to near the origin, where float32 loses least by cancellation. */
export interface Points {
  readonly count: number;
  readonly dimension: number;
  /** [count, dimension], row by row */
  readonly values: Float32Array | Uint8Array;
  /** [dimension], taken off every row before a product */
  readonly centre: Float32Array;
  /** Distances are multiplied by it. */
  readonly scale: number;
  /** [count], of the shifted rows, before the scale */
  readonly squaredNorms: Float64Array;
  /** Whether they are whole numbers of 8 bits: then products of so many of them at a time are exact in float32. */
  readonly isWhole: boolean;
  /** Of images, where it is known. */
  readonly shape?: Shape | undefined;
}

export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Features, shifted by the `centre` that both sets of a comparison share: see `meanRow`. */
export function featurePoints({ features, count, featureCount }: Features, centre: Float32Array): Points {
  return points(features, count, featureCount, centre, 1, false);
}

/** Pixels in [0, 1]. @param shape lets what asks for near images alone pass over most that are far: see `nearBySketch` */
export function pixelPoints(pixels: Uint8Array, count: number, shape?: Shape): Points {
  const dimension = pixels.length / count;
  const centre = new Float32Array(dimension).fill(128);
  return { ...points(pixels, count, dimension, centre, 1 / 255, true), shape };
}

/** The first so many of some points. */
export function firstPoints(all: Points, count: number): Points {
  return {
    ...all,
    count,
    values: all.values.subarray(0, count * all.dimension),
    squaredNorms: all.squaredNorms.subarray(0, count),
  };
}

/** Column means of [count, dimension]. */
export function meanRow(values: Float32Array, count: number): Float32Array {
  const dimension = values.length / count;
  const sums = new Float64Array(dimension);
  for (let at = 0, i = 0; i < count; i++) {
    for (let j = 0; j < dimension; j++) (sums[j] as number) += values[at++] as number;
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

function points(
  values: Float32Array | Uint8Array,
  count: number,
  dimension: number,
  centre: Float32Array,
  scale: number,
  isWhole: boolean,
): Points {
  const squaredNorms = new Float64Array(count);
  for (let at = 0, i = 0; i < count; i++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++)
      sum += Math.fround((values[at++] as number) - (centre[j] as number)) ** 2;
    squaredNorms[i] = sum;
  }
  return { count, dimension, values, centre, scale, squaredNorms, isWhole };
}

/** In float64, from the points as they were given. */
export function exactSquaredDistance(
  queries: Points,
  query: number,
  references: Points,
  reference: number,
): number {
  const { dimension } = queries;
  let sum = 0;
  for (let j = 0, a = query * dimension, b = reference * dimension; j < dimension; j++, a++, b++) {
    sum += ((queries.values[a] as number) - (references.values[b] as number)) ** 2;
  }
  return sum * queries.scale ** 2;
}
