// The safetensors file format: named arrays that Python reads too. github.com/huggingface/safetensors
import { z } from 'zod';
import { DataError } from '../errors';
import { parseJson, repeatsNames } from '../json';

/** A float32 array and its shape, off any backend. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const headerEntry = z.object({
  dtype: z.literal('F32'),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});

/** What the format has of metadata is text by name. Nothing is read from it: a checkpoint's manifest says the same under a seal. */
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(headerEntry);

const lengthBytes = 8;
/** What aigc writes has 150 bytes an array. */
const maxHeaderBytes = 2 ** 24;

/** The file's bytes: the header's length, the header (JSON, padded to eight bytes), the arrays in order.
 *  @param metadata what is said of them all, in the header's `__metadata__` */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  return Buffer.concat(safetensorsParts(tensors, metadata));
}

/** The same in parts, the arrays where they lie. */
export function safetensorsParts(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array[] {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(lengthBytes);
  length.writeBigUInt64LE(BigInt(padded.length));
  const arrays = [...tensors.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return [length, padded, ...arrays];
}

/**
 * Reads such a file's bytes back. Every array is a copy of its own.
 * @param path for the error message
 * @throws DataError when the bytes are no safetensors file of float32 arrays
 */
export function decodeSafetensors(bytes: Buffer, path: string): Map<string, StoredTensor> {
  const { header, start } = readHeader(bytes, path);
  const tensors = new Map<string, StoredTensor>();
  let total = 0;
  for (const [
    name,
    {
      shape,
      data_offsets: [from, to],
    },
  ] of Object.entries(header)) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    total += size * 4;
    // Arrays that lie over each other could ask for the file many times.
    if (to - from !== size * 4 || start + to > bytes.length || total > bytes.length) {
      throw malformed(path, `the array ${name} lies outside the file`);
    }
    const values = new Float32Array(size);
    Buffer.from(values.buffer).set(bytes.subarray(start + from, start + to));
    tensors.set(name, { shape, values });
  }
  return tensors;
}

function readHeader(bytes: Buffer, path: string) {
  if (bytes.length < lengthBytes) throw malformed(path, `it has ${bytes.length} bytes`);
  const length = Number(bytes.readBigUInt64LE());
  const start = lengthBytes + length;
  if (start > bytes.length) throw malformed(path, 'its header is longer than the file');
  if (length > maxHeaderBytes)
    throw malformed(path, `its header has ${length} bytes, more than ${maxHeaderBytes}`);
  try {
    const text = bytes.toString('utf8', lengthBytes, start);
    const value = parseJson(text);
    const { __metadata__: _, ...arrays } = headerSchema.parse(value);
    if (repeatsNames(text, value)) throw new SyntaxError('it names something twice');
    return { header: arrays, start };
  } catch (cause) {
    throw malformed(path, 'its header does not parse', cause);
  }
}

function malformed(path: string, detail: string, cause?: unknown): DataError {
  return new DataError(`${path}: expected a safetensors file of float32 arrays, but ${detail}.`, {
    hint: 'The file is damaged or of another kind; use another checkpoint.',
    cause,
  });
}
