// Writes the wire format of protocol buffers, as far as a GraphDef needs it: protobuf.dev/programming-guides/encoding.

/** Encoded bytes of a message's fields, in pieces. */
export type Fields = readonly Uint8Array[];

const wireTypes = { varint: 0, bytes: 2, fixed32: 5 } as const;

/** An integer, enum or bool field. */
export function integerField(number: number, value: number | bigint): Fields {
  return [varint((number << 3) | wireTypes.varint), varint(value)];
}

export function floatField(number: number, value: number): Fields {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [varint((number << 3) | wireTypes.fixed32), bytes];
}

export function bytesField(number: number, value: Uint8Array): Fields {
  return [varint((number << 3) | wireTypes.bytes), varint(value.length), value];
}

export function textField(number: number, value: string): Fields {
  return bytesField(number, Buffer.from(value, 'utf8'));
}

export function messageField(number: number, ...fields: readonly Fields[]): Fields {
  return bytesField(number, Buffer.concat(fields.flat()));
}

/** A packed repeated field of integers. */
export function packedIntegersField(number: number, values: readonly number[]): Fields {
  return messageField(number, values.map(varint));
}

/** A packed repeated field of floats. */
export function packedFloatsField(number: number, values: readonly number[]): Fields {
  return bytesField(number, Buffer.from(Float32Array.from(values).buffer));
}

/** Most integers of a graph are these. */
const oneByte = Array.from({ length: 0x80 }, (_, value) => Uint8Array.of(value));

/** Seven bits a byte, the lowest first; a negative number as the 64 bits of its two's complement. */
function varint(value: number | bigint): Uint8Array {
  const short = oneByte[Number(value)];
  if (short) return short;
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
