// How a picture of another shape is brought into the frame of a set's images.
import { type Box, type Rgb, resample } from './resample';

export const fits = ['cover', 'contain', 'stretch'] as const;

export interface Frame {
  readonly height: number;
  readonly width: number;
  /** cover: fills the frame and cuts what is over; contain: all of the picture, with bars; stretch: its shape is lost. */
  readonly fit: (typeof fits)[number];
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The part of a picture that is seen, as Pillow's ImageOps.fit has it: cut by as much at both ends. */
function seenBox(picture: Size, { height, width, fit }: Frame): Box {
  if (fit !== 'cover') return { top: 0, left: 0, ...picture };
  const ratio = Math.min(picture.height / height, picture.width / width);
  const seen = { height: height * ratio, width: width * ratio };
  return { top: (picture.height - seen.height) / 2, left: (picture.width - seen.width) / 2, ...seen };
}

/** The part of the frame that the picture fills. */
function filledSize(picture: Size, { height, width, fit }: Frame): Size {
  if (fit !== 'contain') return { height, width };
  const ratio = Math.max(picture.height / height, picture.width / width);
  const side = (length: number, most: number) => Math.min(most, Math.max(1, Math.round(length / ratio)));
  return { height: side(picture.height, height), width: side(picture.width, width) };
}

/** A picture that is so much larger than what becomes of it is first made smaller by the decoder, to half of that: it then
 *  needs no memory for all its pixels, and differs from being made small at once by some 0.3 levels. */
const coarseRatio = 8;

/** The size at which a picture is decoded: smaller than it is where that is not seen. */
export function decodedSize(picture: Size, frame: Frame): Size {
  const [box, filled] = [seenBox(picture, frame), filledSize(picture, frame)];
  const side = (length: number, seen: number, to: number) =>
    seen / to > coarseRatio ? Math.ceil((length / seen) * to * (coarseRatio / 2)) : length;
  return {
    height: side(picture.height, box.height, filled.height),
    width: side(picture.width, box.width, filled.width),
  };
}

/** @param bars [red, green, blue] of what `contain` leaves free @returns [height, width, 3] */
export function framed(
  picture: Rgb,
  frame: Frame,
  bars: readonly number[],
  original: Size = picture,
): Uint8Array {
  const { height, width } = frame;
  const filled = filledSize(original, frame);
  const box = scaled(
    seenBox(original, frame),
    picture.height / original.height,
    picture.width / original.width,
  );
  const made = resample(picture, box, filled.height, filled.width);
  if (filled.height === height && filled.width === width) return made;
  const whole = Uint8Array.from({ length: 3 * height * width }, (_, i) => bars[i % 3] as number);
  const [top, left] = [middle(height - filled.height), middle(width - filled.width)];
  for (let y = 0; y < filled.height; y++)
    whole.set(
      made.subarray(3 * y * filled.width, 3 * (y + 1) * filled.width),
      3 * ((top + y) * width + left),
    );
  return whole;
}

/** Of what is left over; of an odd number the even half, as Pillow has it. */
function middle(left: number): number {
  const half = Math.floor(left / 2);
  return left % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

function scaled({ top, left, height, width }: Box, down: number, across: number): Box {
  return { top: top * down, left: left * across, height: height * down, width: width * across };
}
