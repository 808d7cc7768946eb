// How large a picture may be: known from its head, before a decoder takes memory for it.
import { PictureError } from './picture-error';

/** Of a picture that is decoded row by row. */
const maxPixels = 2 ** 27;
/** Of one that is held whole: interlaced, progressive, of 16 bits a channel, or of a kind that is decoded at once. */
const maxHeldBytes = 2 ** 28;

export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new PictureError(`it is ${width}×${height} pixels`);
  if (width * height > maxPixels)
    throw new PictureError(`it is ${width}×${height} pixels, expected at most ${maxPixels} in all`);
}

export function checkHeld(bytes: number): void {
  if (bytes <= maxHeldBytes) return;
  throw new PictureError(
    `its ${bytes} bytes must be held all at once, expected at most ${maxHeldBytes}; save it anew as PNG, not interlaced, of 8 bits a channel`,
  );
}

export function tooEmpty(width: number, height: number, bytes: Buffer): PictureError {
  return new PictureError(
    `it claims to be ${width}×${height} pixels, more than its ${bytes.length} bytes can hold`,
  );
}
