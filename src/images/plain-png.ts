// A quick reader of plain PNGs, as data sets hold them by the ten thousand: 8 bits, grey or RGB, nothing transparent,
// not interlaced. It takes a tenth of the time that the general decoder needs to begin with a picture.
import { inflateSync } from 'node:zlib';
import type { Raster } from './grid';

const signature = '89504e470d0a1a0a';
/** Chunks that change no pixel. */
const harmless = new Set(['IHDR', 'IDAT', 'IEND', 'pHYs', 'tEXt', 'zTXt', 'iTXt', 'tIME', 'eXIf']);
const maxPixels = 2 ** 22;

/** @returns undefined when it is no such picture, or is damaged: the general decoder says what is wrong with it */
export function decodePlainPng(bytes: Buffer): Raster | undefined {
  if (bytes.length < 57 || bytes.toString('hex', 0, 8) !== signature) return undefined;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const channels = bytes[25] === 0 ? 1 : 3;
  const isPlain = bytes[24] === 8 && (bytes[25] === 0 || bytes[25] === 2) && bytes[28] === 0;
  if (!isPlain || width === 0 || height === 0 || width * height > maxPixels) return undefined;
  const data = pixelData(bytes);
  if (data === undefined) return undefined;
  const stride = width * channels;
  const rows = inflated(data, height * (stride + 1));
  const pixels = rows && unfiltered(rows, height, stride, channels);
  return pixels && { width, height, channels, pixels };
}

/** The joined IDAT chunks; undefined when another chunk could change what is seen. */
function pixelData(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    if (!harmless.has(kind) || (kind === 'eXIf' && length > 0)) return undefined;
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    if (kind === 'IEND') return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    at += 12 + length;
  }
  return undefined;
}

function inflated(data: Buffer, expected: number): Buffer | undefined {
  try {
    const rows = inflateSync(data, { maxOutputLength: expected + 1 });
    return rows.length === expected ? rows : undefined;
  } catch {
    return undefined;
  }
}

/** www.w3.org/TR/png-3, section 9. */
function unfiltered(
  rows: Buffer,
  height: number,
  stride: number,
  channels: number,
): Uint8Array<ArrayBuffer> | undefined {
  const pixels = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)] as number;
    if (filter > 4) return undefined;
    const [from, to] = [y * (stride + 1) + 1, y * stride];
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : (pixels[to + x - channels] as number);
      const up = y === 0 ? 0 : (pixels[to + x - stride] as number);
      const corner = x < channels || y === 0 ? 0 : (pixels[to + x - stride - channels] as number);
      pixels[to + x] = (rows[from + x] as number) + predicted(filter, left, up, corner);
    }
  }
  return pixels;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
