// Server-sent events: who listens, and what each is told.
import type { ServerResponse } from 'node:http';
import type { Events } from './api';
import { HttpError } from './failure';

export interface Hub {
  /** @param watched ids of the runs whose lines it wants @param hello comes first
   *  @throws HttpError 409 when too many listen */
  add(response: ServerResponse, watched: ReadonlySet<string>, hello: Events['hello']): void;
  readonly listeners: number;
  /** Ids of runs that somebody watches. */
  watched(): ReadonlySet<string>;
  /** To all; with `run`, to those who watch it. */
  send<E extends keyof Events>(event: E, data: Events[E], run?: string): void;
  /** Something, so that nobody takes the silence for the end. */
  beat(): void;
  close(): void;
}

const mostListeners = 64;
/** One who does not read what is sent is let go, and comes again. */
const mostUnsentBytes = 2 ** 22;

interface Listener {
  readonly response: ServerResponse;
  readonly watched: ReadonlySet<string>;
}

/** JSON has no ends of lines. */
const eventText = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export function createHub(): Hub {
  const listeners = new Set<Listener>();
  const write = (listener: Listener, text: string) => {
    const { response } = listener;
    if (response.writableLength > mostUnsentBytes) {
      listeners.delete(listener);
      response.destroy();
    } else response.write(text);
  };
  return {
    add: (response, watched, hello) => {
      if (listeners.size >= mostListeners)
        throw new HttpError(409, `${mostListeners} pages listen already.`, 'Close one of them.');
      const listener = { response, watched };
      listeners.add(listener);
      response.on('close', () => listeners.delete(listener));
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(eventText('hello', hello));
    },
    get listeners() {
      return listeners.size;
    },
    watched: () => new Set([...listeners].flatMap(({ watched }) => [...watched])),
    send: (event, data, run) => {
      const text = eventText(event, data);
      for (const listener of listeners)
        if (run === undefined || listener.watched.has(run)) write(listener, text);
    },
    beat: () => {
      for (const listener of listeners) write(listener, ': still here\n\n');
    },
    close: () => {
      for (const { response } of listeners) response.end();
      listeners.clear();
    },
  };
}
