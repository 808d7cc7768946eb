// Reads IDX files, the format of MNIST: a magic number, the sizes of the axes (big-endian), then the bytes.
import { DataError } from '../../errors';
import { decodeNumbers, type Numbers, type NumberType, typeInWords } from '../../images/numbers';
import { grouped } from '../../words';
import { type ByteSource, maxDataBytes, openSource, readSource } from '../byte-source';
import type { ImageShape } from '../image-set';
import { imagesOfArrays, type NumberArray } from './array-images';
import { toLabels } from './array-labels';
import { claimInWords, cutShort, readClaimed, tooLong } from './claimed';

/** Sizes of the axes and the numbers, last axis fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Numbers;
  /** "byte" of the unsigned ones that nearly all files hold, else "float32" and such. */
  readonly typeName: string;
}

export interface IdxImages extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
}

export interface IdxHeader {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly headerBytes: number;
  /** What should follow the header. */
  readonly dataBytes: number;
}

/** What errors say of where the bytes are from. */
type Origin = Pick<ByteSource, 'path' | 'gzipped'>;

const unsignedByte = 0x08;
const bigEndian = true;
const types: ReadonlyMap<number, NumberType> = new Map([
  [unsignedByte, { kind: 'unsigned', bytes: 1, bigEndian }],
  [0x09, { kind: 'signed', bytes: 1, bigEndian }],
  [0x0b, { kind: 'signed', bytes: 2, bigEndian }],
  [0x0c, { kind: 'signed', bytes: 4, bigEndian }],
  [0x0d, { kind: 'float', bytes: 4, bigEndian }],
  [0x0e, { kind: 'float', bytes: 8, bigEndian }],
]);

/**
 * Reads an IDX file of numbers of any type, gzipped or not. Memory grows with the bytes that arrive, not with the header.
 * @throws DataError for anything else than a whole, exact IDX file
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const source = await openSource(path);
  const { header, data } = await readClaimed<IdxHeader>(readSource(source), {
    parse: (head) => {
      const found = parseHeader(head, source);
      if (found) checkClaim(found, source);
      return found;
    },
    tooShort: (bytes) => tooShort(bytes, path),
    truncated: (claimed, bytes) => cutShort(claimed, bytes, path),
    trailing: (claimed) => tooLong(claimed, path),
  });
  const { type, shape } = header;
  return { shape, values: decodeNumbers(data, type), typeName: idxTypeName(type) };
}

export const idxTypeName = (type: NumberType) => (type.kind === 'unsigned' ? 'byte' : typeInWords(type));

/** The header of a file, if it begins with one. */
export function peekIdx(head: Buffer, source: Origin): IdxHeader | undefined {
  try {
    return parseHeader(head, source);
  } catch {
    return undefined; // Whoever reads it says why.
  }
}

/** Reads images: [count, height, width], with channels behind or before the two, or [count, pixels]. @throws DataError */
export async function readIdxImages(path: string): Promise<IdxImages> {
  const [images] = imagesOfArrays([await readIdxArray(path)], {}).images as [IdxImages];
  return images;
}

/** Reads an array that may be images. @throws DataError when it has one axis */
export async function readIdxArray(path: string): Promise<NumberArray> {
  const array = await readIdx(path);
  if (array.shape.length > 1) return { ...array, source: path };
  throw new DataError(
    `${path} holds an array of 1 axis, expected images ([count, height, width] or [count, height, width, channels]).`,
    { hint: 'This looks like labels: are the two files swapped?' },
  );
}

/**
 * Reads labels: [count], [count, 1], or the first of QMNIST's eight columns, [count, 8].
 * @throws DataError
 */
export async function readIdxLabels(path: string): Promise<Uint8Array> {
  const { shape, values, typeName } = await readIdx(path);
  const [count = 0, columns = 1] = shape;
  const isQmnist = typeName === 'int32' && columns === qmnistColumns;
  if (shape.length > 2 || (columns !== 1 && !isQmnist)) {
    throw new DataError(`${path} holds an array of ${shape.length} axes, expected labels (one axis).`, {
      hint: 'This looks like images: are the two files swapped?',
    });
  }
  if (values instanceof Uint8Array) return values;
  return toLabels(
    isQmnist ? Array.from({ length: count }, (_, i) => values[i * columns] as number) : values,
    path,
  );
}

/** Class, writer and so on: github.com/facebookresearch/qmnist */
const qmnistColumns = 8;

/** The header that belongs to a shape. */
export function idxHeader(shape: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE((unsignedByte << 8) | shape.length, 0);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return header;
}

/** Undefined while too few bytes are there. */
function parseHeader(head: Buffer, source: Origin): IdxHeader | undefined {
  const { path } = source;
  if (head.length < 4) return undefined;
  const type = types.get(head[2] as number);
  const axes = head[3] as number;
  if (head[0] !== 0 || head[1] !== 0 || type === undefined) throw notIdx(head, source);
  if (axes < 1 || axes > 4) {
    throw new DataError(`${path} holds an array of ${axes} axes, expected 1 (labels) to 4 (colour images).`, {
      hint: 'Reshape the array.',
    });
  }
  const headerBytes = 4 + 4 * axes;
  if (head.length < headerBytes) return undefined;
  const shape = Array.from({ length: axes }, (_, axis) => head.readUInt32BE(4 + 4 * axis));
  return { type, shape, headerBytes, dataBytes: shape.reduce((product, size) => product * size, type.bytes) };
}

/** Refuses a header that claims more than the file can hold, before memory is taken for it. */
function checkClaim(header: IdxHeader, source: ByteSource): void {
  const { path, gzipped, size, limit } = source;
  const whole = header.headerBytes + header.dataBytes;
  if (!gzipped && whole < size) throw tooLong(header, path);
  if (!gzipped && whole > size) throw cutShort(header, size - header.headerBytes, path);
  if (whole > limit) {
    throw new DataError(
      `${path} is cut short or damaged: its header claims ${claimInWords(header)}, more than ${grouped(size)} gzipped bytes can unfold to.`,
      { hint: 'Copy or download the file again.' },
    );
  }
  if (header.dataBytes > maxDataBytes) {
    throw new DataError(
      `${path} is too large: ${claimInWords(header)}, expected at most ${grouped(maxDataBytes)} bytes.`,
      {
        hint: 'Split the set into smaller files.',
      },
    );
  }
}

function tooShort(bytes: number, path: string): DataError {
  const message =
    bytes === 0 ? `${path} is empty.` : `${path} is cut short: ${bytes} bytes are no whole IDX header.`;
  return new DataError(message, { hint: 'Copy or download the file again.' });
}

function notIdx(head: Buffer, { path, gzipped }: Origin): DataError {
  const start = [...head.subarray(0, 4)].map(hex).join(' ');
  const page = /^\s*</.test(head.toString('latin1', 0, 16));
  const unzipped =
    !gzipped && /\.gz$/i.test(path) ? 'it is not gzipped, although its name ends in .gz, and ' : '';
  return new DataError(
    `${path} is not an IDX file: ${unzipped}it starts with ${start}, expected 00 00 08 03 (images) or 00 00 08 01 (labels).`,
    {
      hint: page
        ? 'It is a web page, from a failed download: get it again.'
        : 'Use a file in the format of MNIST.',
    },
  );
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');
