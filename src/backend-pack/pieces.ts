// Files as pieces of a size: each piece a tar archive under xz of its own, so that they can be unpacked in any order. What is
// larger than a share of a piece lies in them in parts.
import { createHash, type Hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../errors';
import { writeFileAtomic } from '../files';
import { openRegular } from '../read-file';
import { sha256 } from '../sha256';
import type { PackedFile, Piece } from './manifest';
import { tarEnd, tarEntry } from './tar';
import { type Compress, joinedOverhead, joinXz, openXz, type XzBlocks } from './xz';

export interface SourceFile {
  /** Below the folder that the pack becomes. */
  readonly path: string;
  readonly mode: number;
  /** A file of the disk, or what it holds. */
  readonly from: string | Buffer;
  readonly bytes: number;
}

/** Large enough for xz to find what repeats, small enough that pieces come out nearly full. */
const largestChunk = 2 ** 24;

export interface PackOptions {
  /** Of a piece, at most. */
  readonly pieceBytes: number;
  readonly folder: string;
  readonly compress: Compress;
  /** Told of the bytes that are compressed. */
  readonly onBytes: (done: number) => void;
  /** Sees every byte of every file. */
  readonly onData: (data: Buffer, file: SourceFile) => void;
}

/** Writes the pieces. @returns them, and the files in them */
export async function writePieces(
  sources: readonly SourceFile[],
  options: PackOptions,
): Promise<{ readonly pieces: Piece[]; readonly files: PackedFile[] }> {
  const { compress, folder, pieceBytes, onBytes } = options;
  const files: PackedFile[] = [];
  const chunkBytes = Math.min(largestChunk, Math.floor(pieceBytes / 4));
  const end = openXz(await compress(tarEnd));
  const pieces: Piece[] = [];
  let filled: XzBlocks[] = [];

  const flush = async () => {
    if (filled.length === 0) return;
    const name = `aigc-${String(pieces.length + 1).padStart(2, '0')}.tar.xz`;
    const bytes = joinXz([...filled, end]);
    filled = [];
    await writeFileAtomic(join(folder, name), bytes);
    pieces.push({ name, bytes: bytes.length, sha256: sha256(bytes) });
  };
  const sizeWith = (blocks: readonly XzBlocks[]) =>
    [...blocks, end].reduce((sum, each) => sum + each.blocks.length, joinedOverhead(blocks.length + 1));

  let done = 0;
  const chunks = chunksOf(sources, chunkBytes, files, options.onData);
  for await (const { stream, raw } of compressed(chunks, compress)) {
    if (sizeWith([...filled, stream]) > pieceBytes) await flush();
    filled.push(stream);
    done += raw;
    onBytes(done);
  }
  await flush();
  return { pieces, files };
}

/** As many at once as there are cores, in order. */
async function* compressed(
  chunks: AsyncIterable<Buffer>,
  compress: Compress,
): AsyncGenerator<{ readonly stream: XzBlocks; readonly raw: number }> {
  const waiting: Promise<{ stream: XzBlocks; raw: number }>[] = [];
  for await (const chunk of chunks) {
    const job = compress(chunk).then((stream) => ({ stream: openXz(stream), raw: chunk.length }));
    job.catch(() => undefined); // Awaited below, perhaps after another that fails.
    waiting.push(job);
    if (waiting.length >= availableParallelism()) yield await (waiting.shift() as (typeof waiting)[number]);
  }
  while (waiting.length > 0) yield await (waiting.shift() as (typeof waiting)[number]);
}

/** The archive's bytes, whole entries in each chunk. @param files filled as they are read */
async function* chunksOf(
  sources: readonly SourceFile[],
  chunkBytes: number,
  files: PackedFile[],
  onData: PackOptions['onData'],
): AsyncGenerator<Buffer> {
  let small: Buffer[] = [];
  let smallBytes = 0;
  for (const source of sources) {
    const { path, mode } = source;
    const hash = createHash('sha256');
    let parts = 0;
    for await (const { data, isLast } of partsOf(source, chunkBytes)) {
      hash.update(data);
      onData(data, source);
      if (parts === 0 && isLast) {
        const entry = tarEntry(`tree/${path}`, mode, data);
        if (smallBytes + entry.length > chunkBytes && smallBytes > 0) {
          yield Buffer.concat(small);
          [small, smallBytes] = [[], 0];
        }
        small.push(entry);
        smallBytes += entry.length;
      } else {
        parts += 1;
        yield tarEntry(`parts/${path}/${String(parts).padStart(4, '0')}`, 0o644, data);
      }
    }
    files.push(fileOf(source, parts, hash));
  }
  if (smallBytes > 0) yield Buffer.concat(small);
}

function fileOf({ path, mode }: SourceFile, parts: number, hash: Hash): PackedFile {
  return { path, mode, parts, sha256: hash.digest('hex') };
}

async function* partsOf(
  { from }: SourceFile,
  partBytes: number,
): AsyncGenerator<{ readonly data: Buffer; readonly isLast: boolean }> {
  if (typeof from !== 'string') return yield { data: from, isLast: true };
  const { file, size } = await openRegular(from);
  try {
    for (let at = 0; at < size || at === 0; at += partBytes) {
      const data = Buffer.alloc(Math.min(partBytes, size - at));
      const { bytesRead } = await file.read(data, 0, data.length, at);
      if (bytesRead < data.length) throw new DataError(`${from} has changed while it was read.`);
      yield { data, isLast: at + partBytes >= size };
    }
  } finally {
    await file.close();
  }
}
