// What the head of a PNG or JPEG file asks for, and whether that is more than the file can hold or we can bear: known
// before a decoder takes memory for it.

/** One picture that cannot be read; the message says why, without the path. */
export class PictureError extends Error {}

export interface PictureHeader {
  readonly kind: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
  /** Bits a channel. */
  readonly depth: number;
}

/** Of a picture that is decoded row by row. */
const maxPixels = 2 ** 27;
/** Of one that the decoder must hold whole: interlaced, progressive, or of 16 bits a channel. */
const maxHeldBytes = 2 ** 28;
/** Deflate cannot shrink better than 1032 to 1 (zlib.net/zlib_tech.html). */
const bestDeflateRatio = 1032;
/** A block of 8×8 pixels takes at least a bit of a JPEG file. */
const bestJpegPixels = 8 * 64;

/** @throws PictureError when the bytes are of neither kind, or their head asks for too much */
export function readPictureHeader(bytes: Buffer): PictureHeader {
  if (bytes.length >= 33 && bytes.subarray(0, 8).equals(pngSignature)) return checkedPng(bytes);
  if (bytes.length >= 4 && bytes[0] === 0xff && bytes[1] === 0xd8) return checkedJpeg(bytes);
  throw new PictureError('neither PNG nor JPEG inside');
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
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
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
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

function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new PictureError(`it is ${width}×${height} pixels`);
  if (width * height > maxPixels)
    throw new PictureError(`it is ${width}×${height} pixels, expected at most ${maxPixels} in all`);
}

function checkHeld(bytes: number): void {
  if (bytes <= maxHeldBytes) return;
  throw new PictureError(
    `its ${bytes} bytes must be held all at once, expected at most ${maxHeldBytes}; save it anew, not interlaced, of 8 bits a channel`,
  );
}

function tooEmpty(width: number, height: number, bytes: Buffer): PictureError {
  return new PictureError(
    `it claims to be ${width}×${height} pixels, more than its ${bytes.length} bytes can hold`,
  );
}
