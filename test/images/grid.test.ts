import { contactSheet } from '../../src/images/contact-sheet';
import { composeGrid, squarish, toBytes } from '../../src/images/grid';

const gap = 40;

describe('composeGrid', () => {
  const images = { count: 3, height: 1, width: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };

  it('lays images out row by row; an empty cell shows the gap', () => {
    const { height, width, pixels } = composeGrid(images, { rows: 2, columns: 2, gap: 1 });
    expect({ height, width }).toEqual({ height: 5, width: 7 });
    const _ = gap;
    expect([...pixels]).toEqual(
      [
        [_, _, _, _, _, _, _],
        [_, 1, 2, _, 3, 4, _],
        [_, _, _, _, _, _, _],
        [_, 5, 6, _, _, _, _],
        [_, _, _, _, _, _, _],
      ].flat(),
    );
  });

  it('scales by whole pixels, without a gap if asked', () => {
    const { height, width, pixels } = composeGrid(images, { rows: 1, columns: 2, gap: 0, scale: 2 });
    expect({ height, width }).toEqual({ height: 2, width: 8 });
    expect([...pixels]).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it('keeps the channels of colour together', () => {
    const colour = { count: 2, height: 1, width: 1, channels: 3, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const { pixels } = composeGrid(colour, { rows: 2, columns: 1, gap: 0, scale: 2 });
    expect([...pixels.subarray(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
    expect([...pixels.subarray(12, 18)]).toEqual([4, 5, 6, 4, 5, 6]);
  });
});

it.each([
  [1, 1, 1],
  [12, 3, 4],
  [64, 8, 8],
  [10, 2, 5],
  [7, 3, 3],
  [100, 10, 10],
])('squarish(%i) is %i rows of %i', (count, rows, columns) => {
  expect(squarish(count)).toEqual({ rows, columns });
  expect(rows * columns).toBeGreaterThanOrEqual(count);
});

it('toBytes rounds, clamps, and takes what is not a number for black', () => {
  const values = Float32Array.of(0, 1, 0.5, -3, 7, Number.NaN, 1 / 255);
  expect([...toBytes(values, 'zero-one')]).toEqual([0, 255, 128, 0, 255, 0, 1]);
  expect([...toBytes(Float32Array.of(-1, 1, 0, -9, 9), 'minus-one-one')]).toEqual([0, 255, 128, 0, 255]);
});

it('toBytes undoes the scaling of the batches for every byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(
    toBytes(
      Float32Array.from(bytes, (byte) => byte / 255),
      'zero-one',
    ),
  ).toEqual(bytes);
  expect(
    toBytes(
      Float32Array.from(bytes, (byte) => byte / 127.5 - 1),
      'minus-one-one',
    ),
  ).toEqual(bytes);
});

describe('contactSheet', () => {
  const pixels = Uint8Array.of(10, 20, 30, 40);
  const set = { count: 4, height: 1, width: 1, channels: 1, pixels, labels: undefined, classCount: 0 };
  /** The middle of the cell: pixels are doubled, two of gap between. */
  const cell = (sheet: { width: number; pixels: Uint8Array }, row: number, column: number) =>
    sheet.pixels[(2 + 4 * row) * sheet.width + 2 + 4 * column];

  it('shows a row for each label that there is', () => {
    const sheet = contactSheet({ ...set, labels: Uint8Array.of(5, 2, 5, 2), classCount: 6 });
    expect([cell(sheet, 0, 0), cell(sheet, 0, 1), cell(sheet, 1, 0), cell(sheet, 1, 1)]).toEqual([
      20, 40, 10, 30,
    ]);
    expect(sheet.height).toBe(2 * 4 + 2);
  });

  it('shows the images in order when there are no labels', () => {
    const sheet = contactSheet(set);
    expect([0, 1, 2, 3].map((column) => cell(sheet, 0, column))).toEqual([10, 20, 30, 40]);
  });
});
