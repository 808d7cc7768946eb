// The inner loop of every matrix product: a tile of results stays in registers while a row of A and a column of B pass.
// Each result is a chain of multiply-adds over k in order, so no tile gives other bits than another.

import { define, type FunctionCode } from './module';
import {
  block,
  br,
  brIf,
  type Code,
  get,
  i32,
  i32Const,
  loop,
  op,
  set,
  tee,
  v128,
  v128Load,
  v128LoadSplat,
  v128Store,
  v128StoreLane32,
  v128StoreLane64,
  v128Zero,
  when,
} from './opcodes';

/** Rows, and vectors of four columns, of the results that are computed at once. */
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
}

/** What pays depends on the registers, 16 on x86 and 32 on ARM, and on how an engine gives them out: what spills runs
 *  half as fast. Measured when the backend starts. */
export const mainTiles: readonly Tile[] = [
  { rows: 3, vectors: 3 },
  { rows: 2, vectors: 4 },
  { rows: 4, vectors: 4 },
];

/** For the last columns, which fill fewer vectors than a main tile has. */
export const edgeTiles: readonly Tile[] = [
  { rows: 8, vectors: 1 },
  { rows: 4, vectors: 2 },
  { rows: 3, vectors: 3 },
];

export const tileName = ({ rows, vectors }: Tile) => `tile${rows}x${4 * vectors}` as const;

/** @param fused whether a multiply-add is one instruction, of relaxed SIMD */
export function tileFunctions(fused: boolean): Record<string, FunctionCode> {
  return Object.fromEntries(
    [...mainTiles, ...edgeTiles].map((tile) => [tileName(tile), tileFunction(tile, fused)]),
  );
}

/**
 * C = A·B, or C += A·B when `add` is not zero, for `rows` rows and `width` columns, which are at most those of the tile.
 * Of A, the value of row i and column k lies at a + i·aRow + k·aStep; B is packed, k after k, each as wide as the tile,
 * filled up with zeros; rows of C lie cRow apart. All of these are bytes; depth is at least 1.
 */
function tileFunction(tile: Tile, fused: boolean): FunctionCode {
  const names = ['depth', 'a', 'aRow', 'aStep', 'b', 'c', 'cRow', 'rows', 'width', 'add'] as const;
  return define(names, (parameter, local) => {
    const registers: Registers = {
      ...parameter,
      pointers: many(tile.rows, () => local(i32)),
      bPointer: local(i32),
      end: local(i32),
      sums: many(tile.rows, () => many(tile.vectors, () => local(v128))),
      bValues: many(tile.vectors, () => local(v128)),
      aValue: local(v128),
    };
    const { rows } = registers;
    const rest = [4, 2, 1].filter((count) => count < tile.rows);
    return [
      block(
        loop(
          ...[get(rows), i32Const(tile.rows), op.i32LtU, brIf(1)],
          someRows(tile.rows, registers, fused),
          br(0),
        ),
      ),
      rest.map((count) => when([get(rows), i32Const(count), op.i32GeU], someRows(count, registers, fused))),
    ];
  });
}

interface Registers {
  readonly depth: number;
  readonly a: number;
  readonly aRow: number;
  readonly aStep: number;
  readonly b: number;
  readonly c: number;
  readonly cRow: number;
  readonly rows: number;
  readonly width: number;
  readonly add: number;
  readonly pointers: readonly number[];
  readonly bPointer: number;
  readonly end: number;
  readonly sums: readonly (readonly number[])[];
  readonly bValues: readonly number[];
  readonly aValue: number;
}

/** Computes `count` rows of C and goes on to the next. */
function someRows(count: number, registers: Registers, fused: boolean): Code {
  const { depth, a, aRow, b, c, rows, bPointer, end, bValues } = registers;
  const bytes = 16 * bValues.length;
  const pointers = registers.pointers.slice(0, count);
  const sums = registers.sums.slice(0, count);
  return [
    // Each row's pointer is the one before it and a row more; after the last, a is the next row's.
    pointers.map((pointer) => [get(a), tee(pointer), get(aRow), op.i32Add, set(a)]),
    [get(b), tee(bPointer), get(depth), i32Const(bytes), op.i32Mul, op.i32Add, set(end)],
    sums.flat().map((sum) => [v128Zero, set(sum)]),
    loop(
      bValues.map((value, j) => [get(bPointer), v128Load(16 * j), set(value)]),
      pointers.map((pointer, i) => multiplyRow(pointer, sums[i] as readonly number[], registers, fused)),
      ...[get(bPointer), i32Const(bytes), op.i32Add, tee(bPointer), get(end), op.i32LtU, brIf(0)],
    ),
    when(get(registers.add), addStored(sums, registers)),
    sums.map((row) => [storeRow(row, registers), get(c), get(registers.cRow), op.i32Add, set(c)]),
    [get(rows), i32Const(count), op.i32Sub, set(rows)],
  ];
}

/** The next value of one row of A, times those of B. */
function multiplyRow(
  pointer: number,
  sums: readonly number[],
  { aValue, aStep, bValues }: Registers,
  fused: boolean,
): Code {
  return [
    [get(pointer), v128LoadSplat(), set(aValue)],
    sums.map((sum, j) => {
      const operands = [get(aValue), get(bValues[j] as number)];
      return fused
        ? [operands, get(sum), op.f32x4RelaxedMadd, set(sum)]
        : [operands, op.f32x4Mul, get(sum), op.f32x4Add, set(sum)];
    }),
    [get(pointer), get(aStep), op.i32Add, set(pointer)],
  ];
}

/** Adds what C holds. The last vector may reach beyond the row: what is read there is not stored. */
function addStored(sums: readonly (readonly number[])[], { c, cRow, bPointer: row }: Registers): Code {
  return [
    [get(c), set(row)],
    sums.map((vectors) => [
      vectors.map((sum, j) => [get(row), v128Load(16 * j), get(sum), op.f32x4Add, set(sum)]),
      [get(row), get(cRow), op.i32Add, set(row)],
    ]),
  ];
}

/** The last vector's lanes are stored as far as they are inside of `width`. */
function storeRow(vectors: readonly number[], { c, width }: Registers): Code {
  const last = vectors.length - 1;
  const [sum, at] = [vectors[last] as number, 16 * last];
  const wide = (lanes: number): Code => [get(width), i32Const(4 * last + lanes), op.i32GeU];
  return [
    vectors.slice(0, last).map((each, j) => [get(c), get(each), v128Store(16 * j)]),
    when(
      wide(4),
      [get(c), get(sum), v128Store(at)],
      when(
        wide(2),
        [
          [get(c), get(sum), v128StoreLane64(0, at)],
          when(wide(3), [get(c), get(sum), v128StoreLane32(2, at + 8)]),
        ],
        [get(c), get(sum), v128StoreLane32(0, at)],
      ),
    ),
  ];
}

function many<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
