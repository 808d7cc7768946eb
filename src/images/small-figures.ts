// Figures drawn as pixels, for pictures that are made without a font.
import type { Raster } from './grid';

export const glyphHeight = 5;
const glyphWidth = 3;

/** Five rows of three pixels each. */
const glyphs: Readonly<Record<string, readonly string[]>> = {
  '0': ['###', '# #', '# #', '# #', '###'],
  '1': [' # ', '## ', ' # ', ' # ', '###'],
  '2': ['###', '  #', '###', '#  ', '###'],
  '3': ['###', '  #', ' ##', '  #', '###'],
  '4': ['# #', '# #', '###', '  #', '  #'],
  '5': ['###', '#  ', '###', '  #', '###'],
  '6': ['###', '#  ', '###', '# #', '###'],
  '7': ['###', '  #', ' # ', ' # ', ' # '],
  '8': ['###', '# #', '###', '# #', '###'],
  '9': ['###', '# #', '###', '  #', '###'],
  '.': ['   ', '   ', '   ', '   ', ' # '],
};

/** Writes digits and points into a picture, in white, from the left; what does not fit is cut.
 *  @param scale each pixel of a figure becomes scale × scale */
export function drawFigure(raster: Raster, words: string, top: number, left: number, scale: number): void {
  for (const [place, letter] of [...words].entries()) {
    for (const [y, row] of (glyphs[letter] ?? []).entries())
      for (const [x, dot] of [...row].entries())
        if (dot === '#')
          fillSquare(raster, top + y * scale, left + (place * (glyphWidth + 1) + x) * scale, scale);
  }
}

function fillSquare(
  { height, width, channels, pixels }: Raster,
  top: number,
  left: number,
  side: number,
): void {
  for (let y = top; y < Math.min(top + side, height); y++)
    for (let x = left; x < Math.min(left + side, width); x++)
      pixels.fill(255, (y * width + x) * channels, (y * width + x + 1) * channels);
}
