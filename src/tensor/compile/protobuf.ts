// Writes the wire format of protocol buffers, as far as a GraphDef and its like need it: protobuf.dev/programming-guides/encoding.

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Writes fields one after another; a message's are those that are written in its `write`. */
export class MessageWriter {
  private bytes = Buffer.allocUnsafe(64 * 1024);
  private end = 0;

  /** What was written so far. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** An integer, enum or bool field. */
  integer(number: number, value: number): void {
    this.tag(number, wireTypes.varint);
    this.varint(value);
  }

  float(number: number, value: number): void {
    this.tag(number, wireTypes.fixed32);
    this.reserve(4);
    this.end = this.bytes.writeFloatLE(value, this.end);
  }

  double(number: number, value: number): void {
    this.tag(number, wireTypes.fixed64);
    this.reserve(8);
    this.end = this.bytes.writeDoubleLE(value, this.end);
  }

  raw(number: number, value: Uint8Array): void {
    this.tag(number, wireTypes.bytes);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.end);
    this.end += value.length;
  }

  text(number: number, value: string): void {
    const size = Buffer.byteLength(value);
    this.tag(number, wireTypes.bytes);
    this.varint(size);
    this.reserve(size);
    this.end += this.bytes.write(value, this.end);
  }

  message(number: number, write: () => void): void {
    this.tag(number, wireTypes.bytes);
    this.sized(write);
  }

  /** A packed repeated field of integers. */
  packedIntegers(number: number, values: readonly number[]): void {
    this.message(number, () => {
      for (const value of values) this.varint(value);
    });
  }

  /** A packed repeated field of floats. */
  packedFloats(number: number, values: readonly number[]): void {
    this.raw(number, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A packed repeated field of doubles. */
  packedDoubles(number: number, values: readonly number[]): void {
    this.raw(number, new Uint8Array(Float64Array.from(values).buffer));
  }

  /** The length of what is written, and that: it is moved up when its length takes more than a byte. */
  private sized(write: () => void): void {
    this.reserve(1);
    const start = ++this.end;
    write();
    const size = this.end - start;
    const extra = bytesOf(size) - 1;
    this.reserve(extra);
    if (extra > 0) this.bytes.copyWithin(start + extra, start, this.end);
    this.end = start - 1;
    this.varint(size);
    this.end += size;
  }

  private tag(number: number, wireType: number): void {
    this.varint((number << 3) | wireType);
  }

  /** Seven bits a byte, the lowest first; a negative number as the 64 bits of its two's complement. */
  private varint(value: number): void {
    this.reserve(10);
    let rest = value;
    if (value < 0 || value > 0x7fffffff) {
      let long = BigInt.asUintN(64, BigInt(value));
      for (; long > 0x7fn; long >>= 7n) this.bytes[this.end++] = Number(long & 0x7fn) | 0x80;
      rest = Number(long);
    }
    for (; rest > 0x7f; rest >>= 7) this.bytes[this.end++] = (rest & 0x7f) | 0x80;
    this.bytes[this.end++] = rest;
  }

  private reserve(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}

/** How many bytes the size of a message takes. */
function bytesOf(size: number): number {
  let bytes = 1;
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
