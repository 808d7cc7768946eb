// Moving values about: copies and sums of blocks that lie apart, and transposition.

import { define, type FunctionCode } from './module';
import {
  block,
  br,
  brIf,
  type Code,
  f32Load,
  f32Store,
  f32x4Shuffle,
  get,
  i32,
  i32Const,
  loop,
  memoryFill,
  op,
  set,
  v128,
  v128Load,
  v128Store,
} from './opcodes';

export const moveFunctions = {
  copyBlocks: blocksFunction(false),
  addBlocks: blocksFunction(true),
  transpose: transposeFunction(),
  pack12: packFunction(3),
  pack16: packFunction(4),
  zero: define(['to', 'bytes'], ({ to, bytes }) => [get(to), i32Const(0), get(bytes), memoryFill]),
} satisfies Record<string, FunctionCode>;

/**
 * Copies, or adds, runs of `bytes` bytes, a multiple of 4: those at i·step0 + j·step1 + k·step2 for all i < count0,
 * j < count1, k < count2, with steps of their own for what is read and what is written. A step may be 0.
 */
function blocksFunction(adds: boolean): FunctionCode {
  const names = [
    ...(['to', 'from', 'bytes'] as const),
    ...(['count0', 'to0', 'from0', 'count1', 'to1', 'from1', 'count2', 'to2', 'from2'] as const),
  ];
  return define(names, (p, local) => {
    const [i, j, k, to1, from1, to2, from2, at, vectorEnd] = Array.from({ length: 9 }, () => local(i32)) as [
      ...[number, number, number, number, number, number, number, number, number],
    ];
    const move = (load: Code, add: Code, store: Code): Code => [
      [get(to2), get(at), op.i32Add],
      [get(from2), get(at), op.i32Add, load],
      adds ? [get(to2), get(at), op.i32Add, load, add] : [],
      store,
    ];
    const run: Code = [
      [i32Const(0), set(at)],
      upTo(at, vectorEnd, 16, move(v128Load(), op.f32x4Add, v128Store())),
      upTo(at, p.bytes, 4, move(f32Load(), op.f32Add, f32Store())),
    ];
    const inner: Code = [
      [get(to1), set(to2), get(from1), set(from2), i32Const(0), set(k)],
      upTo(k, p.count2, 1, [run, advance(to2, p.to2), advance(from2, p.from2)]),
    ];
    const middle: Code = [
      [get(p.to), set(to1), get(p.from), set(from1), i32Const(0), set(j)],
      upTo(j, p.count1, 1, [inner, advance(to1, p.to1), advance(from1, p.from1)]),
    ];
    return [
      [get(p.bytes), i32Const(-16), op.i32And, set(vectorEnd)],
      upTo(i, p.count0, 1, [middle, advance(p.to, p.to0), advance(p.from, p.from0)]),
    ];
  });
}

/**
 * Copies `rows` rows, `fromRow` bytes apart, in panels of so many vectors of four floats; a panel's rows follow each other,
 * and panels lie `panelBytes` apart. As `copyBlocks`, without a loop for each run.
 */
function packFunction(vectors: number): FunctionCode {
  const bytes = 16 * vectors;
  const names = ['to', 'from', 'fromRow', 'rows', 'panels', 'panelBytes'] as const;
  return define(names, (p, local) => {
    const [row, panel, target, source] = [local(i32), local(i32), local(i32), local(i32)];
    const copy = Array.from(
      { length: vectors },
      (_, i): Code => [...[get(target), get(source), v128Load(16 * i), v128Store(16 * i)]],
    );
    return upTo(row, p.rows, 1, [
      [get(p.to), set(target), get(p.from), set(source), i32Const(0), set(panel)],
      upTo(panel, p.panels, 1, [
        copy,
        advance(target, p.panelBytes),
        [get(source), i32Const(bytes), op.i32Add, set(source)],
      ]),
      [get(p.to), i32Const(bytes), op.i32Add, set(p.to)],
      advance(p.from, p.fromRow),
    ]);
  });
}

/**
 * The transpose of a matrix whose rows lie `fromRow` bytes apart; those of the result, its columns, `toRow` bytes apart.
 * Four rows and columns at a time while there are so many.
 */
