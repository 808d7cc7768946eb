// Makes pictures larger and smaller as Pillow does with LANCZOS, to the byte: Lanczos' kernel of 3, as wide as a new pixel
// when the picture shrinks, a row's direction first, each pass rounded to bytes.

/** [height, width, 3], RGB. */
export interface Rgb {
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** The part of a picture that is to fill the new one, pixels, fractions allowed. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const lobes = 3;
/** Weights are fixed-point fractions, so that a pass is the same on every machine. */
const weightBits = 22;
const half = 2 ** (weightBits - 1);

/** Duchon 1979, Lanczos filtering in one and two dimensions. */
function lanczos(x: number): number {
  return x > -lobes && x < lobes ? sinc(x) * sinc(x / lobes) : 0;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** What each new pixel along an axis is made of. */
interface Taps {
  /** [size], the first old pixel. */
  readonly first: Int32Array;
  /** [size], how many. */
  readonly count: Int32Array;
  /** [size, most]: their weights, which sum to 2^22, about. */
  readonly weights: Int32Array;
  readonly most: number;
}

function tapsOf(start: number, length: number, from: number, size: number): Taps {
  const ratio = length / size;
  const stretch = Math.max(1, ratio);
  const support = lobes * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(size);
  const count = new Int32Array(size);
  const weights = new Int32Array(size * most);
  for (let to = 0; to < size; to++) {
    const centre = start + (to + 0.5) * ratio;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const shares = Array.from({ length: end - begin }, (_, i) =>
      lanczos((begin + i - centre + 0.5) / stretch),
    );
    const sum = shares.reduce((total, share) => total + share, 0);
    first[to] = begin;
    count[to] = end - begin;
    for (const [i, share] of shares.entries())
      weights[to * most + i] = roundAway((share / sum) * 2 ** weightBits);
  }
  return { first, count, weights, most };
}

/** Halves away from 0. */
const roundAway = (value: number) => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** @returns [height, width, 3] */
export function resample(picture: Rgb, box: Box, height: number, width: number): Uint8Array {
  const across = tapsOf(box.left, box.width, picture.width, width);
  const down = tapsOf(box.top, box.height, picture.height, height);
  const isAsWide = width === picture.width && box.left === 0 && box.width === width;
  const isAsHigh = height === picture.height && box.top === 0 && box.height === height;
  const top = isAsHigh ? 0 : (down.first[0] as number);
  const bottom = isAsHigh ? height : (down.first[height - 1] as number) + (down.count[height - 1] as number);
  const rows = picture.pixels.subarray(3 * top * picture.width, 3 * bottom * picture.width);
  const narrow = isAsWide ? rows : alongRows(rows, bottom - top, picture.width, across);
  return isAsHigh ? Uint8Array.from(narrow) : alongColumns(narrow, width, top, down);
}

function alongRows(pixels: Uint8Array, height: number, from: number, taps: Taps): Uint8Array {
  const { first, count, weights, most } = taps;
  const width = first.length;
  const made = new Uint8ClampedArray(height * width * 3);
  for (let x = 0; x < width; x++) {
    const [begin, taken, at] = [first[x] as number, count[x] as number, x * most];
    for (let y = 0; y < height; y++) {
      let read = 3 * (y * from + begin);
      let [red, green, blue] = [half, half, half];
      for (let i = at; i < at + taken; i++, read += 3) {
        const weight = weights[i] as number;
        red += (pixels[read] as number) * weight;
        green += (pixels[read + 1] as number) * weight;
        blue += (pixels[read + 2] as number) * weight;
      }
      const to = 3 * (y * width + x);
      made[to] = red >> weightBits;
      made[to + 1] = green >> weightBits;
      made[to + 2] = blue >> weightBits;
    }
  }
  return new Uint8Array(made.buffer);
}

/** @param top the row that the pixels begin with */
function alongColumns(pixels: Uint8Array, width: number, top: number, taps: Taps): Uint8Array {
  const { first, count, weights, most } = taps;
  const height = first.length;
  const row = 3 * width;
  const made = new Uint8ClampedArray(height * row);
  for (let y = 0; y < height; y++) {
    const [begin, taken, at] = [(first[y] as number) - top, count[y] as number, y * most];
    for (let x = 0; x < row; x++) {
      let sum = half;
      let read = begin * row + x;
      for (let i = at; i < at + taken; i++, read += row)
        sum += (pixels[read] as number) * (weights[i] as number);
      made[y * row + x] = sum >> weightBits;
    }
  }
  return new Uint8Array(made.buffer);
}
