// Reads BMP files: 1, 4, 8, 16, 24 and 32 bits a pixel, not compressed, which is what programs write.
// learn.microsoft.com/windows/win32/gdi/bitmap-storage
import { PictureError } from './picture-error';
import { checkSize, tooEmpty } from './picture-limits';

/** What the head says: where pixels are, and what they mean. */
interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** The first row in the file is the lowest, as a rule. */
  readonly bottomUp: boolean;
  readonly depth: number;
  /** Of 16 and 32 bits: red, green, blue, alpha. */
  readonly masks: readonly number[];
  readonly palette: Buffer;
  /** Bytes of a colour of the palette: blue, green, red, and perhaps nothing. */
  readonly paletteStride: number;
  readonly start: number;
  readonly rowBytes: number;
}

export interface Rgba {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly pixels: Uint8Array;
}

const wholeHead = 14;
/** OS/2's head has 16-bit sizes and colours of three bytes. */
const oldHead = 12;

/** @throws PictureError for what is damaged, compressed, or too large */
export function decodeBmp(bytes: Buffer): Rgba {
  const bitmap = readHead(bytes);
  const { width, height, bottomUp, start, rowBytes } = bitmap;
  const pixels = new Uint8Array(4 * width * height);
  const put = painter(bitmap);
  for (let y = 0; y < height; y++) {
    const at = start + (bottomUp ? height - 1 - y : y) * rowBytes;
    put(bytes.subarray(at, at + rowBytes), pixels.subarray(4 * y * width, 4 * (y + 1) * width));
  }
  // 32 bits whose fourth byte is never used are not transparent.
  if (!pixels.some((value, i) => i % 4 === 3 && value > 0))
    for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  return { width, height, pixels };
}

function readHead(bytes: Buffer): Bitmap {
  const head = bytes.length >= 26 ? bytes.readUInt32LE(14) : 0;
  if ((head !== oldHead && head < 40) || bytes.length < wholeHead + head)
    throw new PictureError('its head is damaged');
  const old = head === oldHead;
  const width = old ? bytes.readUInt16LE(18) : bytes.readInt32LE(18);
  const tall = old ? bytes.readInt16LE(20) : bytes.readInt32LE(22);
  const depth = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? 0 : bytes.readUInt32LE(30);
  if (![1, 4, 8, 16, 24, 32].includes(depth) || width < 0) throw new PictureError('its head is damaged');
  if (![0, 3, 6].includes(compression)) throw new PictureError('it is a compressed BMP, which is not read');
  const height = Math.abs(tall);
  checkSize(width, height);
  const rowBytes = 4 * Math.ceil((width * depth) / 32);
  const start = bytes.readUInt32LE(10);
  if (start + rowBytes * height > bytes.length) throw tooEmpty(width, height, bytes);
  const masked = compression !== 0 && head === 40 ? 4 * (compression === 6 ? 4 : 3) : 0;
  const paletteStride = old ? 3 : 4;
  const palette = bytes.subarray(wholeHead + head + masked, start);
  return {
    width,
    height,
    bottomUp: tall > 0,
    depth,
    masks: masksOf(bytes, head, depth, compression),
    palette,
    paletteStride,
    start,
    rowBytes,
  };
}

function masksOf(bytes: Buffer, head: number, depth: number, compression: number): readonly number[] {
  if (compression === 0)
    return depth === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0xff000000];
  const at = wholeHead + 40;
  if (bytes.length < at + 16) throw new PictureError('its head is damaged');
  const hasAlpha = head >= 56 || compression === 6;
  return [0, 4, 8, 12].map((offset) => (offset === 12 && !hasAlpha ? 0 : bytes.readUInt32LE(at + offset)));
}

type Paint = (row: Buffer, into: Uint8Array) => void;

function painter({ depth, masks, palette, paletteStride, width }: Bitmap): Paint {
  if (depth === 24)
    return (row, into) => {
      for (let x = 0; x < width; x++)
        into.set([row[3 * x + 2] as number, row[3 * x + 1] as number, row[3 * x] as number, 255], 4 * x);
    };
  if (depth <= 8)
    return (row, into) => {
      for (let x = 0; x < width; x++) {
        const bit = x * depth;
        const value = ((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
        const at = value * paletteStride;
        into.set([palette[at + 2] ?? 0, palette[at + 1] ?? 0, palette[at] ?? 0, 255], 4 * x);
      }
    };
  const channels = masks.map(channelOf);
  return (row, into) => {
    for (let x = 0; x < width; x++) {
      const value = depth === 16 ? row.readUInt16LE(2 * x) : row.readUInt32LE(4 * x);
      for (const [i, channel] of channels.entries())
        into[4 * x + i] = channel ? channel(value) : i === 3 ? 255 : 0;
    }
  };
}

/** The bits of a mask as 0 to 255; undefined when it has none. */
function channelOf(mask: number): ((value: number) => number) | undefined {
  if (mask === 0) return undefined;
  const low = mask & -mask;
  const most = (mask >>> 0) / (low >>> 0);
  return (value) => Math.round((((value & mask) >>> 0) / (low >>> 0) / most) * 255);
}
