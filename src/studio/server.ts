// The HTTP server of a studio: on this machine alone, behind the guard, within bounds.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { UsageError } from '../errors';
import { errorCode } from '../file-error';
import { readJsonBody } from './body';
import { failureOf, HttpError } from './failure';
import { createGuard, type Guard } from './guard';
import { type Answer, type Asked, createRoutes, type Routes } from './routes';
import { type StaticFile, staticFiles } from './static-files';
import type { Studio } from './studio';

export interface StudioServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const maxAddress = 8192;
/** Of connections; the one that has been idle for longest makes room for another. */
const mostConnections = 200;

/** Only what this server has, and nothing inline; a page that plays may stand in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
};

/**
 * @param folder the served one as it was named
 * @param port 0: a free one
 * @param onBug told of what was no fault of the one who asked
 * @throws UsageError when the port is taken
 */
export async function startServer(
  studio: Studio,
  folder: string,
  port: number,
  onBug: (error: unknown) => void,
): Promise<StudioServer> {
  const guard = createGuard();
  const routes = createRoutes(studio, folder, guard);
  const files = staticFiles();
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 2000,
    },
    (request, response) => {
      for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
      answer(request, response, { guard, routes, files }).catch((error: unknown) =>
        fail(response, error, onBug),
      );
    },
  );
  server.maxHeadersCount = 100;
  makeRoom(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portError(error, port)));
    server.listen(port, host, resolve);
  });
  const { port: given } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${given}/#token=${guard.token}`,
    port: given,
    token: guard.token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portError(error: Error, port: number): Error {
  const code = errorCode(error);
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const why = code === 'EACCES' ? 'is not for this user' : 'is in use';
  return new UsageError(`Port ${port} ${why}.`, {
    hint: 'Name another with --port, or leave it out for a free one.',
  });
}

/** A thousand connections that say nothing keep nobody out. */
function makeRoom(server: ReturnType<typeof createServer>): void {
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    idle.add(socket);
    socket.on('close', () => {
      open--;
      idle.delete(socket);
    });
    if (open <= mostConnections) return;
    const [oldest] = idle;
    oldest?.destroy();
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.on('close', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

interface Parts {
  readonly guard: Guard;
  readonly routes: Routes;
  readonly files: ReadonlyMap<string, StaticFile>;
}

async function answer(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { method = '', url = '' } = request;
  if (url.length > maxAddress) throw new HttpError(414, 'The address is too long.');
  // Addresses are compared as they are: whatever else a path may be spelled like leads nowhere.
  const [path = '', ...rest] = url.split('?');
  const asked = { request, response, query: new URLSearchParams(rest.join('?')) };
  if (method === 'GET' || method === 'HEAD') return send(response, await read(path, asked, parts), method);
  if (method !== 'POST') throw new HttpError(405, 'Expected GET or POST.');
  send(response, await act(path, request, parts), method);
}

async function read(path: string, asked: Asked, parts: Parts): Promise<Answer> {
  const { guard, routes, files } = parts;
  const file = files.get(path);
  if (file) {
    guard.checkHost(asked.request);
    return file;
  }
  guard.checkOrigin(asked.request);
  guard.checkReader(asked.request);
  const page = /^\/play\/([0-9a-f]{32})$/.exec(path)?.[1];
  if (page !== undefined) return routes.play(page);
  const route = Object.hasOwn(routes.get, path) ? routes.get[path] : undefined;
  if (!route) throw new HttpError(404, 'There is nothing at this address.');
  return route(asked);
}

async function act(path: string, request: IncomingMessage, { guard, routes }: Parts): Promise<Answer> {
  guard.checkOrigin(request);
  guard.checkActor(request);
  const route = Object.hasOwn(routes.post, path) ? routes.post[path] : undefined;
  if (!route) throw new HttpError(404, 'There is nothing at this address.');
  return route(await readJsonBody(request));
}

function send(response: ServerResponse, answered: Answer, method: string): void {
  if (!answered) return;
  const isJson = 'json' in answered;
  const bytes = isJson ? Buffer.from(JSON.stringify(answered.json)) : answered.bytes;
  response.writeHead(200, {
    'content-type': isJson ? 'application/json; charset=utf-8' : answered.type,
    'content-length': bytes.length,
    ...('headers' in answered ? answered.headers : {}),
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

/** What is left of a body that is refused is not read. */
function fail(response: ServerResponse, error: unknown, onBug: (error: unknown) => void): void {
  const known = failureOf(error);
  if (!known) onBug(error);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, body } = known ?? {
    status: 500,
    body: { error: { message: 'A bug of the studio; it says more in its terminal.' } },
  };
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text, () => response.socket?.destroySoon());
}
