// NumPy's .npy format: written as version 1.0, read as any. numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { DataError } from '../errors';
import { byRows, decodeNumbers, type Numbers, type NumberType } from './numbers';

type Encodable = Uint8Array | Int32Array | Float32Array;

/** @param shape its product is the array's length */
export function encodeNpy(values: Encodable, shape: readonly number[]): Buffer {
  return Buffer.concat([npyHeader(typeOf(values), shape), bytesOf(values)]);
}

/** What stands before an array's numbers. @param type of a number: "|u1" is a byte */
export function npyHeader(type: '|u1' | '<i4' | '<f4', shape: readonly number[]): Buffer {
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
  return Buffer.concat([start, Buffer.from(text, 'latin1')]);
}

function typeOf(values: Encodable): '|u1' | '<i4' | '<f4' {
  if (values instanceof Float32Array) return '<f4';
  return values instanceof Int32Array ? '<i4' : '|u1';
}

function bytesOf(values: Encodable): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

export interface NpyHeader {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly headerBytes: number;
  /** What should follow the header. */
  readonly dataBytes: number;
}

export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Numbers;
}

/** NumPy pads headers to a multiple of 64 bytes; even those of large records stay below this. */
const maxHeaderBytes = 2 ** 16;
const kinds = { b: 'bool', u: 'unsigned', i: 'signed', f: 'float' } as const;

/**
 * Reads the header of an array.
 * @param head the file's first bytes
 * @param path for the error message
 * @returns undefined while too few bytes are there
 * @throws DataError when it is of no array of numbers
 */
export function parseNpyHeader(head: Buffer, path: string): NpyHeader | undefined {
  if (head.length < 12) return undefined;
  if (head.toString('latin1', 0, 6) !== '\x93NUMPY') throw refuse(path, 'it is not .npy');
  const start = (head[6] as number) >= 2 ? 12 : 10;
  const length = start === 12 ? head.readUInt32LE(8) : head.readUInt16LE(8);
  if (length > maxHeaderBytes) throw refuse(path, `its header claims ${length} bytes`);
  if (head.length < start + length) return undefined;
  const header = head.toString('latin1', start, start + length);
  const type = numberType(/'descr':\s*(?:'([^']*)'|(\[.*?\]))/.exec(header), path);
  const extents = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const shape = extents?.split(',').flatMap((extent) => (extent.trim() === '' ? [] : [Number(extent)]));
  if (!shape?.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw refuse(path, `its shape is (${extents ?? ''})`);
  return {
    type,
    shape,
    fortranOrder: /'fortran_order':\s*True/.test(header),
    headerBytes: start + length,
    dataBytes: shape.reduce((product, extent) => product * extent, type.bytes),
  };
}

function numberType(descr: RegExpExecArray | null, path: string): NumberType {
  const [, word = '', record] = descr ?? [];
  const [, order, kind, size] = /^([<>|=]?)([buif])([1248])$/.exec(word) ?? [];
  const bytes = Number(size) as 1 | 2 | 4 | 8;
  if (kind === undefined || (kind === 'f' && bytes === 1) || (kind === 'b' && bytes !== 1))
    throw refuse(path, record ? 'it holds records' : `its numbers are "${word}"`);
  return { kind: kinds[kind as keyof typeof kinds], bytes, bigEndian: order === '>' };
}

/** The values behind a header, by rows. @param data as many bytes as the header claims; they may be changed */
export function decodeNpyData({ type, shape, fortranOrder }: NpyHeader, data: Uint8Array): NpyArray {
  const values = decodeNumbers(data, type);
  return { shape, values: fortranOrder ? byRows(values, shape) : values };
}

/**
 * Reads an array of numbers of any type, by rows.
 * @param path for the error message
 * @throws DataError when it is no such file
 */
export function decodeNpy(bytes: Buffer, path: string): NpyArray {
  const header = parseNpyHeader(bytes, path);
  if (header === undefined) throw refuse(path, 'it is cut short');
  const data = bytes.subarray(header.headerBytes);
  if (data.length !== header.dataBytes)
    throw refuse(path, `expected ${header.dataBytes} bytes of numbers, got ${data.length}`);
  return decodeNpyData(header, Uint8Array.from(data));
}

function refuse(path: string, got: string): DataError {
  return new DataError(`${path} is no array that aigc reads: ${got}.`, {
    hint: 'Save an array of numbers with numpy.save, for example as uint8.',
  });
}
