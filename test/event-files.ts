// Reads event files back, record by record, as TensorBoard's own loader does: for tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Logged {
  readonly step: number;
  readonly tag: string;
  readonly kind: 'scalar' | 'image' | 'histogram' | 'text';
  /** A scalar's number. */
  readonly value?: number;
  /** What an image, a histogram or a text is made of. */
  readonly bytes?: Buffer;
}

/** What stands after all files of a folder were read: a START takes back what is at its step and behind it. */
export function readEventFiles(folder: string): Logged[] {
  let standing: Logged[] = [];
  for (const name of readdirSync(folder).sort()) {
    const [version, ...events] = recordsOf(readFileSync(join(folder, name))).map(fieldsOf);
    expect(version?.get(3)?.toString()).toBe('brain.Event:2');
    for (const event of events) {
      const step = Number(event.get(2) ?? 0);
      const session = event.get(7);
      if (session) standing = standing.filter((logged) => logged.step < step);
      else
        for (const [, value] of eachField(event.get(5) as Buffer))
          standing.push(loggedOf(step, fieldsOf(value)));
    }
  }
  return standing;
}

const kinds = { 2: 'scalar', 4: 'image', 5: 'histogram', 8: 'text' } as const;

function loggedOf(step: number, fields: Fields): Logged {
  const tag = String(fields.get(1));
  for (const [number, kind] of Object.entries(kinds)) {
    const field = fields.get(Number(number));
    if (typeof field === 'number') return { step, tag, kind, value: field };
    if (field) return { step, tag, kind, bytes: field as Buffer };
  }
  throw new Error(`step ${step} of ${tag} has no value`);
}

function recordsOf(bytes: Buffer): Buffer[] {
  const records = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + size);
    expect(bytes.readUInt32LE(at + 12 + size)).toBe(maskedCrc(data));
    records.push(data);
    at += size + 16;
  }
  return records;
}

type Fields = ReadonlyMap<number, number | Buffer>;

/** The fields of a message, the last of each number. */
const fieldsOf = (bytes: number | Buffer): Fields => new Map(eachField(bytes));

/** The fields of a message by their numbers, as they come. */
function eachField(bytes: number | Buffer): [number, number | Buffer][] {
  const message = bytes as Buffer;
  const fields: [number, number | Buffer][] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] as number;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (size: number) => {
    at += size;
    return message.subarray(at - size, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = tag >> 3;
    const wireType = tag & 7;
    if (wireType === 0) fields.push([number, varint()]);
    else if (wireType === 1) fields.push([number, take(8).readDoubleLE()]);
    else if (wireType === 5) fields.push([number, take(4).readFloatLE()]);
    else fields.push([number, take(varint())]);
  }
  return fields;
}

/** CRC-32C bit by bit, of which "123456789" has 0xe3069283, and its mask. */
export function crc(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  }
  return ~value >>> 0;
}

function maskedCrc(data: Uint8Array): number {
  const value = crc(data);
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0;
}
