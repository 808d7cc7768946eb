import { classOfCells } from '../../src/training/grid';

const rowsOf = (cells: Int32Array, columns: number) =>
  Array.from({ length: cells.length / columns }, (_, row) => [
    ...cells.subarray(row * columns, (row + 1) * columns),
  ]);

it('gives each class a row, the first again where there are more rows', () => {
  expect(rowsOf(classOfCells(3, 2, [0, 1]), 2)).toEqual([
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
});

it('goes through the classes in turn where there are fewer rows', () => {
  expect(rowsOf(classOfCells(2, 3, [0, 1, 2, 3]), 3)).toEqual([
    [0, 1, 2],
    [3, 0, 1],
  ]);
});

it('shows some of the classes, evenly spread, where there are fewer cells', () => {
  expect([...classOfCells(1, 4, [...Array(62).keys()])]).toEqual([0, 15, 31, 46]);
});
