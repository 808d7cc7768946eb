// A web server on this machine for tests of downloads, which can misbehave in every way that they must survive.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Route = (request: IncomingMessage, response: ServerResponse, visit: number) => void;

export interface FileServer {
  /** Ends in "/". */
  readonly url: string;
  /** Each request so far: its path, and its Range header if it had one. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** @param routes by path without the leading "/"; the rest is 404. `visit` counts from 1 for each path. */
export async function serve(routes: Readonly<Record<string, Route>>): Promise<FileServer> {
  const requests: string[] = [];
  const visits = new Map<string, number>();
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    requests.push(request.headers.range === undefined ? path : `${path} ${request.headers.range}`);
    const visit = (visits.get(path) ?? 0) + 1;
    visits.set(path, visit);
    const route = routes[path];
    if (route) route(request, response, visit);
    else response.writeHead(404).end('not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Sends the whole, or what is left of it when the client asks with Range. */
export function whole(content: Buffer): Route {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    if (start >= content.length)
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    else if (start > 0) response.writeHead(206, { 'content-range': range }).end(content.subarray(start));
    else response.writeHead(200, { 'content-length': content.length }).end(content);
  };
}

/** Sends the whole whatever is asked for, as a server without Range does. */
export function wholeAlways(content: Buffer): Route {
  return (_, response) => response.writeHead(200, { 'content-length': content.length }).end(content);
}

/** Promises the whole and cuts the connection after some bytes. */
export function cutAfter(content: Buffer, bytes: number): Route {
  return (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };
}

export function redirect(to: string): Route {
  return (_, response) => response.writeHead(302, { location: to }).end();
}
