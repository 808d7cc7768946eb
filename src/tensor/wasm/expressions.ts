// A small compiler from expressions over arrays to WebAssembly with SIMD, for kernels that run over each value once.
// JavaScript does one value at a time, in float64; this does four, in float32.

import type { FunctionCode } from './module';
import {
  block,
  br,
  brIf,
  type Code,
  f32,
  f32Const,
  f32Load,
  f32Store,
  get,
  i32,
  i32Const,
  loop,
  op,
  set,
  tee,
  v128,
  v128Load,
  v128Store,
} from './opcodes';

/** A value computed for each element: an array's element, a scalar argument, a constant, or an operation on those. */
export type Expression =
  | { readonly kind: 'element'; readonly name: string }
  | { readonly kind: 'argument'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: number }
  | {
      readonly kind: 'operation';
      readonly name: keyof typeof operations;
      readonly of: readonly Expression[];
    };

/**
 * What each result is, by the arrays and the scalars. A result may share memory with an array. Arrays and results are
 * matrices of some rows and columns, but for those in `columns`, which have one row that counts for all.
 *
 * The function takes the byte offsets of the arrays, of the results, the count of columns, the count of rows, and the
 * scalars.
 */
export interface Program {
  readonly arrays: readonly string[];
  readonly columns?: readonly string[];
  readonly scalars: readonly string[];
  readonly results: Readonly<Record<string, Expression>>;
  /** Whether each result is one row, the sum over the rows. */
  readonly sums?: boolean;
}

export const element = (name: string): Expression => ({ kind: 'element', name });
export const argument = (name: string): Expression => ({ kind: 'argument', name });
export const constant = (value: number): Expression => ({ kind: 'constant', value });

const operation =
  (name: keyof typeof operations) =>
  (...of: Expression[]): Expression => ({ kind: 'operation', name, of });

export const add = operation('add');
export const sub = operation('sub');
export const mul = operation('mul');
export const div = operation('div');
export const sqrt = operation('sqrt');
export const min = operation('min');
export const max = operation('max');
export const abs = operation('abs');
/** The nearest integer, of two the even one. */
export const nearest = operation('nearest');
/** 2ⁿ for whole n in [−127, 128]; what is below the smallest normal number is 0, and 2¹²⁸ infinite. */
export const powerOfTwo = operation('powerOfTwo');
/** ifPositive(x, a, b): a where x > 0, b elsewhere. */
export const ifPositive = operation('ifPositive');

const operations = {
  sqrt: { scalar: op.f32Sqrt, vector: op.f32x4Sqrt },
  add: { scalar: op.f32Add, vector: op.f32x4Add },
  sub: { scalar: op.f32Sub, vector: op.f32x4Sub },
  mul: { scalar: op.f32Mul, vector: op.f32x4Mul },
  div: { scalar: op.f32Div, vector: op.f32x4Div },
  min: { scalar: op.f32Min, vector: op.f32x4Min },
  max: { scalar: op.f32Max, vector: op.f32x4Max },
  abs: { scalar: op.f32Abs, vector: op.f32x4Abs },
  nearest: { scalar: op.f32Nearest, vector: op.f32x4Nearest },
  // (n + 127) · 2²³ are the bits of 2ⁿ.
  powerOfTwo: {
    scalar: [op.i32TruncSatF32, i32Const(127), op.i32Add, i32Const(23), op.i32Shl, op.f32ReinterpretI32],
    vector: [
      [op.i32x4TruncSatF32x4, i32Const(127), op.i32x4Splat, op.i32x4Add],
      [i32Const(23), op.i32x4Shl],
    ],
  },
  ifPositive: { scalar: op.f32Gt, vector: op.f32x4Gt },
} satisfies Record<string, Record<'scalar' | 'vector', Code>>;

export function programFunction(program: Program): FunctionCode {
  const results = Object.keys(program.results);
  const pointers = [...program.arrays, ...results];
  const parameters = [
    ...Array<number>(pointers.length + 2).fill(i32), // and columns, rows
    ...program.scalars.map(() => f32),
  ];
  const locals: number[] = [];
  const local = (type: number) => parameters.length + locals.push(type) - 1;
  const frame: Frame = {
    program,
    pointers,
    columns: pointers.length,
    rows: pointers.length + 1,
    position: local(i32),
    end: local(i32),
    vectorEnd: local(i32),
    row: local(i32),
    rowStart: local(i32),
    local,
  };
  const body: Code = [
    // end = 4 · columns; vectorEnd = end rounded down to 16 bytes
    [get(frame.columns), i32Const(4), op.i32Mul, tee(frame.end), i32Const(-16), op.i32And],
    set(frame.vectorEnd),
    program.sums ? sumOverRows(frame) : eachRow(frame),
  ];
  return { parameters, locals, body };
}

interface Frame {
  readonly program: Program;
  readonly pointers: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** The byte in the row. */
  readonly position: number;
  readonly end: number;
  readonly vectorEnd: number;
  readonly row: number;
  /** The byte where the present row starts, for sums. */
  readonly rowStart: number;
  readonly local: (type: number) => number;
}

