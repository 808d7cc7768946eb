// Python's pickles as data sets hold them: numbers, words, lists, dictionaries and NumPy's arrays. It knows these opcodes
// and these names alone, calls nothing, and refuses whatever asks for more. docs.python.org/3/library/pickletools.html
import { DataError } from '../../errors';
import { decodeNumbers, type NumberType } from '../../images/numbers';
import type { NumberArray } from './array-images';

export type PickleValue =
  | number
  | boolean
  | null
  | string
  | Buffer
  | readonly PickleValue[]
  | Map<string, PickleValue>
  | PickledArray
  | PickledType
  | Name;

/** A NumPy array; empty until its state has come. */
export class PickledArray {
  shape: readonly number[] = [];
  type: PickledType | undefined;
  fortranOrder = false;
  data: Buffer = Buffer.alloc(0);
}

export class PickledType {
  bigEndian = false;
  constructor(readonly word: string) {}
}

class Name {
  constructor(readonly word: string) {}
}

const mark = Symbol('mark');
type Slot = PickleValue | typeof mark;
const known =
  /^(?:_codecs encode|numpy\._?core\.multiarray _reconstruct|numpy (?:ndarray|dtype)|numpy\._?core\.numeric _frombuffer)$/;

/** @throws DataError for anything else than a pickle of plain data */
export function readPickle(bytes: Buffer, path: string): PickleValue {
  try {
    return new PickleReader(bytes).read();
  } catch (error) {
    throw new DataError(`${path} is no pickle that aigc reads: ${(error as Error).message}.`, {
      hint: `Save the arrays in it, if you trust it: python3 -c "import pickle, numpy as np; d = pickle.load(open('${path}', 'rb'), encoding='latin1'); np.savez('set.npz', x_train=…, y_train=…)"`,
      cause: error,
    });
  }
}

class PickleReader {
  private at = 0;
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, Slot>();

  constructor(private readonly bytes: Buffer) {}

  read(): PickleValue {
    for (;;) {
      const code = this.byte();
      if (code === 0x2e) return this.pop();
      this.step(code);
    }
  }

  private step(code: number): void {
    const constant = constants.get(code);
    if (constant) this.stack.push(constant());
    else if (
      !(
        this.number(code) ||
        this.words(code) ||
        this.collect(code) ||
        this.remember(code) ||
        this.build(code)
      )
    )
      throw new Error(`it has the opcode ${code.toString(16).padStart(2, '0')}`);
  }

  private number(code: number): boolean {
    if (code === 0x4a) this.stack.push(this.take(4).readInt32LE(0));
    else if (code === 0x4b) this.stack.push(this.byte());
    else if (code === 0x4d) this.stack.push(this.take(2).readUInt16LE(0));
    else if (code === 0x8a) this.stack.push(wholeNumber(this.take(this.byte())));
    else if (code === 0x47) this.stack.push(this.take(8).readDoubleBE(0));
    else if (code === 0x49 || code === 0x4c || code === 0x46)
      this.stack.push(Number(this.line().replace(/L$/, '')));
    else return false;
    return true;
  }

  private words(code: number): boolean {
    const text = (length: number) => this.take(length).toString('utf8');
    if (code === 0x58) this.stack.push(text(this.size(4)));
    else if (code === 0x8c) this.stack.push(text(this.byte()));
    else if (code === 0x8d) this.stack.push(text(this.size(8)));
    else if (code === 0x56) this.stack.push(unescaped(this.line()));
    else if (code === 0x54 || code === 0x42) this.stack.push(this.take(this.size(4)));
    else if (code === 0x55 || code === 0x43) this.stack.push(this.take(this.byte()));
    else if (code === 0x8e || code === 0x96) this.stack.push(this.take(this.size(8)));
    else if (code === 0x53) this.stack.push(unquoted(this.line()));
    else return false;
    return true;
  }

