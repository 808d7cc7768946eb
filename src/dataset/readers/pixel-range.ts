// Which numbers are black and white: what the user says, or what the numbers unmistakably look like; then bytes.
import { DataError, UsageError } from '../../errors';
import type { Numbers } from '../../images/numbers';
import { grouped } from '../../words';

export interface PixelRange {
  readonly black: number;
  readonly white: number;
}

/** Of the range's width: what rounding leaves beyond it is clipped, what is further off is no pixel of it. */
const tolerance = 1e-4;

/** "[0, 1]" */
export const rangeInWords = ({ black, white }: PixelRange) => `[${black}, ${white}]`;

/** @throws UsageError when it is no range */
export function parseRange(word: string): PixelRange {
  const [, low, high] = /^(-?[\d.]+(?:e-?\d+)?)(?:\.\.|,)(-?[\d.]+(?:e-?\d+)?)$/i.exec(word) ?? [];
  const [black, white] = [Number(low), Number(high)];
  if (low === undefined || !Number.isFinite(black) || !Number.isFinite(white) || black === white) {
    throw new UsageError(`--range must be two numbers such as 0..1, got "${word}".`, {
      hint: 'Black first, then white: -1..1, 0..255, or 1..0 for dark ink on light paper.',
    });
  }
  return { black, white };
}

/**
 * Which range numbers are of.
 * @param source for the error message
 * @throws DataError when they are not finite, or might be of several ranges
 */
export function recogniseRange(values: Numbers, source: string): PixelRange {
  const look = lookAtNumbers(source);
  look.add(values);
  return look.range();
}

/** The same of numbers that come in pieces. */
export function lookAtNumbers(source: string) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [beyondOne, notZero, seen] = [0, 0, 0];
  return {
    add: (values: Numbers): void => {
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        if (!(value - value === 0)) throw notFinite(value, seen + i, source);
        if (value < low) low = value;
        if (value > high) high = value;
        if (value > 1) beyondOne++;
        if (value !== 0) notZero++;
      }
      seen += values.length;
    },
    range: (): PixelRange => {
      if (low >= -tolerance && high <= 1 + tolerance) return { black: 0, white: 1 };
      if (low >= -1 - 2 * tolerance && high <= 1 + 2 * tolerance) return { black: -1, white: 1 };
      // Not [0, 1] with a stray: most of what is not black is beyond 1.
      const slack = 255 * tolerance;
      if (low >= -slack && high <= 255 + slack && 2 * beyondOne >= notZero) return { black: 0, white: 255 };
      throw new DataError(
        `${source} holds numbers from ${short(low)} to ${short(high)}, expected pixels in [0, 1], [-1, 1] or [0, 255].`,
        { hint: `Say which are black and white: --range ${likely(low, high)}, for example.` },
      );
    },
  };
}

/**
 * Numbers as bytes: black becomes 0, white 255.
 * @param source for the error message
 * @param before how many numbers of it came before these
 * @returns and how many lay beyond the range by no more than rounding leaves
 * @throws DataError when a number is not finite or lies outside of the range
 */
export function toBytes(
  values: Numbers,
  { black, white }: PixelRange,
  source: string,
  before = 0,
): { readonly pixels: Uint8Array; readonly clipped: number } {
  if (black === 0 && white === 255 && values instanceof Uint8Array) return { pixels: values, clipped: 0 };
  const pixels = new Uint8Array(values.length);
  const width = white - black;
  let clipped = 0;
  for (let i = 0; i < values.length; i++) {
    const share = ((values[i] as number) - black) / width;
    if (share >= 0 && share <= 1) pixels[i] = Math.round(255 * share);
    else if (share >= -tolerance && share <= 1 + tolerance) {
      pixels[i] = share < 0 ? 0 : 255;
      clipped++;
    } else throw outside(values[i] as number, before + i, { black, white }, source);
  }
  return { pixels, clipped };
}

function outside(value: number, index: number, range: PixelRange, source: string): DataError {
  if (!Number.isFinite(value)) return notFinite(value, index, source);
  return new DataError(
    `${source} holds ${short(value)} at place ${grouped(index)}, expected pixels in ${rangeInWords(range)}.`,
    { hint: 'Clip the numbers, or give the range that holds them all: --range LOW..HIGH.' },
  );
}

function notFinite(value: number, index: number, source: string): DataError {
  return new DataError(
    `${source} holds ${Number.isNaN(value) ? 'NaN' : value} at place ${grouped(index)}, expected pixels: finite numbers.`,
    { hint: 'Save the images again, without it.' },
  );
}

/** Numbers that go beyond a byte are of 12 bits or of 16, whatever of these the images use. */
function likely(low: number, high: number): string {
  const isWide = low >= 0 && high > 255 && high <= 65_535;
  return isWide ? `0..${high <= 4095 ? 4095 : 65_535}` : `${short(low)}..${short(high)}`;
}

const short = (value: number) => String(Number(value.toPrecision(6)));
