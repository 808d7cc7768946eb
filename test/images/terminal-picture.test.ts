// Pictures for terminals, read back as terminals read them.
import { blockRows, corner, kittyPicture, sixelPicture } from '../../src/images/terminal-picture';

const grey = (width: number, ...pixels: number[]) => ({
  width,
  height: pixels.length / width,
  channels: 1,
  pixels: Uint8Array.from(pixels),
});

test('a block is two pixels, the upper one in the foreground; colours are said when they change', () => {
  const picture = grey(3, 0, 0, 255, 128, 128, 10);
  expect(blockRows(picture, 80, true)).toEqual([
    '\x1b[38;2;0;0;0;48;2;128;128;128m▀▀\x1b[38;2;255;255;255;48;2;10;10;10m▀\x1b[0m',
  ]);
  expect(blockRows(picture, 80, false)).toEqual(['\x1b[38;5;16;48;5;244m▀▀\x1b[38;5;231;48;5;232m▀\x1b[0m']);
});

test('256 colours: the corners of the cube, and what lies between', () => {
  const rgb = {
    width: 2,
    height: 2,
    channels: 3,
    pixels: Uint8Array.from([255, 0, 0, 0, 0, 255, 95, 135, 175, 0, 255, 0]),
  };
  expect(blockRows(rgb, 80, false)).toEqual(['\x1b[38;5;196;48;5;67m▀\x1b[38;5;21;48;5;46m▀\x1b[0m']);
});

test('a picture that is wider than the terminal becomes the means of its areas', () => {
  const picture = grey(4, 0, 100, 200, 200, 0, 100, 200, 200, 50, 50, 0, 0, 50, 50, 0, 0);
  expect(blockRows(picture, 2, true)).toEqual([
    '\x1b[38;2;50;50;50;48;2;50;50;50m▀\x1b[38;2;200;200;200;48;2;0;0;0m▀\x1b[0m',
  ]);
});

test('sixels say each pixel, six rows at a time', () => {
  const pixels = Array.from({ length: 9 * 7 }, (_, i) => (i % 5 === 0 ? 255 : 0));
  const { width, height, values } = readSixels(sixelPicture(grey(9, ...pixels), 100));
  expect([width, height]).toEqual([9, 7]);
  expect(values).toEqual(pixels.map((value) => (value === 255 ? 100 : 0)));
});

/** With ~ for the control that begins and ends codes. */
const visible = (codes: string) => codes.replaceAll('\x1b', '~');

/** What a terminal makes of sixels: per cent of red. */
function readSixels(codes: string): { width: number; height: number; values: number[] } {
  const [, w = '', h = '', body = ''] = /^~P0;1q"1;1;(\d+);(\d+)(.*)~\\$/s.exec(visible(codes)) ?? [];
  const [width, height] = [Number(w), Number(h)];
  const values = Array<number>(width * height).fill(-1);
  const palette = new Map<string, number>();
  let [x, top, colour] = [0, 0, ''];
  for (const [code = '', index = '', red, count = '1', letter = ''] of body.matchAll(
    /#(\d+)(?:;2;(\d+);\d+;\d+)?|(?:!(\d+))?([?-~])|[$-]/g,
  )) {
    if (red !== undefined) palette.set(index, Number(red));
    else if (code.startsWith('#')) colour = index;
    else if (code === '$') x = 0;
    else if (code === '-') [x, top] = [0, top + 6];
    else
      for (let i = 0; i < Number(count); i++, x++)
        for (let row = 0; row < 6; row++)
          if ((letter.charCodeAt(0) - 63) & (1 << row))
            values[(top + row) * width + x] = palette.get(colour) ?? -1;
  }
  return { width, height, values };
}

test('kitty gets the file in pieces of 4096 letters, and is told when there are more', () => {
  const png = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
  const pieces = [...visible(kittyPicture(png, 12)).matchAll(/~_G([^;]*);([^~]*)~\\/g)];
  expect(pieces.map(([, head]) => head)).toEqual(['a=T,f=100,q=2,r=12,m=1', 'm=0']);
  for (const [, , data = ''] of pieces) expect(data.length).toBeLessThanOrEqual(4096);
  expect(new Uint8Array(Buffer.from(pieces.map(([, , data]) => data).join(''), 'base64'))).toEqual(png);
});

test('a corner is the upper left', () => {
  expect(corner(grey(3, 1, 2, 3, 4, 5, 6, 7, 8, 9), 2, 2)).toEqual(grey(2, 1, 2, 4, 5));
  expect(corner(grey(2, 1, 2), 5, 5)).toEqual(grey(2, 1, 2));
});
