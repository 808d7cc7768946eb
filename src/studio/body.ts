// What a request brings, within bounds.
import type { IncomingMessage } from 'node:http';
import { parseJson } from '../json';
import { HttpError } from './failure';

const maxBodyBytes = 2 ** 20;

/** @throws HttpError 413 as soon as it is too large, 415, 400 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new HttpError(415, 'Expected a body of Content-Type: application/json.');
  const tooLarge = () => new HttpError(413, `A body has at most ${maxBodyBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > maxBodyBytes) throw tooLarge();
    parts.push(part as Buffer);
  }
  try {
    return parseJson(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new HttpError(400, 'The body is no JSON.');
  }
}
