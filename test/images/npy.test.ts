import { encodeNpy } from '../../src/images/npy';

/** What the bytes say, read as the format's own page says. */
function parse(bytes: Buffer) {
  const headerLength = bytes.readUInt16LE(8);
  return {
    magic: bytes.subarray(0, 6),
    version: [bytes[6], bytes[7]],
    header: bytes.toString('latin1', 10, 10 + headerLength),
    start: 10 + headerLength,
    data: bytes.subarray(10 + headerLength),
  };
}

it('writes bytes as NumPy does', () => {
  const { magic, version, header, start, data } = parse(encodeNpy(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]));
  expect([...magic]).toEqual([0x93, ...Buffer.from('NUMPY')]);
  expect(version).toEqual([1, 0]);
  expect(header.trimEnd()).toBe("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }");
  expect(header.at(-1)).toBe('\n');
  expect(start % 64).toBe(0);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
});

it('writes float32 little-endian', () => {
  const { header, data } = parse(encodeNpy(Float32Array.of(1.5, -2), [2, 1]));
  expect(header).toContain("'descr': '<f4'");
  expect([data.readFloatLE(0), data.readFloatLE(4), data.length]).toEqual([1.5, -2, 8]);
});

it('writes whole numbers as int32 little-endian', () => {
  const { header, data } = parse(encodeNpy(Int32Array.of(7, -2), [2]));
  expect(header).toContain("'descr': '<i4', 'fortran_order': False, 'shape': (2,), ");
  expect([data.readInt32LE(0), data.readInt32LE(4), data.length]).toEqual([7, -2, 8]);
});

it('gives a vector its comma: (3,) is a shape, (3) a number', () => {
  expect(parse(encodeNpy(new Uint8Array(3), [3])).header).toContain("'shape': (3,), ");
});

it('starts the data at a multiple of 64, after a line break, whatever the shape', () => {
  // Each extent makes the header three letters longer: all 64 remainders are met.
  for (let rank = 2; rank < 70; rank++) {
    const { start, header } = parse(encodeNpy(Uint8Array.of(7), Array<number>(rank).fill(1)));
    expect(start % 64).toBe(0);
    expect(header).toMatch(/^\{.*\(1(, 1)+\), \} *\n$/);
  }
});

it('writes a view as what it views', () => {
  const values = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  expect([...parse(encodeNpy(values, [2])).data]).toEqual([2, 3]);
});
