// Reads IDX files, the format of MNIST: a magic number, the sizes of the axes (big-endian), then the bytes.
import { DataError } from '../../errors';
import { grouped } from '../../words';
import { type ByteSource, maxDataBytes, openSource, readSource } from '../byte-source';
import type { ImageShape } from '../image-set';

/** Sizes of the axes and the bytes, last axis fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export interface IdxImages extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
}

interface Header {
  readonly shape: readonly number[];
  readonly headerBytes: number;
  /** The product of the axes: what should follow the header. */
  readonly dataBytes: number;
}

const unsignedByte = 0x08;
const otherTypes: Readonly<Record<number, string>> = {
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/**
 * Reads an IDX file of unsigned bytes, gzipped or not. Memory grows with the bytes that arrive, not with the header.
 * @throws DataError for anything else than a whole, exact IDX file
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const source = await openSource(path);
  let head = Buffer.alloc(0);
  let header: Header | undefined;
  let data = new Uint8Array(0);
  let filled = 0;
  for await (const piece of readSource(source)) {
    let chunk = piece;
    if (header === undefined) {
      head = Buffer.concat([head, piece]);
      header = parseHeader(head, source);
      if (header === undefined) continue;
      checkClaim(header, source);
      chunk = head.subarray(header.headerBytes);
    }
    if (filled + chunk.length > header.dataBytes) throw trailing(header, path);
    data = withRoom(data, filled, filled + chunk.length, header.dataBytes);
    data.set(chunk, filled);
    filled += chunk.length;
  }
  if (header === undefined) throw tooShort(head.length, path);
  if (filled < header.dataBytes) throw truncated(header, filled, path);
  return { shape: header.shape, data };
}

/** Reads images: [count, height, width] or [count, height, width, channels], grey or RGB. @throws DataError */
export async function readIdxImages(path: string): Promise<IdxImages> {
  const { shape, data } = await readIdx(path);
  return asImages({ shape, data }, path);
}

/** Reads labels: [count]. @throws DataError */
export async function readIdxLabels(path: string): Promise<Uint8Array> {
  const { shape, data } = await readIdx(path);
  if (shape.length === 1) return data;
  throw new DataError(`${path} holds an array of ${shape.length} axes, expected labels (one axis).`, {
    hint: 'This looks like images: are the two files swapped?',
  });
}

/** The images in an IDX array that was read from `path`. @throws DataError when it holds none */
export function asImages({ shape, data }: IdxArray, path: string): IdxImages {
  if (shape.length !== 3 && shape.length !== 4) {
    const hint =
      shape.length === 1 ? 'This looks like labels: are the two files swapped?' : 'Reshape the array.';
    throw new DataError(
      `${path} holds an array of ${shape.length} ax${shape.length === 1 ? 'is' : 'es'}, expected images ([count, height, width] or [count, height, width, channels]).`,
      { hint },
    );
  }
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (count === 0 || height === 0 || width === 0) {
    throw new DataError(`${path} holds no images: its shape is ${shape.join('×')}.`, {
      hint: 'Use another file.',
    });
  }
  if (channels !== 1 && channels !== 3) {
    throw new DataError(`${path} has images of ${channels} channels, expected 1 (grey) or 3 (RGB).`, {
      hint: 'The axes of colour images are [count, height, width, channels].',
    });
  }
  return { count, height, width, channels, pixels: data };
}

/** The header that belongs to a shape. */
export function idxHeader(shape: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE((unsignedByte << 8) | shape.length, 0);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return header;
}

/** Undefined while too few bytes are there. */
function parseHeader(head: Buffer, source: ByteSource): Header | undefined {
  const { path } = source;
  if (head.length < 4) return undefined;
  const type = head[2] as number;
  const axes = head[3] as number;
  if (head[0] !== 0 || head[1] !== 0) throw notIdx(head, source);
  if (type !== unsignedByte) {
    const other = otherTypes[type];
    if (other === undefined) throw notIdx(head, source);
    throw new DataError(`${path} holds ${other} (type ${hex(type)}), expected unsigned bytes (type 08).`, {
      hint: 'Save the pixels as bytes from 0 to 255.',
    });
  }
  if (axes !== 1 && axes !== 3 && axes !== 4) {
    throw new DataError(`${path} holds an array of ${axes} axes, expected 1 (labels), 3 or 4 (images).`, {
      hint: 'Reshape the array.',
    });
  }
  const headerBytes = 4 + 4 * axes;
  if (head.length < headerBytes) return undefined;
  const shape = Array.from({ length: axes }, (_, axis) => head.readUInt32BE(4 + 4 * axis));
  return { shape, headerBytes, dataBytes: shape.reduce((product, size) => product * size, 1) };
}

/** Refuses a header that claims more than the file can hold, before memory is taken for it. */
function checkClaim(header: Header, source: ByteSource): void {
  const { path, gzipped, size, limit } = source;
  const whole = header.headerBytes + header.dataBytes;
  if (!gzipped && whole < size) throw trailing(header, path);
  if (!gzipped && whole > size) throw truncated(header, size - header.headerBytes, path);
  if (whole > limit) {
    throw new DataError(
      `${path} is cut short or damaged: its header claims ${claim(header)}, more than ${grouped(size)} gzipped bytes can unfold to.`,
      { hint: 'Copy or download the file again.' },
    );
  }
  if (header.dataBytes > maxDataBytes) {
    throw new DataError(
      `${path} is too large: ${claim(header)}, expected at most ${grouped(maxDataBytes)} bytes.`,
      {
        hint: 'Split the set into smaller files.',
      },
    );
  }
}

/** Doubles the buffer when it is full, up to what the header says. */
function withRoom(
  data: Uint8Array<ArrayBuffer>,
  filled: number,
  needed: number,
  dataBytes: number,
): Uint8Array<ArrayBuffer> {
  if (needed <= data.length) return data;
  const larger = new Uint8Array(Math.min(dataBytes, Math.max(needed, 2 * data.length, 1 << 20)));
  larger.set(data.subarray(0, filled));
  return larger;
}

function tooShort(bytes: number, path: string): DataError {
  const message =
    bytes === 0 ? `${path} is empty.` : `${path} is cut short: ${bytes} bytes are no whole IDX header.`;
  return new DataError(message, { hint: 'Copy or download the file again.' });
}

function truncated(header: Header, got: number, path: string): DataError {
  return new DataError(
    `${path} is cut short: its header claims ${claim(header)}, but ${grouped(got)} bytes follow it.`,
    { hint: 'Copy or download the file again.' },
  );
}

function trailing(header: Header, path: string): DataError {
  return new DataError(`${path} is too long: its header claims ${claim(header)}, but more bytes follow it.`, {
    hint: 'The header or the file is damaged: copy or download it again.',
  });
}

function notIdx(head: Buffer, { path, gzipped }: ByteSource): DataError {
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

function claim(header: Header): string {
  return `${header.shape.join('×')} (${grouped(header.dataBytes)} bytes)`;
}

const hex = (byte: number) => byte.toString(16).padStart(2, '0');
