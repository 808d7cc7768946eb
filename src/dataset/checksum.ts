// Whether a data file is the one that it should be: by its SHA-256, or where none is known by its kind and size.
import { createHash } from 'node:crypto';
import { openSource, readSource } from './byte-source';
import type { Checksum } from './named-set';
import { openZip } from './readers/zip';

/** Nothing that aigc reads unfolds to more: a hostile archive must not keep us hashing for hours. */
const maxBytes = 2 ** 31;

/** Of what a file unfolds to. */
export interface ContentBytes {
  readonly least: number;
  readonly most: number;
  /** Of a zip archive: what its members unfold to. */
  readonly isZip?: boolean;
}

/**
 * Compares a file with its checksum.
 * @returns undefined when it is right, else what is wrong, as the end of a sentence
 * @throws DataError when the file cannot be read or its gzip data is damaged
 */
export async function checksumProblem(path: string, checksum: Checksum): Promise<string | undefined> {
  const source = await openSource(path);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of readSource(checksum.covers === 'file' ? { ...source, gzipped: false } : source)) {
    bytes += chunk.length;
    if (bytes > maxBytes) return 'it unfolds to more than 2 GiB';
    hash.update(chunk);
  }
  const got = hash.digest('hex');
  if (got === checksum.sha256) return undefined;
  return `wrong checksum: expected SHA-256 ${checksum.sha256}, got ${got}`;
}

/**
 * Holds a file that no checksum is known of, gzipped or a zip archive, to what it should unfold to: a page that says that
 * one must log in first is no data.
 * @returns undefined when it may be right, else what is wrong, as the end of a sentence
 * @throws DataError when it is damaged
 */
export async function contentProblem(
  path: string,
  { least, most, isZip }: ContentBytes,
): Promise<string | undefined> {
  const bytes = isZip ? await bytesOfZip(path) : await bytesOfSource(path, most);
  if (bytes >= least && bytes <= most) return undefined;
  return `what it sent is not the file: it holds ${bytes} bytes, expected ${least === most ? most : `${least} to ${most}`}`;
}

/** Stops at more than `most`. */
async function bytesOfSource(path: string, most: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of readSource(await openSource(path))) {
    bytes += chunk.length;
    if (bytes > most) break;
  }
  return bytes;
}

async function bytesOfZip(path: string): Promise<number> {
  const zip = await openZip(path);
  zip.close();
  return zip.members.reduce((sum, { bytes }) => sum + bytes, 0);
}
