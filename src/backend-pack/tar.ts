// Entries of a tar archive: POSIX's ustar, and for names of over 100 bytes GNU's longer ones, which every tar reads.

const block = 512;

/** The end of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

/** A regular file as an archive holds it. */
export function tarEntry(path: string, mode: number, content: Buffer): Buffer {
  const name = Buffer.from(path);
  const longer =
    name.length > 100 ? [header(Buffer.from('././@LongLink'), 0, name.length + 1, 'L'), padded(name, 1)] : [];
  return Buffer.concat([
    ...longer,
    header(name.subarray(0, 100), mode, content.length, '0'),
    padded(content, 0),
  ]);
}

function padded(content: Buffer, zeros: number): Buffer {
  const length = content.length + zeros;
  return Buffer.concat([content, Buffer.alloc(zeros + ((block - (length % block)) % block))]);
}

/** The fields of POSIX 1003.1's ustar. All files are root's, of no time: the same files give the same bytes. */
function header(name: Buffer, mode: number, size: number, type: string): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  bytes.set(name, 0);
  bytes.write(octal(mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(0, 11), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156);
  bytes.write('ustar\x0000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}
