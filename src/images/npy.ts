// NumPy's .npy format, version 1.0. numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { DataError } from '../errors';

type Numbers = Uint8Array | Int32Array | Float32Array;

/** @param shape its product is the array's length */
export function encodeNpy(values: Numbers, shape: readonly number[]): Buffer {
  const type = typeOf(values);
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${extents}), }`;
  const preamble = 10;
  // The header ends in a line break and is padded so that the data starts at a multiple of 64 bytes.
  const padded = Math.ceil((preamble + header.length + 1) / 64) * 64 - preamble;
  const start = Buffer.alloc(preamble);
  start.write('\x93NUMPY', 'latin1');
  start[6] = 1;
  start.writeUInt16LE(padded, 8);
  const text = `${header.padEnd(padded - 1, ' ')}\n`;
  return Buffer.concat([start, Buffer.from(text, 'latin1'), bytesOf(values)]);
}

function typeOf(values: Numbers): string {
  if (values instanceof Float32Array) return '<f4';
  return values instanceof Int32Array ? '<i4' : '|u1';
}

function bytesOf(values: Numbers): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Numbers;
}

const itemSizes = new Map([
  ['|u1', 1],
  ['<i4', 4],
  ['<f4', 4],
  ['<f8', 8],
]);

/**
 * Reads an array of bytes, of float32 or of float64, which becomes float32, in C order.
 * @param path for the error message
 * @throws DataError when it is no such file
 */
export function decodeNpy(bytes: Buffer, path: string): NpyArray {
  const refuse = (got: string) =>
    new DataError(`${path} is no array that aigc reads: ${got}.`, {
      hint: "Save it with numpy.save, as uint8 or float32 ('|u1', '<f4'), in C order.",
    });
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw refuse('it is not .npy');
  const wide = (bytes[6] as number) >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', start, start + length);
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const extents = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (extents === undefined || /'fortran_order':\s*True/.test(header)) throw refuse('its order is not C');
  const shape = extents
    .split(',')
    .filter((extent) => extent.trim() !== '')
    .map(Number);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw refuse(`its shape is (${extents})`);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const itemBytes = itemSizes.get(type);
  if (itemBytes === undefined) throw refuse(`its numbers are "${type}"`);
  const data = bytes.subarray(start + length);
  if (data.length !== count * itemBytes)
    throw refuse(`expected ${count * itemBytes} bytes of numbers, got ${data.length}`);
  const copy = Uint8Array.from(data);
  if (type === '|u1') return { shape, values: copy };
  if (type === '<i4') return { shape, values: new Int32Array(copy.buffer) };
  if (type === '<f4') return { shape, values: new Float32Array(copy.buffer) };
  return { shape, values: Float32Array.from(new Float64Array(copy.buffer)) };
}
