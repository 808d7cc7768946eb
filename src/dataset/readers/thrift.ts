// A look at a structure of Thrift's compact protocol before hyparquet 1.33 reads it, which some damaged ones keep busy for
// minutes. The layout is that of github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.

/** Of a number of 64 bits, seven in a byte. */
const mostNumberBytes = 10;
/** Nothing in Parquet is nested a tenth as deep. */
const mostDepth = 100;

/** What the protocol calls its types. Truth values lie in the field's own type, or in a byte each in a list. */
const types = {
  stop: 0,
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
};

/** @throws Error for what is no structure; RangeError where it goes on beyond the end */
export function checkStructure(view: DataView, offset: number): void {
  let at = offset;

  function number(): number {
    let value = 0;
    for (let bytes = 0; bytes < mostNumberBytes; bytes++) {
      const byte = view.getUint8(at++);
      value += (byte & 0x7f) * 2 ** (7 * bytes);
      if (byte < 0x80) return value;
    }
    throw new Error(`a number is longer than ${mostNumberBytes} bytes`);
  }

  function bytes(count: number): void {
    at += count;
  }

  function structure(depth: number): void {
    if (depth > mostDepth) throw new Error(`structures are nested deeper than ${mostDepth}`);
    for (;;) {
      const header = view.getUint8(at++);
      const type = header & 0x0f;
      if (type === types.stop) return;
      if (header >> 4 === 0) number();
      if (type !== types.true && type !== types.false) value(type, depth);
    }
  }

  function value(type: number, depth: number): void {
    if (type === types.true || type === types.false || type === types.byte) at++;
    else if (type === types.i16 || type === types.i32 || type === types.i64) number();
    else if (type === types.double) at += 8;
    else if (type === types.binary) bytes(number());
    else if (type === types.list) list(depth);
    else if (type === types.struct) structure(depth + 1);
    else throw new Error(`there is no type ${type}`);
    if (at > view.byteLength) throw new Error('it ends before its last value');
  }

  function list(depth: number): void {
    if (depth > mostDepth) throw new Error(`lists are nested deeper than ${mostDepth}`);
    const header = view.getUint8(at++);
    const count = header >> 4 === 15 ? number() : header >> 4;
    for (let i = 0; i < count; i++) value(header & 0x0f, depth + 1);
  }

  structure(0);
}
