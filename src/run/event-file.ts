// Event files, which TensorBoard reads: records of protocol buffers, each with its length and two checksums.
// The format is that of TensorFlow's tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto.
import { closeSync, mkdirSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../file-error';
import { openToAppend } from '../read-file';
import { MessageWriter } from '../tensor/compile/protobuf';

/** What a tag has at a step. */
export type Summary =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'image'; readonly png: Uint8Array; readonly height: number; readonly width: number }
  | { readonly kind: 'histogram'; readonly values: Float32Array }
  /** In Markdown. */
  | { readonly kind: 'text'; readonly text: string };

export interface EventFile {
  /** @param summaries by tag. @throws DataError when the disk refuses */
  add(step: number, summaries: Readonly<Record<string, Summary>>): void;
  /** Takes back all that was logged from a step on, by this file or those before it. */
  purge(fromStep: number): void;
  close(): void;
}

/** A new event file in a folder, which is made if need be. @throws DataError when the disk refuses */
export function createEventFile(folder: string): EventFile {
  const path = join(folder, nextName(folder));
  const file = openToAppend(path);
  const write = (event: (writer: MessageWriter) => void) => {
    const writer = new MessageWriter();
    writer.double(1, Date.now() / 1000); // wall_time
    event(writer);
    try {
      writeSync(file, framed(writer.finish()));
    } catch (error) {
      throw fileError(error, path, 'write');
    }
  };
  write((writer) => writer.text(3, 'brain.Event:2')); // file_version
  return {
    add: (step, summaries) =>
      write((writer) => {
        writer.integer(2, step);
        writer.message(5, () => {
          for (const [tag, summary] of Object.entries(summaries))
            writer.message(1, () => {
              writer.text(1, tag);
              writeValue(writer, summary);
            });
        });
      }),
    purge: (fromStep) =>
      write((writer) => {
        writer.integer(2, fromStep);
        writer.message(7, () => writer.integer(1, 1)); // session_log { status: START }
      }),
    close: () => closeSync(file),
  };
}

/** The value of a Summary.Value: tensorflow/core/framework/summary.proto. */
function writeValue(writer: MessageWriter, summary: Summary): void {
  switch (summary.kind) {
    case 'scalar':
      writer.float(2, summary.value);
      return;
    case 'image':
      writer.message(4, () => {
        writer.integer(1, summary.height);
        writer.integer(2, summary.width);
        writer.raw(4, summary.png);
      });
      return;
    case 'histogram':
      writer.message(5, () => writeHistogram(writer, summary.values));
      return;
    case 'text':
      writer.message(8, () => {
        writer.integer(1, 7); // dtype: DT_STRING
        writer.message(2, () => writer.message(2, () => writer.integer(1, 1))); // shape [1]
        writer.text(8, summary.text);
      });
      writer.message(9, () => writer.message(1, () => writer.text(1, 'text'))); // metadata: the plugin
  }
}

const buckets = 30;

/** A HistogramProto of equal buckets between the least and the greatest value. */
function writeHistogram(writer: MessageWriter, values: Float32Array): void {
  let [min, max, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    sumOfSquares += value * value;
  }
  // All values may be the same.
  const width = (max - min) / buckets || Math.max(Math.abs(max) * 1e-6, 1e-12);
  const counts = new Array<number>(buckets).fill(0);
  for (const value of values) {
    const bucket = Math.min(Math.floor((value - min) / width), buckets - 1);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  writer.double(1, min);
  writer.double(2, max);
  writer.double(3, values.length);
  writer.double(4, sum);
  writer.double(5, sumOfSquares);
  writer.packedDoubles(
    6,
    counts.map((_, i) => min + (i + 1) * width),
  ); // where buckets end
  writer.packedDoubles(7, counts);
}

/** A record: its length in 8 bytes, their checksum, itself, and its checksum. */
function framed(data: Uint8Array): Buffer {
  const record = Buffer.alloc(8 + 4 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return record;
}

/** CRC-32C (Castagnoli), reflected. zlib's CRC-32 has another polynomial. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** As record_writer.h stores it: rotated, and moved by a constant. */
function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crcTable[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** TensorBoard knows event files by such names, and reads those of a folder in their order: a run that is resumed within a
 *  second of its end begins a second later. */
function nextName(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    const taken = readdirSync(folder).map((name) =>
      Number(/^events\.out\.tfevents\.(\d{10})\./.exec(name)?.[1] ?? 0),
    );
    const seconds = Math.max(Math.floor(Date.now() / 1000), ...taken.map((second) => second + 1));
    return `events.out.tfevents.${String(seconds).padStart(10, '0')}.aigc.${process.pid}`;
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
}
