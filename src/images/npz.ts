// NumPy's archives, written: a zip with an array in each member. pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import { encodeNpy } from './npy';

const compress = promisify(deflateRaw) as (bytes: Uint8Array) => Promise<Buffer>;
/** Version 2.0 of the format, deflate, 1 January 1980: the same arrays give the same bytes. */
const fields = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0]);

export interface NamedArray {
  readonly name: string;
  readonly values: Uint8Array;
  /** Its product is the array's length. */
  readonly shape: readonly number[];
}

/** What a file that numpy.load reads is made of, in order; each array below 4 GiB, and all of them. */
export async function encodeNpz(arrays: readonly NamedArray[]): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, values, shape } of arrays) {
    const content = encodeNpy(values, shape);
    const packed = await compress(content);
    const file = Buffer.from(`${name}.npy`);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(crc32(content), 0);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(content.length, 8);
    sizes.writeUInt16LE(file.length, 12);
    parts.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, sizes, file]), packed);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, sizes, place, file]));
    offset += 30 + file.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(arrays.length, 8);
  end.writeUInt16LE(arrays.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return [...parts, ...directory, end];
}
