// Checks a wheel and streams out of it the files that a build needs.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise } from 'yauzl';
import { AigcError, BackendError } from '../errors';
import { fileError } from '../file-error';
import { openRegular } from '../read-file';
import type { InstallContext } from './progress';

/** SHA-256 of a file, in hexadecimal. */
export async function hashFile(path: string, { progress, signal }: InstallContext): Promise<string> {
  const { file, size } = await openRegular(path);
  const hash = createHash('sha256');
  await pipeline(file.createReadStream(), counting(size, progress.bytes), hash, { signal });
  return hash.digest('hex');
}

/** TensorFlow's wheel with CUDA unpacks to 1.4 GB, NVIDIA's largest to 1.2. */
const maxUnpackedBytes = 4e9;
/** TensorFlow's wheel has 13,000. */
const maxEntries = 100_000;

/**
 * Unpacks files of a wheel.
 * @param place where an entry goes, below `folder`; undefined leaves it out
 * @throws BackendError when the file is no wheel, or one that is damaged
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  place: (name: string) => string | undefined,
  { progress, signal }: InstallContext,
): Promise<void> {
  const zip = await openPromise(wheel, { autoClose: false }).catch((cause) => {
    throw new BackendError(`Expected a Python wheel, got something else: ${wheel}`, { cause });
  });
  try {
    if (zip.entryCount > maxEntries) throw new Error(`it has ${zip.entryCount} entries`);
    const chosen: { entry: Entry; path: string }[] = [];
    for await (const entry of zip.eachEntry()) {
      const target = entry.fileName.endsWith('/') ? undefined : place(entry.fileName);
      if (target !== undefined) chosen.push({ entry, path: join(folder, target) });
    }
    const total = chosen.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    if (total > maxUnpackedBytes) throw new Error(`it unpacks to ${total} bytes`);
    let before = 0;
    for (const { entry, path } of chosen) {
      await mkdir(dirname(path), { recursive: true });
      const count = counting(total, (done, all) => progress.bytes(before + done, all));
      await pipeline(
        await zip.openReadStreamPromise(entry),
        count,
        createWriteStream(path, { mode: modeOf(entry) }),
        { signal },
      );
      before += entry.uncompressedSize;
    }
  } catch (error) {
    throw damaged(error, wheel, folder, signal);
  } finally {
    zip.close();
  }
}

/** What the reader of archives says: a name that leads out of the folder, a size that is not so, encryption. */
function damaged(error: unknown, wheel: string, folder: string, signal: AbortSignal): unknown {
  const told = fileError(error, folder, 'write');
  if (told instanceof AigcError || signal.aborted) return told;
  const { message } = error as Error;
  return new BackendError(
    `${wheel} is damaged, or no wheel of TensorFlow's: ${message.replace(/\s+/g, ' ')}.`,
    {
      hint: 'Download it again.',
      cause: error,
    },
  );
}

/** A program stays one. */
function modeOf(entry: Entry): number {
  return ((entry.externalFileAttributes >>> 16) & 0o111) !== 0 ? 0o755 : 0o644;
}

/** Passes bytes on and tells how many have passed. */
function counting(total: number, tell: (done: number, total: number) => void): Transform {
  let done = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      tell(done, total);
      next(null, chunk);
    },
  });
}
