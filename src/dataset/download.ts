// Downloads one file: mirrors in order, resumed where it was cut, checked before it takes its name.
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { syncFolder } from '../files';
import { type ContentBytes, checksumProblem, contentProblem } from './checksum';
import type { Checksum } from './named-set';
import { OversizeError, type Transfer, TransferError, transfer } from './transfer';

export interface DownloadProgress {
  /** The file's name. */
  readonly file: string;
  /** Including what an earlier, cut download had left. */
  readonly receivedBytes: number;
  /** Undefined when the server does not say. */
  readonly totalBytes: number | undefined;
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** How long a server may take to begin to answer, milliseconds. */
  readonly connectMs?: number;
  /** How long it may then send less than `leastRate` bytes a second on average, milliseconds. */
  readonly idleMs?: number;
  readonly leastRate?: number;
}

/** How often one mirror may cut us off and be asked to go on. */
const maxAttempts = 4;

/**
 * Downloads a file to `path`. It is `path`.part until its checksum is right, and stays there when the connection is
 * cut, so that the next call goes on from it.
 * @param urls the same file in several places, tried in order
 * @param checksum undefined where none is known: then the kind and size of the content must do
 * @param content what it holds once it is unfolded
 * @throws DataError that lists what each place answered, or that the disk refuses
 */
export async function downloadFile(
  urls: readonly string[],
  path: string,
  checksum: Checksum | undefined,
  content: ContentBytes,
  options: DownloadOptions = {},
): Promise<void> {
  const { onProgress, connectMs = 30_000, idleMs = 30_000, leastRate = 1024 } = options;
  const report = (receivedBytes: number, totalBytes: number | undefined) =>
    onProgress?.({ file: basename(path), receivedBytes, totalBytes });
  const request: Transfer = {
    path,
    part: `${path}.part`,
    connectMs,
    idleMs,
    leastRate,
    maxBytes: zippedAtMost(content.most),
    report,
  };
  const problemOf = () => partProblem(request.part, checksum, content);
  const reasons: string[] = [];
  const answers: string[] = [];
  for (const url of urls) {
    const reason = await tryMirror(url, request, problemOf);
    if (reason === undefined) return;
    answers.push(`${url}: ${reason}`);
    reasons.push(reason);
  }
  throw new DataError(
    `Cannot download ${basename(path)}: ${answers.join('; ') || 'no place to get it from is known'}.`,
    {
      hint: `Check the connection, set AIGC_MIRROR to a mirror of yours, or put the file into ${dirname(path)} by hand.`,
      cause: new Error([...new Set(reasons)].join('; ')),
    },
  );
}

/** The most that a gzipped file of such content has: deflate stores what it cannot shrink in blocks of 5 bytes more. */
function zippedAtMost(contentBytes: number): number {
  return contentBytes + 5 * Math.ceil(contentBytes / 16_384) + 65_536;
}

/** @returns undefined when the file is in place, else why this mirror did not do */
async function tryMirror(url: string, request: Transfer, problemOf: Look): Promise<string | undefined> {
  const { part, path } = request;
  for (let attempt = 1; ; attempt++) {
    const offset = await sizeOf(part);
    try {
      await transfer(url, offset, request);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      if (error instanceof OversizeError) await rm(part, { force: true });
      if (error.progressed && attempt < maxAttempts) continue;
      return error.message;
    }
    const problem = await problemOf();
    if (problem === undefined) return publish(part, path);
    await rm(part, { force: true });
    // The beginning came from elsewhere and may be of another version: once more, from the start.
    if (offset === 0 || attempt >= maxAttempts) return problem;
  }
}

/** Looks at what came. @returns undefined when it is right */
type Look = () => Promise<string | undefined>;

async function partProblem(
  part: string,
  checksum: Checksum | undefined,
  content: ContentBytes,
): Promise<string | undefined> {
  try {
    return await (checksum ? checksumProblem(part, checksum) : contentProblem(part, content));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return `what it sent is not the file (damaged ${content.isZip ? 'zip archive' : 'gzip data'})`;
  }
}

async function publish(part: string, path: string): Promise<undefined> {
  try {
    await rename(part, path);
  } catch (error) {
    throw fileError(error, path, 'write');
  }
  await syncFolder(dirname(path));
}

/** What an earlier download left; what is no file, such as a pipe, makes way. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFile()) await rm(path, { recursive: true, force: true });
  return found?.isFile() ? found.size : 0;
}
