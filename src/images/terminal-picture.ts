// Pictures as a terminal shows them: half blocks in colour, which all do; sixels; kitty's graphics.
import type { Raster } from './grid';

/** How a terminal shows pictures. */
export type PictureWay = 'kitty' | 'sixel' | 'blocks';

type Colour = readonly [red: number, green: number, blue: number];

/** Area means. @param width of the new picture, pixels; its height follows, and is even */
function shrunk(picture: Raster, width: number): Raster {
  const { channels } = picture;
  const height = Math.max(2, 2 * Math.round(picture.height / (picture.width / width) / 2));
  const pixels = new Uint8Array(height * width * channels);
  const columns = spansOf(picture.width, width);
  for (const [y, rows] of spansOf(picture.height, height).entries())
    for (const [x, span] of columns.entries())
      for (let channel = 0; channel < channels; channel++)
        pixels[(y * width + x) * channels + channel] = areaMean(picture, rows, span, channel);
  return { height, width, channels, pixels };
}

type Span = readonly [from: number, to: number];

/** The old pixels along an axis that each new one is of: one at least. */
function spansOf(from: number, to: number): Span[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const start = Math.floor(i * step);
    return [start, Math.max(start + 1, Math.floor((i + 1) * step))];
  });
}

function areaMean(
  { height, width, channels, pixels }: Raster,
  rows: Span,
  columns: Span,
  channel: number,
): number {
  let [sum, count] = [0, 0];
  for (let y = rows[0]; y < Math.min(height, rows[1]); y++)
    for (let x = columns[0]; x < Math.min(width, columns[1]); x++) {
      sum += pixels[(y * width + x) * channels + channel] as number;
      count++;
    }
  return Math.round(sum / Math.max(1, count));
}

function colourAt({ width, channels, pixels }: Raster, y: number, x: number): Colour {
  const at = (y * width + x) * channels;
  const value = (channel: number) => pixels[at + Math.min(channel, channels - 1)] as number;
  return [value(0), value(1), value(2)];
}

/** Rows of text, each of two rows of pixels: ▀ in the colour of the upper one on that of the lower one.
 *  @param columns of text; a wider picture is made smaller
 *  @param trueColour 24 bits, where the terminal has them, else the 256 colours of xterm */
export function blockRows(picture: Raster, columns: number, trueColour: boolean): string[] {
  const small = shrunk(picture, Math.min(columns, picture.width));
  const code = trueColour
    ? ([r, g, b]: Colour) => `2;${r};${g};${b}`
    : (colour: Colour) => `5;${xterm256(colour)}`;
  return Array.from({ length: small.height / 2 }, (_, row) => {
    let text = '';
    let last = '';
    for (let x = 0; x < small.width; x++) {
      const paint = `\x1b[38;${code(colourAt(small, 2 * row, x))};48;${code(colourAt(small, 2 * row + 1, x))}m`;
      text += paint === last ? '▀' : `${paint}▀`;
      last = paint;
    }
    return `${text}\x1b[0m`;
  });
}

/** The nearest of xterm's colours: its ramp of 24 greys for grey, else its cube of 6 × 6 × 6. */
function xterm256([red, green, blue]: Colour): number {
  if (red === green && green === blue) {
    if (red < 4) return 16;
    return red > 246 ? 231 : 232 + Math.min(23, Math.max(0, Math.round((red - 8) / 10)));
  }
  const [r, g, b] = [red, green, blue].map((value) =>
    value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40),
  );
  return 16 + 36 * (r as number) + 6 * (g as number) + (b as number);
}

const kittyChunk = 4096;

/** Kitty's graphics protocol, sw.kovidgoyal.net/kitty/graphics-protocol: the PNG as it is, as high as so many rows of text.
 *  The terminal says nothing to it (q=2). */
export function kittyPicture(png: Uint8Array, rows: number): string {
  const data = Buffer.from(png).toString('base64');
  const chunks = data.match(new RegExp(`.{1,${kittyChunk}}`, 'g')) ?? [];
  return chunks
    .map((chunk, i) => {
      const more = i < chunks.length - 1 ? 1 : 0;
      const head = i === 0 ? `a=T,f=100,q=2,r=${rows},m=${more}` : `m=${more}`;
      return `\x1b_G${head};${chunk}\x1b\\`;
    })
    .join('');
}

/** A level of each channel for sixels: 6 of each, or 64 of grey. */
const levels = { grey: 64, colour: 6 } as const;

/** DEC's sixels, vt100.net/docs/vt3xx-gp/chapter14.html: six rows of pixels at a time, colour by colour.
 *  @param width pixels; a wider picture is made smaller */
export function sixelPicture(picture: Raster, width: number): string {
  const small = picture.width > width ? shrunk(picture, width) : picture;
  const palette = new Map<number, string>();
  const bands: string[] = [];
  for (let top = 0; top < small.height; top += 6) bands.push(sixelBand(small, top, palette));
  return `\x1bP0;1q"1;1;${small.width};${small.height}${[...palette.values()].join('')}${bands.join('-')}\x1b\\`;
}

/** @param palette the colours so far, to which those of the band are added */
function sixelBand(picture: Raster, top: number, palette: Map<number, string>): string {
  const masks = new Map<number, Uint8Array>();
  for (let y = top; y < Math.min(picture.height, top + 6); y++)
    for (let x = 0; x < picture.width; x++) {
      const index = paletteIndex(picture, y, x, palette);
      const mask = masks.get(index) ?? new Uint8Array(picture.width);
      mask[x] = (mask[x] as number) | (1 << (y - top));
      masks.set(index, mask);
    }
  return [...masks].map(([index, mask]) => `#${index}${runLengths(mask)}`).join('$');
}

/** A register for a pixel's colour; registers are numbered by the colour, and defined in percent. */
function paletteIndex(picture: Raster, y: number, x: number, palette: Map<number, string>): number {
  const colour = colourAt(picture, y, x);
  const count = picture.channels === 1 ? levels.grey : levels.colour;
  const steps = colour.map((value) => Math.round((value * (count - 1)) / 255)) as unknown as Colour;
  const [r, g, b] = steps;
  const index = picture.channels === 1 ? r : (r * count + g) * count + b;
  if (!palette.has(index)) {
    const percent = steps.map((step) => Math.round((100 * step) / (count - 1))).join(';');
    palette.set(index, `#${index};2;${percent}`);
  }
  return index;
}

/** Each value as a letter from ?, several of one as !COUNT. */
function runLengths(mask: Uint8Array): string {
  let text = '';
  for (let i = 0; i < mask.length; ) {
    let end = i;
    while (end < mask.length && mask[end] === mask[i]) end++;
    const letter = String.fromCharCode(63 + (mask[i] as number));
    text += end - i > 3 ? `!${end - i}${letter}` : letter.repeat(end - i);
    i = end;
  }
  return text;
}

/** The upper left of a picture, as wide and high as it is or smaller. */
export function corner(picture: Raster, height: number, width: number): Raster {
  const size = { height: Math.min(height, picture.height), width: Math.min(width, picture.width) };
  const pixels = new Uint8Array(size.height * size.width * picture.channels);
  const row = size.width * picture.channels;
  for (let y = 0; y < size.height; y++) {
    const start = y * picture.width * picture.channels;
    pixels.set(picture.pixels.subarray(start, start + row), y * row);
  }
  return { ...size, channels: picture.channels, pixels };
}
