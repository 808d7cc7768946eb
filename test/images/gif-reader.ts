// Reads the GIF files that we write, as the format's specification says: www.w3.org/Graphics/GIF/spec-gif89a.txt

export interface GifFrame {
  readonly delayMs: number;
  /** [height · width, 3] */
  readonly rgb: readonly number[];
}

export function readGif(bytes: Uint8Array) {
  const file = Buffer.from(bytes);
  const flags = file[10] as number;
  const paletteSize = flags & 0x80 ? 2 ** ((flags & 7) + 1) : 0;
  const palette = file.subarray(13, 13 + 3 * paletteSize);
  const frames: GifFrame[] = [];
  let repeats: number | undefined;
  let delayMs = 0;
  let at = 13 + 3 * paletteSize;
  for (; file[at] !== 0x3b; ) {
    const isExtension = file[at] === 0x21;
    if (isExtension && file[at + 1] === 0xf9) delayMs = file.readUInt16LE(at + 4) * 10;
    const isNetscape = file.toString('latin1', at + 3, at + 14) === 'NETSCAPE2.0';
    if (isExtension && isNetscape) repeats = file.readUInt16LE(at + 16);
    if (!isExtension && file[at] !== 0x2c) throw new Error(`no block at ${at}`);
    const codeSize = file[at + 10] as number;
    const { data, end } = subBlocks(file, isExtension ? at + 2 : at + 11);
    if (!isExtension) {
      const indices = unpack(data, codeSize);
      frames.push({
        delayMs,
        rgb: indices.flatMap((index) => [...palette.subarray(3 * index, 3 * index + 3)]),
      });
    }
    at = end;
  }
  const [width, height] = [file.readUInt16LE(6), file.readUInt16LE(8)];
  return {
    signature: file.toString('latin1', 0, 6),
    width,
    height,
    repeats,
    frames,
    trailing: file.length - at - 1,
  };
}

function subBlocks(file: Buffer, start: number) {
  const parts: Buffer[] = [];
  let at = start;
  for (let length = file[at] as number; length > 0; length = file[at] as number) {
    parts.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { data: Buffer.concat(parts), end: at + 1 };
}

/** Variable-length LZW, appendix F. */
function unpack(data: Buffer, minimumSize: number): number[] {
  const [clear, stop] = [2 ** minimumSize, 2 ** minimumSize + 1];
  const output: number[] = [];
  let table: number[][] = [];
  let previous: number[] | undefined;
  let size = minimumSize + 1;
  for (let bit = 0; ; ) {
    let code = 0;
    for (let i = 0; i < size; i++, bit++) code |= (((data[bit >> 3] as number) >> (bit & 7)) & 1) << i;
    if (code === stop) return output;
    if (code === clear) {
      table = Array.from({ length: stop + 1 }, (_, value) => [value]);
      previous = undefined;
      size = minimumSize + 1;
      continue;
    }
    const entry = table[code] ?? [...(previous as number[]), (previous as number[])[0] as number];
    output.push(...entry);
    if (previous && table.length < 4096) table.push([...previous, entry[0] as number]);
    if (table.length === 2 ** size && size < 12) size++;
    previous = entry;
  }
}
