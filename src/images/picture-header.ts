// What the head of a PNG or JPEG file asks for, and whether that is more than the file can hold or we can bear: known
// before a decoder takes memory for it.
import { PictureError } from './picture-error';
import { tellKind, unlikePicture } from './picture-kind';
import { checkHeld, checkSize, tooEmpty } from './picture-limits';

export interface PictureHeader {
  readonly kind: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
  /** Bits a channel. */
  readonly depth: number;
}

/** Deflate cannot shrink better than 1032 to 1 (zlib.net/zlib_tech.html). */
const bestDeflateRatio = 1032;
/** A block of 8×8 pixels takes at least a bit of a JPEG file. */
const bestJpegPixels = 8 * 64;

/** @throws PictureError when the bytes are of neither kind, or their head asks for too much */
export function readPictureHeader(bytes: Buffer): PictureHeader {
  const kind = tellKind(bytes);
  if (kind === 'png' && bytes.length >= 33) return checkedPng(bytes);
  if (kind === 'jpeg' && bytes.length >= 4) return checkedJpeg(bytes);
  throw kind ? new PictureError('its head is damaged') : unlikePicture(bytes);
}

/** Channels by PNG's colour type: grey, RGB, palette, grey and alpha, RGBA. */
const pngChannels = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

/** www.w3.org/TR/png-3, section 11.2.1. */
function checkedPng(bytes: Buffer): PictureHeader {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth, colour, interlace] = [bytes[24] as number, bytes[25] as number, bytes[28] as number];
  const channels = pngChannels.get(colour);
  if (bytes.toString('latin1', 12, 16) !== 'IHDR' || !channels || ![1, 2, 4, 8, 16].includes(depth))
    throw new PictureError('its head is damaged');
  checkSize(width, height);
  const content = height * (1 + Math.ceil((width * channels * depth) / 8));
  if (content > bestDeflateRatio * bytes.length) throw tooEmpty(width, height, bytes);
  if (interlace !== 0 || depth === 16) checkHeld(content);
  return { kind: 'png', width, height, depth };
}

/** www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B. */
function checkedJpeg(bytes: Buffer): PictureHeader {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) {
      at += 1; // A stray byte, which all decoders pass over.
      continue;
    }
    const marker = bytes[at + 1] as number;
    if (marker === 0xff || marker === 0) {
      at += 1;
      continue;
    }
    if (isFrame(marker)) return checkedFrame(bytes, at);
    if (marker === 0xda || marker === 0xd9) break; // The scan, or the end, before any frame.
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  throw new PictureError('its head is damaged');
}

/** SOF0 to SOF15, but for the tables and extensions among them. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isProgressive = (marker: number) => [0xc2, 0xc6, 0xca, 0xce].includes(marker);

function checkedFrame(bytes: Buffer, at: number): PictureHeader {
  const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
  const [depth, channels] = [bytes[at + 4] as number, bytes[at + 9] as number];
  checkSize(width, height);
  if (width * height > bestJpegPixels * bytes.length) throw tooEmpty(width, height, bytes);
  if (isProgressive(bytes[at + 1] as number)) checkHeld(2 * width * height * channels);
  return { kind: 'jpeg', width, height, depth };
}
