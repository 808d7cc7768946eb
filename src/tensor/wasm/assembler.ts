// A small compiler from expressions over arrays to WebAssembly with SIMD, for kernels that run over each value once.
// JavaScript does one value at a time, in float64; this does four, in float32.

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

/** An elementwise kernel: what each result is, by the arrays and the scalars. A result may share memory with an array. */
export interface Program {
  readonly arrays: readonly string[];
  readonly scalars: readonly string[];
  readonly results: Readonly<Record<string, Expression>>;
}

/** Arguments: the byte offsets of the arrays, those of the results, the count of elements, the scalars. */
export type Routine = (...args: number[]) => void;

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
/** ifPositive(x, a, b): a where x > 0, b elsewhere. */
export const ifPositive = operation('ifPositive');

/** Opcodes: of float32, and of four float32 after the SIMD prefix. */
const operations = {
  sqrt: { scalar: 0x91, vector: 0xe3 },
  add: { scalar: 0x92, vector: 0xe4 },
  sub: { scalar: 0x93, vector: 0xe5 },
  mul: { scalar: 0x94, vector: 0xe6 },
  div: { scalar: 0x95, vector: 0xe7 },
  ifPositive: { scalar: 0x5e, vector: 0x44 },
} as const;

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;

/** Node's WebAssembly, of which its type declarations know nothing without those of a browser. */
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly;

interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** A WebAssembly.Memory. */
export type Memory = object;

/** Compiles programs into one module over `memory`. */
export function assemble<Name extends string>(
  programs: Readonly<Record<Name, Program>>,
  memory: Memory,
): Readonly<Record<Name, Routine>> {
  const entries = Object.entries<Program>(programs);
  const types = entries.map(([, program]) => [
    0x60,
    ...list(parameterTypes(program).map((type) => [type])),
    0,
  ]);
  const bytes = new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('env'), ...text('memory'), 2, 0, 0]])),
    ...section(3, list(entries.map((_, i) => unsigned(i)))),
    ...section(7, list(entries.map(([name], i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(entries.map(([, program]) => sized(body(program))))),
  ]);
  const instance = new Instance(new Module(bytes), { env: { memory } });
  return instance.exports as unknown as Readonly<Record<Name, Routine>>;
}

function parameterTypes({ arrays, results, scalars }: Program): number[] {
  const pointers = arrays.length + Object.keys(results).length;
  return [...Array<number>(pointers + 1).fill(i32), ...scalars.map(() => f32)];
}

/** Two loops: four elements at a time while there are four, then one at a time. */
function body(program: Program): number[] {
  const pointers = [...program.arrays, ...Object.keys(program.results)];
  const parameters = pointers.length + 1 + program.scalars.length;
  const locals = { position: parameters, end: parameters + 1, limit: parameters + 2 };
  const vector = new Emitter(program, pointers, locals.position, parameters + 3, true);
  const vectorLoop = vector.loop(locals.limit);
  const scalar = new Emitter(program, pointers, locals.position, vector.nextLocal, false);
  const scalarLoop = scalar.loop(locals.end);
  const declared = [
    [3, i32],
    [vector.nextLocal - (parameters + 3), v128],
    [scalar.nextLocal - vector.nextLocal, f32],
  ];
  return [
    ...list(declared.map(([count, type]) => [...unsigned(count as number), type as number])),
    // end = 4 · count; limit = end rounded down to 16 bytes
    ...[...get(pointers.length), 0x41, 4, 0x6c, 0x22, ...unsigned(locals.end)],
    ...[0x41, ...signed(-16), 0x71, 0x21, ...unsigned(locals.limit)],
    ...vectorLoop,
    ...scalarLoop,
    0x0b,
  ];
}

/** Emits one loop of a program; a subexpression used twice is kept in a local. */
class Emitter {
  nextLocal: number;
  private readonly kept = new Map<Expression, number>();
  private readonly uses = new Map<Expression, number>();

