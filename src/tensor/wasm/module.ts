// Puts functions together to a WebAssembly module over a memory that it imports.

import { type Code, i32, unsigned } from './opcodes';

/** A function of ours: parameters are locals 0, 1, …, the declared locals come after them; it returns nothing. */
export interface FunctionCode {
  readonly parameters: readonly number[];
  readonly locals: readonly number[];
  readonly body: Code;
}

/** A WebAssembly.Memory. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

/** A WebAssembly.Module: compiled, and good for every thread. */
export type CompiledModule = object;

/** Takes byte offsets, counts and scalars. */
export type Routine = (...args: number[]) => void;

interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (module: CompiledModule, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
}

/** Node's and the browsers' WebAssembly, of which Node's type declarations know nothing. */
const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal }).WebAssembly;

/** @param shared whether the memory is one that threads share */
export function encodeModule(
  functions: Readonly<Record<string, FunctionCode>>,
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(functions);
  const types = entries.map(([, { parameters }]) => [0x60, list(parameters), 0]);
  const limits = shared ? [3, 0, unsigned(pagesAtMost)] : [0, 0];
  const code: Code = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, list(types)),
    section(2, list([[text('env'), text('memory'), 2, limits]])),
    section(3, list(entries.map((_, i) => unsigned(i)))),
    section(7, list(entries.map(([name], i) => [text(name), 0, unsigned(i)]))),
    section(10, list(entries.map(([, each]) => sized([localsOf(each), each.body, 0x0b])))),
  ];
  return Uint8Array.from(flatten(code));
}

/** Of 64 KiB, 4 GiB in all. */
const pagesAtMost = 65_536;

export function compileModule(bytes: Uint8Array): CompiledModule {
  return new webAssembly.Module(bytes);
}

export function instantiate<Name extends string>(
  module: CompiledModule,
  memory: Memory,
): Readonly<Record<Name, Routine>> {
  const { exports } = new webAssembly.Instance(module, { env: { memory } });
  return exports as Readonly<Record<Name, Routine>>;
}

/** Whether the engine takes a module of these functions. */
export function isValid(functions: Readonly<Record<string, FunctionCode>>): boolean {
  return webAssembly.validate(encodeModule(functions, false));
}

/** A function by the names of its parameters, all of them i32; `local` declares one more local. */
export function define<Name extends string>(
  names: readonly Name[],
  body: (parameter: Readonly<Record<Name, number>>, local: (type: number) => number) => Code,
): FunctionCode {
  const parameter = Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>;
  const locals: number[] = [];
  const local = (type: number) => names.length + locals.push(type) - 1;
  const code = body(parameter, local);
  return { parameters: names.map(() => i32), locals, body: code };
}

function localsOf({ locals }: FunctionCode): Code {
  return list(locals.map((type) => [1, type]));
}

const sized = (code: Code): Code => {
  const bytes = flatten(code);
  return [unsigned(bytes.length), bytes];
};
const section = (id: number, code: Code): Code => [id, sized(code)];
const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
const text = (value: string): Code => sized([...new TextEncoder().encode(value)]);

function flatten(code: Code, bytes: number[] = []): number[] {
  if (typeof code === 'number') bytes.push(code);
  else for (const part of code) flatten(part, bytes);
  return bytes;
}
