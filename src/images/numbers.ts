// Numbers as files hold them: of any width, in either order of bytes, by rows or by columns.

/** Rows of numbers as memory has them. */
export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface NumberType {
  readonly kind: 'bool' | 'unsigned' | 'signed' | 'float';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly bigEndian: boolean;
}

/** "float32", "uint8", "bool" */
export function typeInWords({ kind, bytes }: NumberType): string {
  if (kind === 'bool') return 'bool';
  return `${{ unsigned: 'uint', signed: 'int', float: 'float' }[kind]}${8 * bytes}`;
}

/**
 * Numbers out of their bytes, which are changed where their order is. 16-bit floats become 32-bit ones, 64-bit integers
 * 32-bit ones: beyond them they are NaN, as floats.
 */
export function decodeNumbers(bytes: Uint8Array, type: NumberType): Numbers {
  const { buffer, byteOffset, byteLength } = bytes;
  const aligned = byteOffset % type.bytes === 0 ? bytes : Uint8Array.from(bytes);
  if (type.bigEndian && type.bytes > 1) swapBytes(aligned, type.bytes);
  const at = aligned === bytes ? byteOffset : 0;
  const memory = aligned === bytes ? buffer : aligned.buffer;
  const count = byteLength / type.bytes;
  if (type.bytes === 1) return type.kind === 'signed' ? new Int8Array(memory, at, count) : aligned;
  if (type.kind === 'float') {
    if (type.bytes === 2) return halves(new Uint16Array(memory, at, count));
    return type.bytes === 4 ? new Float32Array(memory, at, count) : new Float64Array(memory, at, count);
  }
  const signed = type.kind === 'signed';
  if (type.bytes === 2)
    return signed ? new Int16Array(memory, at, count) : new Uint16Array(memory, at, count);
  if (type.bytes === 4)
    return signed ? new Int32Array(memory, at, count) : new Uint32Array(memory, at, count);
  return lowHalves(new Int32Array(memory, at, 2 * count), signed);
}

function swapBytes(bytes: Uint8Array, size: number): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) view.swap16();
  else if (size === 4) view.swap32();
  else view.swap64();
}

/** IEEE 754 binary16. */
function halves(bits: Uint16Array): Float32Array {
  const table = new Float32Array(65_536);
  for (let i = 0; i < table.length; i++) {
    const [sign, exponent, fraction] = [i & 0x8000 ? -1 : 1, (i >> 10) & 31, i & 1023];
    if (exponent === 31) table[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else table[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
  }
  return Float32Array.from(bits, (word) => table[word] as number);
}

function lowHalves(words: Int32Array, signed: boolean): Int32Array | Float64Array {
  const low = new Int32Array(words.length / 2);
  for (let i = 0; i < low.length; i++) {
    const [value, high] = [words[2 * i] as number, words[2 * i + 1] as number];
    if (high !== (signed && value < 0 ? -1 : 0) || (!signed && value < 0)) return wide(words, i);
    low[i] = value;
  }
  return low;
}

/** @param at the first that is beyond 32 bits */
function wide(words: Int32Array, at: number): Float64Array {
  return new Float64Array(words.length / 2).fill(Number.NaN, at);
}

/** An array stored by columns (Fortran's order), by rows. */
export function byRows<T extends Numbers>(values: T, shape: readonly number[]): T {
  const rows = values.slice() as T;
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const place = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    rows[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size, stride] = [shape[axis] as number, strides[axis] as number];
      place[axis] = (place[axis] as number) + 1;
      from += stride;
      if ((place[axis] as number) < size) break;
      place[axis] = 0;
      from -= size * stride;
    }
  }
  return rows;
}