  private collect(code: number): boolean {
    if (code >= 0x85 && code <= 0x87) this.stack.push(this.stack.splice(-(code - 0x84)) as PickleValue[]);
    else if (code === 0x74 || code === 0x6c) this.stack.push(this.sinceMark());
    else if (code === 0x64) this.stack.push(entered(new Map(), this.sinceMark()));
    else if (code === 0x61) this.extend([this.pop()]);
    else if (code === 0x65) this.extend(this.sinceMark());
    else if (code === 0x73) this.enter([this.pop(), this.pop()].reverse());
    else if (code === 0x75) this.enter(this.sinceMark());
    else return false;
    return true;
  }

  private remember(code: number): boolean {
    const put = (place: number) => this.memo.set(place, this.top());
    const get = (place: number) => {
      const value = this.memo.get(place);
      if (value === undefined) throw new Error('it recalls what it did not keep');
      this.stack.push(value);
    };
    if (code === 0x71) put(this.byte());
    else if (code === 0x72) put(this.size(4));
    else if (code === 0x94) put(this.memo.size);
    else if (code === 0x70) put(Number(this.line()));
    else if (code === 0x68) get(this.byte());
    else if (code === 0x6a) get(this.size(4));
    else if (code === 0x67) get(Number(this.line()));
    else if (code === 0x80) this.byte();
    else if (code === 0x95) this.take(8);
    else if (code === 0x30) this.pop();
    else return false;
    return true;
  }

  private build(code: number): boolean {
    if (code === 0x63) this.stack.push(named(`${this.line()} ${this.line()}`));
    else if (code === 0x93) {
      const [what, where] = [this.pop(), this.pop()];
      this.stack.push(named(`${String(where)} ${String(what)}`));
    } else if (code === 0x52) {
      const [words, name] = [this.pop(), this.pop()];
      this.stack.push(made(name, words));
    } else if (code === 0x62) {
      const state = this.pop();
      complete(this.top() as PickleValue, state);
    } else return false;
    return true;
  }

  private byte(): number {
    return this.take(1)[0] as number;
  }

  private take(length: number): Buffer {
    if (!(length >= 0 && this.at + length <= this.bytes.length)) throw new Error('it is cut short');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private size(bytes: 4 | 8): number {
    return bytes === 4 ? this.take(4).readUInt32LE(0) : Number(this.take(8).readBigUInt64LE(0));
  }

  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new Error('it is cut short');
    const line = this.bytes.toString('latin1', this.at, end);
    this.at = end + 1;
    return line;
  }

  private top(): Slot {
    const value = this.stack.at(-1);
    if (value === undefined) throw new Error('its stack is empty');
    return value;
  }

  private pop(): PickleValue {
    const value = this.top();
    if (value === mark) throw new Error('a mark is where a value should be');
    this.stack.pop();
    return value;
  }

  private sinceMark(): PickleValue[] {
    const from = this.stack.lastIndexOf(mark);
    if (from < 0) throw new Error('a mark is missing');
    return this.stack.splice(from).slice(1) as PickleValue[];
  }

  private extend(values: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new Error('it appends to what is no list');
    for (const value of values) list.push(value);
  }

  private enter(values: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw new Error('it enters into what is no dictionary');
    entered(map, values);
  }
}

const constants: ReadonlyMap<number, () => Slot> = new Map<number, () => Slot>([
  [0x28, () => mark],
  [0x4e, () => null],
  [0x88, () => true],
  [0x89, () => false],
  [0x5d, () => []],
  [0x7d, () => new Map()],
  [0x29, () => []],
]);

function entered(map: Map<string, PickleValue>, values: readonly PickleValue[]): Map<string, PickleValue> {
  for (let i = 0; i + 1 < values.length; i += 2) map.set(wordOf(values[i]), values[i + 1] as PickleValue);
  return map;
}

/** A key or a name: Python 2 wrote them as bytes. */
export function wordOf(value: PickleValue | undefined): string {
  return Buffer.isBuffer(value) ? value.toString('latin1', 0, 256) : String(value);
}

