// SHA-256 of a data file, of its bytes on disk or of what they unfold to.
import { createHash } from 'node:crypto';
import { openSource, readSource } from './byte-source';
import type { Checksum } from './index';

/** Nothing that aigc reads unfolds to more: a hostile archive must not keep us hashing for hours. */
const maxBytes = 2 ** 31;

/**
 * Compares a file with its checksum.
 * @returns undefined when it is right, else what is wrong, as the end of a sentence
 * @throws DataError when the file cannot be read or its gzip data is damaged
 */
export async function checksumProblem(path: string, checksum: Checksum): Promise<string | undefined> {
  const source = await openSource(path);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of readSource(checksum.covers === 'gzip' ? { ...source, gzipped: false } : source)) {
    bytes += chunk.length;
    if (bytes > maxBytes) return 'it unfolds to more than 2 GiB';
    hash.update(chunk);
  }
  const got = hash.digest('hex');
  if (got === checksum.sha256) return undefined;
  return `wrong checksum: expected SHA-256 ${checksum.sha256}, got ${got}`;
}