function transposeFunction(): FunctionCode {
  const names = ['to', 'toRow', 'from', 'fromRow', 'rows', 'columns'] as const;
  return define(names, (p, local) => {
    const [row, column, source, target, rowEnd, columnEnd] = Array.from({ length: 6 }, () => local(i32)) as [
      ...[number, number, number, number, number, number],
    ];
    const vectors = Array.from({ length: 8 }, () => local(v128));
    const oneValue: Code = [get(target), get(source), f32Load(), f32Store()];
    /** Goes along `count` rows from the present one on, a column of the result each. */
    const alongColumns = (rows: number): Code => [
      [get(p.from), set(source), get(p.to), set(target), i32Const(0), set(column)],
      rows === 4 ? upTo(column, columnEnd, 4, fourByFour(source, target, p, vectors)) : [],
      upTo(column, p.columns, 1, [
        rows === 4 ? fourValues(source, target, p.fromRow) : oneValue,
        [get(source), i32Const(4), op.i32Add, set(source)],
        advance(target, p.toRow),
      ]),
      [get(p.from), get(p.fromRow), i32Const(rows), op.i32Mul, op.i32Add, set(p.from)],
      [get(p.to), i32Const(4 * rows), op.i32Add, set(p.to)],
    ];
    return [
      [get(p.rows), i32Const(-4), op.i32And, set(rowEnd)],
      [get(p.columns), i32Const(-4), op.i32And, set(columnEnd)],
      upTo(row, rowEnd, 4, alongColumns(4)),
      upTo(row, p.rows, 1, alongColumns(1)),
    ];
  });
}

/** Four values that lie below each other, side by side. Leaves `source` where it was. */
function fourValues(source: number, target: number, fromRow: number): Code {
  const address = (row: number): Code => [
    get(source),
    Array.from({ length: row }, () => [get(fromRow), op.i32Add]),
  ];
  return [0, 1, 2, 3].map((row) => [get(target), address(row), f32Load(), f32Store(4 * row)]);
}

/** Reads four columns of four rows and goes on to the next four. */
function fourByFour(
  source: number,
  target: number,
  p: { readonly toRow: number; readonly fromRow: number },
  vectors: readonly number[],
): Code {
  const [a, b, c, d, ab, cd, abHigh, cdHigh] = vectors as [
    ...[number, number, number, number, number, number, number, number],
  ];
  const next = (pointer: number, step: number): Code => [get(pointer), get(step), op.i32Add, set(pointer)];
  const pick = (x: number, y: number, ...lanes: number[]): Code => [get(x), get(y), f32x4Shuffle(...lanes)];
  return [
    [a, b, c, d].map((row) => [get(source), v128Load(), set(row), next(source, p.fromRow)]),
    [get(source), get(p.fromRow), i32Const(4), op.i32Mul, op.i32Sub, i32Const(16), op.i32Add, set(source)],
    [pick(a, b, 0, 4, 1, 5), set(ab), pick(c, d, 0, 4, 1, 5), set(cd)],
    [pick(a, b, 2, 6, 3, 7), set(abHigh), pick(c, d, 2, 6, 3, 7), set(cdHigh)],
    [
      pick(ab, cd, 0, 1, 4, 5),
      pick(ab, cd, 2, 3, 6, 7),
      pick(abHigh, cdHigh, 0, 1, 4, 5),
      pick(abHigh, cdHigh, 2, 3, 6, 7),
    ].map((column) => [get(target), column, v128Store(), next(target, p.toRow)]),
  ];
}

/** Repeats `body` while the local `counter` is below the local `limit`, raising it by `step` each time. */
export function upTo(counter: number, limit: number, step: number, body: Code): Code {
  return block(
    loop(
      ...[get(counter), get(limit), op.i32GeU, brIf(1)],
      body,
      ...[get(counter), i32Const(step), op.i32Add, set(counter), br(0)],
    ),
  );
}

function advance(pointer: number, step: number): Code {
  return [get(pointer), get(step), op.i32Add, set(pointer)];
}
