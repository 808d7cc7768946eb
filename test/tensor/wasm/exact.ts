// Products and convolutions by the book, in float64.

function addTerm(values: Float64Array, at: number, term: number): void {
  values[at] = (values[at] as number) + term;
}

/** a [rows, depth] · b [depth, columns], or with either transposed. */
export function exactProduct(
  a: Float32Array,
  b: Float32Array,
  [rows, depth, columns]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): Float64Array {
  const c = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < depth; k++) {
        const left = a[transposeA ? k * rows + i : i * depth + k] as number;
        const right = b[transposeB ? j * depth + k : k * columns + j] as number;
        addTerm(c, i * columns + j, left * right);
      }
    }
  }
  return c;
}

export interface ConvolutionShape {
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly filter: readonly [number, number];
  readonly channels: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Rows above and columns to the left. */
  readonly padding: readonly [number, number];
  readonly out: readonly [number, number];
}

/** y, and the gradients of Σ y · dy with respect to x and the filter. */
export function exactConvolution(
  shape: ConvolutionShape,
  x: Float32Array,
  filter: Float32Array,
  dy: Float32Array,
): Readonly<Record<'y' | 'dx' | 'dfilter', Float64Array>> {
  const { batch, size, channels, strides, padding, out } = shape;
  const [height, width] = shape.filter;
  const found = {
    y: new Float64Array(dy.length),
    dx: new Float64Array(x.length),
    dfilter: new Float64Array(filter.length),
  };
  for (let n = 0; n < batch; n++) {
    for (let pixel = 0; pixel < out[0] * out[1]; pixel++) {
      const [row, column] = [Math.floor(pixel / out[1]), pixel % out[1]];
      for (let tap = 0; tap < height * width; tap++) {
        const [p, q] = [Math.floor(tap / width), tap % width];
        const inRow = row * strides[0] + p - padding[0];
        const inColumn = column * strides[1] + q - padding[1];
        if (inRow < 0 || inRow >= size[0] || inColumn < 0 || inColumn >= size[1]) continue;
        const from = ((n * size[0] + inRow) * size[1] + inColumn) * channels[0];
        const to = (n * out[0] * out[1] + pixel) * channels[1];
        for (let i = 0; i < channels[0]; i++) {
          for (let o = 0; o < channels[1]; o++) {
            const weight = (tap * channels[0] + i) * channels[1] + o;
            const [value, slope] = [x[from + i] as number, dy[to + o] as number];
            addTerm(found.y, to + o, value * (filter[weight] as number));
            addTerm(found.dx, from + i, slope * (filter[weight] as number));
            addTerm(found.dfilter, weight, slope * value);
          }
        }
      }
    }
  }
  return found;
}

/** The largest error as a share of the largest value; Infinity for another number of values. */
export function relativeError(got: ArrayLike<number>, values: Float64Array): number {
  if (got.length !== values.length) return Number.POSITIVE_INFINITY;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    worst = Math.max(worst, Math.abs((got[i] as number) - (values[i] as number)) || 0);
    largest = Math.max(largest, Math.abs(values[i] as number));
    if (Number.isNaN(got[i])) return Number.POSITIVE_INFINITY;
  }
  return worst === 0 ? 0 : worst / largest;
}