  constructor(
    private readonly program: Program,
    private readonly pointers: readonly string[],
    private readonly position: number,
    firstLocal: number,
    private readonly wide: boolean,
  ) {
    this.nextLocal = firstLocal;
    for (const result of Object.values(program.results)) this.count(result);
  }

  /** Runs from `position` to the byte offset in the local `end`. */
  loop(end: number): number[] {
    const values = Object.values(this.program.results).map((result) => this.keep(result));
    const stores = Object.keys(this.program.results).map((name, i) => [
      ...this.address(name),
      ...get(values[i]?.local as number),
      ...(this.wide ? [0xfd, 0x0b, 4, 0] : [0x38, 2, 0]),
    ]);
    return [
      ...[0x02, 0x40, 0x03, 0x40], // block, loop
      ...[...get(this.position), ...get(end), 0x4f, 0x0d, 1], // leave at the end
      ...values.flatMap(({ code }) => code),
      ...stores.flat(),
      ...[...get(this.position), 0x41, this.wide ? 16 : 4, 0x6a, 0x21, ...unsigned(this.position)],
      ...[0x0c, 0, 0x0b, 0x0b], // again; end, end
    ];
  }

  private count(node: Expression): void {
    const uses = (this.uses.get(node) ?? 0) + 1;
    this.uses.set(node, uses);
    if (uses === 1 && node.kind === 'operation') for (const part of node.of) this.count(part);
  }

  /** Code that computes a result into a local of its own, so that all are computed before any is stored. */
  private keep(node: Expression): { local: number; code: number[] } {
    const code = this.value(node);
    const local = this.nextLocal++;
    return { local, code: [...code, 0x21, ...unsigned(local)] };
  }

  private value(node: Expression): number[] {
    const kept = this.kept.get(node);
    if (kept !== undefined) return get(kept);
    const code = this.compute(node);
    if (node.kind === 'constant' || (this.uses.get(node) ?? 0) < 2) return code;
    const local = this.nextLocal++;
    this.kept.set(node, local);
    return [...code, 0x22, ...unsigned(local)];
  }

  private compute(node: Expression): number[] {
    const { wide } = this;
    switch (node.kind) {
      case 'element':
        return [...this.address(node.name), ...(wide ? [0xfd, 0x00, 4, 0] : [0x2a, 2, 0])];
      case 'argument': {
        const local = this.pointers.length + 1 + this.program.scalars.indexOf(node.name);
        return [...get(local), ...(wide ? [0xfd, 0x13] : [])];
      }
      case 'constant': {
        const bytes = [...new Uint8Array(new Float32Array([node.value]).buffer)];
        return wide ? [0xfd, 0x0c, ...bytes, ...bytes, ...bytes, ...bytes] : [0x43, ...bytes];
      }
      case 'operation':
        return this.operate(node.name, node.of);
    }
  }

  private operate(name: keyof typeof operations, of: readonly Expression[]): number[] {
    const { scalar, vector } = operations[name];
    const opcode = this.wide ? [0xfd, ...unsigned(vector)] : [scalar];
    if (name !== 'ifPositive') return [...of.flatMap((part) => this.value(part)), ...opcode];
    const [x, then, otherwise] = of as [Expression, Expression, Expression];
    const choice = this.wide ? [0xfd, 0x52] : [0x1b]; // bitselect, select
    const zero = this.compute(constant(0));
    return [...this.value(then), ...this.value(otherwise), ...this.value(x), ...zero, ...opcode, ...choice];
  }

  private address(name: string): number[] {
    return [...get(this.pointers.indexOf(name)), ...get(this.position), 0x6a];
  }
}

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const sized = (bytes: number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, bytes: number[]): number[] => [id, ...sized(bytes)];
const list = (items: number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (value: string): number[] => sized([...Buffer.from(value)]);

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const last = value >= -64 && value < 64;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
