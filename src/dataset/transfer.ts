// One HTTP transfer into a part file: from an offset if the server can, watched for silence, redirects bounded.
import { open } from 'node:fs/promises';
import { DataError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { version } from '../version';
import { requestPage } from './web';

export interface Transfer {
  /** What the file will be called, for messages. */
  readonly path: string;
  /** Where the bytes go. */
  readonly part: string;
  /** How long the server may take to begin to answer, milliseconds. */
  readonly connectMs: number;
  /** How long it may then send less than `leastRate` bytes a second on average, milliseconds. */
  readonly idleMs: number;
  readonly leastRate: number;
  /** The most that the file can have: a server that sends without end must not fill the disk. */
  readonly maxBytes: number;
  report(receivedBytes: number, totalBytes: number | undefined): void;
}

const maxRedirects = 5;

/** Why one transfer failed: the next attempt or the next mirror may do better. */
export class TransferError extends Error {
  constructor(
    message: string,
    /** Whether data came before it failed, so that asking again goes on from there. */
    readonly progressed = false,
  ) {
    super(message);
  }
}

/** The server sends more than the file can have: what came is worth nothing. */
export class OversizeError extends TransferError {
  constructor() {
    super('it sends more than the file has');
  }
}

/** Fetches from `offset` to the end into the part file. @throws TransferError; DataError when the disk refuses */
export async function transfer(url: string, offset: number, request: Transfer): Promise<void> {
  const watch = openWatch(request.connectMs);
  try {
    const response = await follow(url, offset, watch.signal);
    if (response.status === 416 && offset > 0) return await discard(response); // Nothing is left to send.
    if (!response.ok || response.body === null) {
      await discard(response);
      throw new TransferError(`${response.status} ${response.statusText}`.trim());
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== 0 && start !== offset)
      throw new TransferError('it answered with another range than was asked for');
    await save(response.body, start, totalBytes(response, start), request, watch);
  } catch (error) {
    if (watch.signal.aborted) throw new TransferError(watch.reason(), watch.beats() > 0);
    throw networkError(error, watch.beats() > 0);
  } finally {
    watch.stop();
  }
}

/** Appends what comes to the part file, or begins it anew when the server began anew. */
async function save(
  body: AsyncIterable<Uint8Array>,
  start: number,
  total: number | undefined,
  request: Transfer,
  watch: Watch,
): Promise<void> {
  let received = start;
  const file = await onDisk(request, () => open(request.part, start > 0 ? 'a' : 'w'));
  try {
    for await (const chunk of body) {
      watch.beat(chunk.length, request);
      received += chunk.length;
      if (received > Math.min(request.maxBytes, total ?? Number.POSITIVE_INFINITY)) throw new OversizeError();
      await onDisk(request, () => file.appendFile(chunk));
      request.report(received, total);
    }
    await onDisk(request, () => file.sync());
  } finally {
    await file.close();
  }
  if (total !== undefined && received < total)
    throw new TransferError('the connection was cut', received > start);
}

async function onDisk<T>(request: Transfer, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(error, request.path, 'write');
  }
}

/** Follows redirects by hand, so that a circle ends. */
async function follow(url: string, offset: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'user-agent': `aigc/${version}`, 'accept-encoding': 'identity' };
  if (offset > 0) headers.range = `bytes=${offset}-`;
  let place = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await requestPage(place, { headers, signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await discard(response);
    place = new URL(location, place).href;
  }
  throw new TransferError(`more than ${maxRedirects} redirects`);
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel();
}

function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** The length of the whole file, unless the server zips on the way, which makes its length another. */
function totalBytes(response: Response, start: number): number | undefined {
  if (response.headers.has('content-encoding')) return undefined;
  const ofRange = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const length = response.headers.get('content-length');
  if (ofRange !== undefined) return Number(ofRange);
  return length === null ? undefined : start + Number(length);
}

interface Watch {
  readonly signal: AbortSignal;
  /** Data came: gives the server `idleMs` for as much as the least rate makes of it. */
  beat(bytes: number, least: { readonly idleMs: number; readonly leastRate: number }): void;
  beats(): number;
  reason(): string;
  stop(): void;
}

/** Aborts the transfer when nothing happens for too long, or so little that it would never end. */
function openWatch(connectMs: number): Watch {
  const controller = new AbortController();
  let beats = 0;
  let limit = connectMs;
  let [bytesSince, slow] = [0, false];
  let timer = setTimeout(() => controller.abort(), connectMs);
  return {
    signal: controller.signal,
    beat: (bytes, { idleMs, leastRate }) => {
      bytesSince += bytes;
      limit = idleMs;
      slow = beats++ > 0;
      if (slow && bytesSince < (leastRate * idleMs) / 1000) return;
      slow = false;
      bytesSince = 0;
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), idleMs);
    },
    beats: () => beats,
    reason: () => {
      if (slow) return `it sent next to nothing for ${limit / 1000} s`;
      return `${beats > 0 ? 'it fell silent' : 'no answer'} for ${limit / 1000} s`;
    },
    stop: () => clearTimeout(timer),
  };
}

const networkProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no such host, or no network',
  EAI_AGAIN: 'the host name cannot be looked up: no network?',
  ENETUNREACH: 'no network',
  EHOSTUNREACH: 'the host cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'no answer',
};

/** fetch says "fetch failed" and hides why in the cause. */
function networkError(error: unknown, progressed: boolean): unknown {
  if (error instanceof DataError || error instanceof TransferError) return error;
  const { name, message, cause } = error as Error;
  if (name !== 'TypeError') return error;
  const reason = networkProblems[errorCode(cause) ?? ''] ?? (cause as Error | undefined)?.message ?? message;
  return new TransferError(reason, progressed);
}
