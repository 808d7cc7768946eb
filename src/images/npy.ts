// NumPy's .npy format, version 1.0. numpy.org/doc/stable/reference/generated/numpy.lib.format.html

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
