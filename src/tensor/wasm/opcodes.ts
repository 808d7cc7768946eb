// WebAssembly's instructions by name, as far as our kernels use them. webassembly.github.io/spec/core/appendix/index-instructions.html

/** Bytes of code, nested as they were put together. */
export type Code = number | readonly Code[];

/** What a local or a parameter holds. */
export const i32 = 0x7f;
export const f32 = 0x7d;
export const v128 = 0x7b;

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];

/** Instructions without operands of their own. */
export const op = {
  end: 0x0b,
  else: 0x05,
  select: 0x1b,
  i32Eqz: 0x45,
  i32LtU: 0x49,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Shl: 0x74,
  f32Gt: 0x5e,
  f32Abs: 0x8b,
  f32Nearest: 0x90,
  f32Sqrt: 0x91,
  f32Add: 0x92,
  f32Sub: 0x93,
  f32Mul: 0x94,
  f32Div: 0x95,
  f32Min: 0x96,
  f32Max: 0x97,
  i32TruncSatF32: [0xfc, 0x00],
  f32ReinterpretI32: 0xbe,
  f32x4Splat: simd(0x13),
  f32x4Gt: simd(0x44),
  v128Bitselect: simd(0x52),
  f32x4Nearest: simd(0x6a),
  i32x4Splat: simd(0x11),
  i32x4Shl: simd(0xab),
  i32x4Add: simd(0xae),
  f32x4Abs: simd(0xe0),
  f32x4Sqrt: simd(0xe3),
  f32x4Add: simd(0xe4),
  f32x4Sub: simd(0xe5),
  f32x4Mul: simd(0xe6),
  f32x4Div: simd(0xe7),
  f32x4Min: simd(0xe8),
  f32x4Max: simd(0xe9),
  i32x4TruncSatF32x4: simd(0xf8),
  /** a · b + c, rounded once or twice as the processor likes; only in modules with relaxed SIMD. */
  f32x4RelaxedMadd: simd(0x105),
} as const;

export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number): Code => [0x21, unsigned(local)];
export const tee = (local: number): Code => [0x22, unsigned(local)];

export const i32Const = (value: number): Code => [0x41, signed(value)];
export const f32Const = (value: number): Code => [0x43, [...new Uint8Array(Float32Array.of(value).buffer)]];
export const v128Zero: Code = [simd(0x0c), Array<number>(16).fill(0)];

/** Memory is read and written at the address on the stack plus `offset` bytes. */
export const i32Load = (offset = 0): Code => [0x28, 2, unsigned(offset)];
export const f32Load = (offset = 0): Code => [0x2a, 2, unsigned(offset)];
export const f32Store = (offset = 0): Code => [0x38, 2, unsigned(offset)];
export const v128Load = (offset = 0): Code => [simd(0x00), 2, unsigned(offset)];
export const v128Store = (offset = 0): Code => [simd(0x0b), 2, unsigned(offset)];
/** One float in all four lanes. */
export const v128LoadSplat = (offset = 0): Code => [simd(0x09), 2, unsigned(offset)];
export const v128StoreLane32 = (lane: number, offset = 0): Code => [simd(0x5a), 2, unsigned(offset), lane];
export const v128StoreLane64 = (lane: number, offset = 0): Code => [simd(0x5b), 2, unsigned(offset), lane];
/** Lanes 0 to 3 are those of the first operand, 4 to 7 those of the second. */
export const f32x4Shuffle = (...lanes: readonly number[]): Code => [
  simd(0x0d),
  lanes.map((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
];

/** Fills bytes: address, value and count are on the stack. */
export const memoryFill: Code = [0xfc, 0x0b, 0];

/** Branch to the label that is `depth` blocks out. */
export const br = (depth: number): Code => [0x0c, unsigned(depth)];
export const brIf = (depth: number): Code => [0x0d, unsigned(depth)];
export const block = (...body: readonly Code[]): Code => [0x02, 0x40, body, op.end];
export const loop = (...body: readonly Code[]): Code => [0x03, 0x40, body, op.end];
/** Runs `body` when `condition` is not zero. */
export const when = (condition: Code, body: Code, otherwise?: Code): Code => [
  [condition, 0x04, 0x40, body],
  otherwise === undefined ? [] : [op.else, otherwise],
  op.end,
];

/** LEB128. */
export function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

export function signed(value: number): Code {
  const last = value >= -64 && value < 64;
  return last ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)];
}
