// xz: compressing by the system's own program, and joining several streams into one, so that a piece can be filled to its
// limit by parts that were compressed side by side. The format: tukaani.org/xz/xz-file-format.txt.
import { spawn } from 'node:child_process';
import { crc32 } from 'node:zlib';
import { BackendError } from '../errors';
import { findProgram } from '../process/program';

export type Compress = (data: Buffer) => Promise<Buffer>;

const python =
  'import lzma, sys; sys.stdout.buffer.write(lzma.compress(sys.stdin.buffer.read(), preset=int(sys.argv[1])))';

/** @param level of xz's: 1 is five times as fast as 6 and gives a seventh more
 *  @throws BackendError when there is neither xz nor a Python that can do the same */
export async function findCompressor(level: number, signal: AbortSignal): Promise<Compress> {
  const xz = await findProgram(['xz']);
  if (xz) return (data) => pipeThrough(xz, ['-c', `-${level}`, '-T1'], data, signal);
  const interpreter = await findProgram([process.env.PYTHON, 'python3', 'python']);
  if (interpreter) return (data) => pipeThrough(interpreter, ['-c', python, String(level)], data, signal);
  throw new BackendError('Expected xz or Python 3, to compress the pack; found neither.', {
    hint: 'Install one (Debian, Ubuntu: `apt install xz-utils`; Fedora: `dnf install xz`).',
  });
}

function pipeThrough(
  program: string,
  words: readonly string[],
  data: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], { stdio: ['pipe', 'pipe', 'pipe'], signal });
    const chunks: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-500);
    });
    child.on('error', reject);
    child.stdin.on('error', () => undefined); // Its exit code says more.
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks));
      else reject(new BackendError(`Compressing with ${program} failed: ${complaint.trim()}`));
    });
    child.stdin.end(data);
  });
}

const headerBytes = 12;
const footerBytes = 12;

/** The blocks of a stream, and what its index says of them. */
export interface XzBlocks {
  readonly header: Buffer;
  readonly blocks: Buffer;
  /** [unpadded size, uncompressed size] of each. */
  readonly records: readonly (readonly [number, number])[];
}

/** Takes a stream apart that xz wrote. */
export function openXz(stream: Buffer): XzBlocks {
  const footer = stream.subarray(-footerBytes);
  const indexStart = stream.length - footerBytes - (footer.readUInt32LE(4) + 1) * 4;
  const index = stream.subarray(indexStart, stream.length - footerBytes);
  let at = 1; // after the index's first byte, a zero
  const next = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = index[at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const records = Array.from({ length: next() }, () => [next(), next()] as const);
  return {
    header: stream.subarray(0, headerBytes),
    blocks: stream.subarray(headerBytes, indexStart),
    records,
  };
}

/** One stream of the blocks of several, which must have been written with the same kind of check. */
export function joinXz(streams: readonly XzBlocks[]): Buffer {
  const records = streams.flatMap((stream) => stream.records);
  const numbers = [records.length, ...records.flat()].flatMap(variableLength);
  const body = Buffer.from([0, ...numbers]);
  const index = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const [first] = streams as readonly [XzBlocks];
  const tail = Buffer.alloc(footerBytes);
  tail.writeUInt32LE((index.length + 4) / 4 - 1, 4);
  tail.set(first.header.subarray(6, 8), 8);
  tail.write('YZ', 10);
  tail.writeUInt32LE(crc32(tail.subarray(4, 10)), 0);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(index), 0);
  return Buffer.concat([first.header, ...streams.map(({ blocks }) => blocks), index, check, tail]);
}

/** What joining adds to the blocks at most. */
export function joinedOverhead(blocks: number): number {
  return headerBytes + footerBytes + 16 + 18 * blocks;
}

function variableLength(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
