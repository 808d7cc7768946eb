// The bytes of a file that may be gzipped, as a stream: what a file claims to hold is never believed, only what comes.
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { openRegular } from '../read-file';

/** Deflate cannot shrink better than 1032 to 1 (zlib.net/zlib_tech.html). */
const bestDeflateRatio = 1032;
const chunkBytes = 1 << 18;

/** More than this is not a set that aigc could keep in memory as bytes and floats. */
export const maxDataBytes = 2 ** 31;

export interface ByteSource {
  readonly path: string;
  readonly gzipped: boolean;
  /** Bytes on disk. */
  readonly size: number;
  /** The most bytes that reading can give: the size itself, or what a gzipped file of that size can unfold to. */
  readonly limit: number;
}

/** Looks at a file without reading it; gzip is told by its first two bytes, not by the name.
 *  @throws DataError when the file is missing, unreadable or a folder */
export async function openSource(path: string): Promise<ByteSource> {
  const { file, size } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const gzipped = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    return { path, gzipped, size, limit: gzipped ? size * bestDeflateRatio : size };
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await file.close();
  }
}

/** Reads a source piece by piece, unfolding gzip on the way. @throws DataError when the gzip data is damaged or cut */
export async function* readSource(source: ByteSource): AsyncGenerator<Buffer> {
  const opened = await openRegular(source.path);
  const file = opened.file.createReadStream({ highWaterMark: chunkBytes });
  const bytes = source.gzipped
    ? pipeline(file, createGunzip({ chunkSize: chunkBytes }), () => undefined)
    : file;
  try {
    for await (const chunk of bytes) yield chunk as Buffer;
  } catch (error) {
    throw gzipError(error, source.path);
  } finally {
    file.destroy();
    bytes.destroy();
  }
}

function gzipError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  const hint = 'Copy or download the file again.';
  if (code === 'Z_BUF_ERROR') {
    return new DataError(`${path} is cut short: its gzip data ends too early.`, { hint, cause: error });
  }
  if (code?.startsWith('Z_')) {
    const reason = (error as Error).message;
    return new DataError(`${path} is damaged: its gzip data cannot be unfolded (${reason}).`, {
      hint,
      cause: error,
    });
  }
  return fileError(error, path, 'read');
}
