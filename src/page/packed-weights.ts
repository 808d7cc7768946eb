// Weights in as few bytes as they need: float32, float16, or int8 with a scale for each column. For the page, which unpacks
// them, and for `aigc export`, which packs them.

export const precisions = ['float32', 'float16', 'int8'] as const;
export type Precision = (typeof precisions)[number];

export interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** One array in the bytes. */
export interface PackedEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly precision: Precision;
}

export interface Packed {
  /** In the order of the bytes. */
  readonly entries: readonly PackedEntry[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Vectors are biases and the like: few numbers, that every pixel depends on. They stay more exact than int8. */
function precisionOf({ shape }: Weights, wanted: Precision): Precision {
  return wanted === 'int8' && shape.length < 2 ? 'float16' : wanted;
}

export function packWeights(weights: ReadonlyMap<string, Weights>, wanted: Precision): Packed {
  const entries = [...weights].map(([name, each]) => ({
    name,
    shape: each.shape,
    precision: precisionOf(each, wanted),
  }));
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + packedBytes(entry), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of entries) {
    pack(view, at, (weights.get(entry.name) as Weights).values, entry);
    at += packedBytes(entry);
  }
  return { entries, bytes };
}

export function unpackWeights({ entries, bytes }: Packed): Map<string, Weights> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return new Map(
    entries.map((entry) => {
      const values = unpack(view, at, entry);
      at += packedBytes(entry);
      return [entry.name, { shape: entry.shape, values }];
    }),
  );
}

const sizeOf = ({ shape }: PackedEntry) => shape.reduce((product, extent) => product * extent, 1);
/** Each column of a matrix, each output of a filter, has its own scale: the last axis. */
const columnsOf = ({ shape }: PackedEntry) => shape.at(-1) ?? 1;

function packedBytes(entry: PackedEntry): number {
  const size = sizeOf(entry);
  if (entry.precision === 'float32') return 4 * size;
  return entry.precision === 'float16' ? 2 * size : size + 4 * columnsOf(entry);
}

function pack(view: DataView, start: number, values: Float32Array, entry: PackedEntry): void {
  if (entry.precision === 'float32') {
    for (const [i, value] of values.entries()) view.setFloat32(start + 4 * i, value, true);
  } else if (entry.precision === 'float16') {
    for (const [i, value] of values.entries()) view.setUint16(start + 2 * i, toHalf(value), true);
  } else {
    const columns = columnsOf(entry);
    const scales = new Float32Array(columns);
    for (const [i, value] of values.entries()) {
      scales[i % columns] = Math.max(scales[i % columns] as number, Math.abs(value) / 127);
    }
    for (const [column, scale] of scales.entries()) view.setFloat32(start + 4 * column, scale, true);
    for (const [i, value] of values.entries()) {
      const scale = scales[i % columns] as number;
      view.setInt8(start + 4 * columns + i, scale === 0 ? 0 : Math.round(value / scale));
    }
  }
}

function unpack(view: DataView, start: number, entry: PackedEntry): Float32Array {
  const values = new Float32Array(sizeOf(entry));
  if (entry.precision === 'float32') {
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(start + 4 * i, true);
  } else if (entry.precision === 'float16') {
    for (let i = 0; i < values.length; i++) values[i] = fromHalf(view.getUint16(start + 2 * i, true));
  } else {
    const columns = columnsOf(entry);
    const scales = Float32Array.from({ length: columns }, (_, i) => view.getFloat32(start + 4 * i, true));
    for (let i = 0; i < values.length; i++) {
      values[i] = view.getInt8(start + 4 * columns + i) * (scales[i % columns] as number);
    }
  }
  return values;
}

const word = new DataView(new ArrayBuffer(4));

/** IEEE 754 binary16, rounded to the nearest, ties to even; what is too large becomes the largest that is finite. */
export function toHalf(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > 0x7f80_0000) return sign | 0x7e00; // not a number
  if (size >= 0x477f_f000) return sign | 0x7bff;
  if (size < 0x3880_0000) {
    // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴; Math.round would take ties up.
    const scaled = Math.abs(value) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  const kept = size >>> 13;
  const rest = size & 0x1fff;
  const up = rest > 0x1000 || (rest === 0x1000 && kept % 2 === 1) ? 1 : 0;
  return sign | (kept - (112 << 10) + up);
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