/** Row after row: four elements at a time while there are four, then one at a time. */
function eachRow(frame: Frame): Code {
  const { program, pointers, rows, position, end } = frame;
  const wide = new Emitter(frame, true, position);
  const narrow = new Emitter(frame, false, position);
  const store = (emitter: Emitter): Code => {
    const values = Object.values(program.results).map((result) => emitter.keep(result));
    const names = Object.keys(program.results);
    return [
      values.map(({ code }) => code),
      names.map((name, i) => [
        emitter.address(name),
        get(values[i]?.local as number),
        emitter.wide ? v128Store() : f32Store(),
      ]),
    ];
  };
  return block(
    loop(
      ...[get(rows), op.i32Eqz, brIf(1)],
      [i32Const(0), set(position)],
      repeat(position, frame.vectorEnd, 16, store(wide)),
      repeat(position, end, 4, store(narrow)),
      pointers
        .filter((name) => !program.columns?.includes(name))
        .map((name) => [get(pointers.indexOf(name)), get(end), op.i32Add, set(pointers.indexOf(name))]),
      [get(rows), i32Const(1), op.i32Sub, set(rows)],
      br(0),
    ),
  );
}

/** Column after column, four at a time: the sums stay in registers while the rows pass. */
function sumOverRows(frame: Frame): Code {
  const { program, position, end } = frame;
  const names = Object.keys(program.results);
  const down = (wide: boolean): Code => {
    const emitter = new Emitter(frame, wide, position, frame.rowStart);
    const sums = names.map(() => frame.local(wide ? v128 : f32));
    const values = Object.values(program.results).map((result) => emitter.keep(result));
    const zero: Code = wide ? [f32Const(0), op.f32x4Splat] : f32Const(0);
    return [
      sums.map((sum) => [zero, set(sum)]),
      [i32Const(0), set(frame.row), get(position), set(frame.rowStart)],
      repeat(frame.row, frame.rows, 1, [
        values.map(({ code, local }, i) => [
          code,
          [get(sums[i] as number), get(local), wide ? op.f32x4Add : op.f32Add, set(sums[i] as number)],
        ]),
        [get(frame.rowStart), get(end), op.i32Add, set(frame.rowStart)],
      ]),
      names.map((name, i) => [
        [get(frame.pointers.indexOf(name)), get(position), op.i32Add],
        get(sums[i] as number),
        wide ? v128Store() : f32Store(),
      ]),
    ];
  };
  return [
    [i32Const(0), set(position)],
    repeat(position, frame.vectorEnd, 16, down(true)),
    repeat(position, end, 4, down(false)),
  ];
}

function repeat(counter: number, limit: number, step: number, body: Code): Code {
  return block(
    loop(
      ...[get(counter), get(limit), op.i32GeU, brIf(1)],
      body,
      ...[get(counter), i32Const(step), op.i32Add, set(counter), br(0)],
    ),
  );
}

/** Emits the values of one loop of a program; a subexpression used twice is kept in a local. */
class Emitter {
  private readonly kept = new Map<Expression, number>();
  private readonly uses = new Map<Expression, number>();

  /** @param rowPosition the byte of an element of a matrix; `position` is that of an element of a row */
  constructor(
    private readonly frame: Frame,
    readonly wide: boolean,
    private readonly position: number,
    private readonly rowPosition = position,
  ) {
    for (const result of Object.values(frame.program.results)) this.count(result);
  }

  /** Code that computes a result into a local of its own, so that all are computed before any is stored. */
  keep(node: Expression): { local: number; code: Code } {
    const code = this.value(node);
    const local = this.newLocal();
    return { local, code: [code, set(local)] };
  }

  address(name: string): Code {
    const { pointers, program } = this.frame;
    const position = program.columns?.includes(name) ? this.position : this.rowPosition;
    return [get(pointers.indexOf(name)), get(position), op.i32Add];
  }

  private newLocal(): number {
    return this.frame.local(this.wide ? v128 : f32);
  }

  private count(node: Expression): void {
    const uses = (this.uses.get(node) ?? 0) + 1;
    this.uses.set(node, uses);
    if (uses === 1 && node.kind === 'operation') for (const part of node.of) this.count(part);
  }

  private value(node: Expression): Code {
    const kept = this.kept.get(node);
    if (kept !== undefined) return get(kept);
    const code = this.compute(node);
    if (node.kind === 'constant' || (this.uses.get(node) ?? 0) < 2) return code;
    const local = this.newLocal();
    this.kept.set(node, local);
    return [code, tee(local)];
  }

  private compute(node: Expression): Code {
    const { program, pointers } = this.frame;
    const spread: Code = this.wide ? op.f32x4Splat : [];
    switch (node.kind) {
      case 'element':
        return [this.address(node.name), this.wide ? v128Load() : f32Load()];
      case 'argument':
        return [get(pointers.length + 2 + program.scalars.indexOf(node.name)), spread];
      case 'constant':
        return [f32Const(node.value), spread];
      case 'operation':
        return this.operate(node.name, node.of);
    }
  }

  private operate(name: keyof typeof operations, of: readonly Expression[]): Code {
    const opcode = operations[name][this.wide ? 'vector' : 'scalar'];
    if (name !== 'ifPositive') return [of.map((part) => this.value(part)), opcode];
    const [x, then, otherwise] = of as [Expression, Expression, Expression];
    const choice = this.wide ? op.v128Bitselect : op.select;
    const zero = this.compute(constant(0));
    return [this.value(then), this.value(otherwise), this.value(x), zero, opcode, choice];
  }
}
