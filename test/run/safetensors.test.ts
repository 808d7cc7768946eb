import { DataError } from '../../src/errors';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/run/safetensors';

const tensors = new Map<string, StoredTensor>([
  ['generator.dense1.kernel', { shape: [2, 3], values: Float32Array.of(1, -2, 3.5, 0, 1e-30, -1e30) }],
  ['scalar', { shape: [], values: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], values: new Float32Array(0) }],
  ['ünïcode/名', { shape: [2], values: Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY) }],
]);

/** A file with this header, whatever it says, over so many bytes of zeros. */
function fileOf(header: unknown, dataBytes = 0): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

const entry = (shape: number[], from: number, to: number, dtype = 'F32') => ({
  a: { dtype, shape, data_offsets: [from, to] },
});

it('gives back what it was given, bit for bit', () => {
  const back = decodeSafetensors(encodeSafetensors(tensors), 'w');
  expect([...back.keys()]).toEqual([...tensors.keys()]);
  for (const [name, { shape, values }] of tensors) {
    expect(back.get(name)?.shape).toEqual(shape);
    expect(Buffer.from(back.get(name)?.values.buffer as ArrayBuffer)).toEqual(Buffer.from(values.buffer));
  }
});

it('writes the same bytes for the same arrays', () => {
  expect(encodeSafetensors(tensors)).toEqual(encodeSafetensors(new Map(tensors)));
});

it('lays the file out as the format says, for other readers', () => {
  const bytes = encodeSafetensors(tensors);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  expect(headerLength % 8).toBe(0);
  const text = bytes.toString('utf8', 8, 8 + headerLength);
  expect(text[0]).toBe('{');
  expect(text).toMatch(/\} *$/); // padded with spaces, nothing else
  let end = 0;
  for (const [name, value] of Object.entries(JSON.parse(text)) as [string, Record<string, unknown>][]) {
    const { shape, values } = tensors.get(name) as StoredTensor;
    // Offsets count from the header's end, without holes: readers refuse anything else.
    expect(value).toEqual({ dtype: 'F32', shape, data_offsets: [end, end + 4 * values.length] });
    values.forEach((number, i) => {
      expect(bytes.readFloatLE(8 + headerLength + end + 4 * i)).toBe(number);
    });
    end += 4 * values.length;
  }
  expect(bytes.length).toBe(8 + headerLength + end);
});

it('encodes a view into a larger buffer as what it views', () => {
  const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const back = decodeSafetensors(encodeSafetensors(new Map([['a', { shape: [2], values }]])), 'w');
  expect([...(back.get('a')?.values ?? [])]).toEqual([2, 3]);
});

it('reads what Python writes: metadata, and arrays in any order', () => {
  const b = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  const file = fileOf({ __metadata__: { format: 'pt' }, ...entry([1], 4, 8), b }, 8);
  file.writeFloatLE(5, file.length - 8);
  file.writeFloatLE(6, file.length - 4);
  const back = decodeSafetensors(file, 'w');
  expect(Object.fromEntries([...back].map(([name, { values }]) => [name, values[0]]))).toEqual({
    a: 6,
    b: 5,
  });
});

const metadata = { family: 'vae', options: '{"a": ["b:c"]}', 'ünïcode"': 'e\\"\n' };

it('writes what is said of the arrays where readers look for it', () => {
  const bytes = encodeSafetensors(tensors, metadata);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE())));
  expect(header.__metadata__).toEqual(metadata);
  expect(decodeSafetensors(bytes, 'w')).toEqual(decodeSafetensors(encodeSafetensors(tensors), 'w'));
});

const a = '"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}';
const whole = encodeSafetensors(tensors);
const huge = Buffer.from(whole);
huge.writeBigUInt64LE(2n ** 63n);

it.each<[string, Buffer, string]>([
  ['an empty file', Buffer.alloc(0), '0 bytes'],
  ['a file cut in its first number', whole.subarray(0, 7), '7 bytes'],
  ['a file cut in its header', whole.subarray(0, 40), 'header is longer than the file'],
  ['a file cut in its arrays', whole.subarray(0, -1), 'lies outside the file'],
  ['a header of 2^63 bytes', huge, 'header is longer than the file'],
  ['a header that is not JSON', fileOf('{"a": '), 'header does not parse'],
  ['a header that is not an object', fileOf('null'), 'header does not parse'],
  ['an array of another type', fileOf(entry([1], 0, 2, 'F16'), 2), 'header does not parse'],
  ['metadata that is no object', fileOf({ __metadata__: 'vae', ...entry([1], 0, 4) }, 4), 'does not parse'],
  [
    'metadata that is not text',
    fileOf({ __metadata__: { step: 3 }, ...entry([1], 0, 4) }, 4),
    'does not parse',
  ],
  [
    'metadata in metadata',
    fileOf({ __metadata__: { a: { b: 'c' } }, ...entry([1], 0, 4) }, 4),
    'does not parse',
  ],
  ['an array that is there twice', fileOf(`{${a}, ${a}}`, 4), 'does not parse'],
  [
    'metadata that is there twice',
    fileOf(`{"__metadata__": {}, ${a}, "__metadata__": {}}`, 4),
    'does not parse',
  ],
  [
    'a key of metadata twice',
    fileOf(`{"__metadata__": {"k": "1", "\\u006b": "2"}, ${a}}`, 4),
    'does not parse',
  ],
  ['metadata of 17 MB', fileOf({ __metadata__: { a: 'b'.repeat(17e6) } }), 'header has 17000025 bytes'],
  ['a negative offset', fileOf(entry([1], -4, 0), 4), 'header does not parse'],
  ['a negative extent', fileOf(entry([-1], 0, 4), 4), 'header does not parse'],
  ['offsets beyond the end', fileOf(entry([2], 0, 8), 4), 'array a lies outside the file'],
  ['offsets that disagree with the shape', fileOf(entry([2], 0, 4), 4), 'array a lies outside the file'],
  ['offsets in reverse', fileOf(entry([1], 4, 0), 4), 'array a lies outside the file'],
  ['a shape of 2^60', fileOf(entry([2 ** 30, 2 ** 30], 0, 4), 4), 'array a lies outside the file'],
])('refuses %s', (_, bytes, detail) => {
  const decode = () => decodeSafetensors(bytes, 'run/weights.safetensors');
  expect(decode).toThrow(DataError);
  expect(decode).toThrow(detail);
  expect(decode).toThrow('run/weights.safetensors');
});