function wholeNumber(bytes: Buffer): number {
  if (bytes.length > 8) throw new Error('it holds a number of more than 64 bits');
  return bytes.length === 0
    ? 0
    : bytes.length <= 6
      ? bytes.readIntLE(0, bytes.length)
      : Number(
          Buffer.concat([
            bytes,
            Buffer.alloc(8 - bytes.length, (bytes.at(-1) as number) >> 7 ? 255 : 0),
          ]).readBigInt64LE(0),
        );
}

/** Protocol 0 writes bytes as Python shows them. */
function unquoted(line: string): Buffer {
  const inner = line.trim().slice(1, -1);
  const escapes: Readonly<Record<string, string>> = {
    n: '\n',
    r: '\r',
    t: '\t',
    '\\': '\\',
    "'": "'",
    '"': '"',
  };
  const text = inner.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex?: string, letter = '') =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (escapes[letter] ?? letter),
  );
  return Buffer.from(text, 'latin1');
}

/** Text of protocol 0: what is no Latin-1 is written as \u0141. */
const unescaped = (line: string) =>
  line.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function named(word: string): Name {
  if (known.test(word)) return new Name(word);
  throw new Error(`it asks for ${word.slice(0, 80).replace(' ', '.')}, which aigc does not run`);
}

/** What a call would give, of those few that only hold data. */
function made(name: PickleValue, words: PickleValue): PickleValue {
  if (!(name instanceof Name) || !Array.isArray(words)) throw new Error('it calls what is no name');
  const [first, second, third, fourth] = words as readonly PickleValue[];
  if (name.word.endsWith('encode')) return Buffer.from(wordOfAny(first), 'latin1');
  if (name.word.endsWith('dtype')) return new PickledType(wordOf(first));
  if (name.word.endsWith('_reconstruct')) return new PickledArray();
  if (name.word.endsWith('_frombuffer')) {
    const array = new PickledArray();
    complete(array, [1, third ?? [], second ?? null, wordOf(fourth) === 'F', first ?? null]);
    return array;
  }
  throw new Error(`it calls ${name.word}`);
}

function wordOfAny(value: PickleValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error('it encodes what is no text');
}

function complete(target: PickleValue, state: PickleValue): void {
  if (!Array.isArray(state)) throw new Error('it builds with what is no state');
  const values = state as readonly PickleValue[];
  if (target instanceof PickledType) {
    target.bigEndian = wordOf(values[1]) === '>';
    return;
  }
  const [, shape, type, fortranOrder, data] = values;
  if (!(target instanceof PickledArray) || !Array.isArray(shape) || !(type instanceof PickledType))
    throw new Error('it builds what is no array');
  target.shape = (shape as readonly PickleValue[]).map(Number);
  target.type = type;
  target.fortranOrder = fortranOrder === true;
  target.data =
    typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.isBuffer(data) ? data : Buffer.alloc(0);
}

const kinds = { b: 'bool', u: 'unsigned', i: 'signed', f: 'float' } as const;

/** The type of an array's numbers; undefined when they are none. */
export function numberTypeOf({ type }: PickledArray): NumberType | undefined {
  const [, kind, size] = /^[<>|=]?([buif])([1248])$/.exec(type?.word ?? '') ?? [];
  const bytes = Number(size) as NumberType['bytes'];
  if (kind === undefined || (kind === 'f' && bytes === 1)) return undefined;
  return { kind: kinds[kind as keyof typeof kinds], bytes, bigEndian: type?.bigEndian ?? false };
}

/** The numbers of an array. @throws DataError when it is damaged */
export function numbersOf(array: PickledArray, source: string): Pick<NumberArray, 'shape' | 'values'> {
  const type = numberTypeOf(array);
  const expected = array.shape.reduce((product, size) => product * size, type?.bytes ?? 0);
  if (type === undefined || array.fortranOrder || expected !== array.data.length) {
    throw new DataError(`${source} is damaged, or of numbers that aigc does not read.`, {
      hint: 'Save the arrays with numpy.savez instead.',
    });
  }
  return { shape: array.shape, values: decodeNumbers(Uint8Array.from(array.data), type) };
}
