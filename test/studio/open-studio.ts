// A studio for tests: the real server over a folder, and what a browser or an attacker sends it.
import { realpathSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Events } from '../../src/studio/api';
import { startServer } from '../../src/studio/server';
import { createStudio } from '../../src/studio/studio';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect
  readonly json: any;
}

export interface Told {
  readonly event: keyof Events;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly data: any;
}

type Headers = Readonly<Record<string, string>>;

export type OpenedStudio = Awaited<ReturnType<typeof openStudio>>;

/** The caller closes it, and then looks whether there were `bugs`. */
export async function openStudio(folder: string) {
  const bugs: unknown[] = [];
  const room = createStudio(realpathSync(folder));
  const server = await startServer(room, 'runs', 0, (error) => bugs.push(error));
  const bearer = { authorization: `Bearer ${server.token}` };
  const closings: (() => void)[] = [];
  let closed = false;

  const send = (method: string, path: string, headers: Headers, body?: string) =>
    new Promise<Reply>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: server.port, method, path, headers, agent: false },
        async (response) => {
          const parts: Buffer[] = [];
          for await (const part of response) parts.push(part as Buffer);
          const bytes = Buffer.concat(parts);
          const text = bytes.toString();
          const isJson = String(response.headers['content-type']).startsWith('application/json');
          const { statusCode: status = 0, headers: got } = response;
          resolve({ status, headers: got, bytes, text, json: isJson ? JSON.parse(text) : undefined });
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });

  return {
    ...{ bugs, room, send, port: server.port, url: server.url, token: server.token },
    get: (path: string, headers: Headers = bearer) => send('GET', path, headers),
    post: (path: string, body: unknown, headers: Headers = bearer) =>
      send('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body)),
    /** What the server says to these bytes, until it closes. */
    raw: (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
        let said = '';
        socket.on('data', (bytes) => {
          said += bytes;
        });
        socket.on('close', () => resolve(said));
        socket.on('error', () => resolve(said));
      }),
    /** What is told from now on. `until` waits for something of it. */
    listen: async (query: string) => {
      const told: Told[] = [];
      await new Promise<void>((resolve, reject) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port: server.port,
            path: `/api/events${query}`,
            headers: bearer,
            agent: false,
          },
          (response) => {
            let rest = '';
            response.setEncoding('utf8').on('data', (text: string) => {
              const parts = `${rest}${text}`.split('\n\n');
              rest = parts.pop() as string;
              for (const part of parts) {
                const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
                if (event) told.push({ event: event as Told['event'], data: JSON.parse(data as string) });
              }
            });
            response.on('error', () => undefined);
            resolve();
          },
        );
        asked.on('error', reject);
        closings.push(() => asked.destroy());
        asked.end();
      });
      const until = async (found: (one: Told) => unknown): Promise<Told> => {
        for (let looks = 0; looks < 2500 && !closed; looks++) {
          const one = told.find(found);
          if (one) return one;
          await sleep(20);
        }
        throw new Error(`what was waited for was not told, but ${JSON.stringify(told).slice(-3000)}`);
      };
      return { told, until };
    },
    close: async () => {
      closed = true;
      for (const close of closings) close();
      await server.close();
      room.close();
    },
  };
}
