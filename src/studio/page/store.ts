// What the page knows of runs, searches and jobs, kept true by the server's events.
import type { Events, Job, Listing, RunRow, SearchRow } from '../api';
import { addresses } from '../api';
import type { Client } from './client';
import { calmly } from './refill';

/** What one can listen to, and what is told. */
interface Topics {
  /** Rows of these runs are new, changed or gone. */
  readonly runs: ReadonlySet<string>;
  readonly searches: ReadonlySet<string>;
  readonly job: Job;
  readonly lines: Events['lines'];
  readonly rewritten: Events['rewritten'];
  readonly detail: Events['detail'];
  /** After a connection was made anew: what was asked for before may be old. */
  readonly anew: undefined;
  readonly connected: boolean;
}

type Unsubscribe = () => void;

export interface Store {
  readonly runs: ReadonlyMap<string, RunRow>;
  readonly searches: ReadonlyMap<string, SearchRow>;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly leftOut: number;
  on<T extends keyof Topics>(topic: T, listener: (told: Topics[T]) => void): Unsubscribe;
  /** Asks for the lines and the details of runs, until it is unsubscribed. */
  watch(ids: readonly string[]): Unsubscribe;
  /** Takes note of a job before the server tells of it. */
  addJob(job: Job): void;
}

type Listeners = { readonly [T in keyof Topics]: Set<(told: Topics[T]) => void> };

/** @returns when the list is there */
export async function openStore(client: Client): Promise<Store> {
  const runs = new Map<string, RunRow>();
  const searches = new Map<string, SearchRow>();
  const jobs = new Map<string, Job>();
  const listeners: Listeners = {
    runs: new Set(),
    searches: new Set(),
    job: new Set(),
    lines: new Set(),
    rewritten: new Set(),
    detail: new Set(),
    anew: new Set(),
    connected: new Set(),
  };
  const tell = <T extends keyof Topics>(topic: T, what: Topics[T]) => {
    for (const listener of listeners[topic]) listener(what);
  };
  let watched: readonly string[] = [];
  let leftOut = 0;
  let source: EventSource | undefined;

  const readList = async () => {
    const listing = await client.get<Listing>(addresses.runs);
    leftOut = listing.leftOut;
    tell('runs', replaceAll(runs, listing.runs));
    tell('searches', replaceAll(searches, listing.searches));
    replaceAll(jobs, listing.jobs);
    for (const job of listing.jobs) tell('job', job);
  };

  /** In the next turn, once: views come and go in pairs. */
  const { ask: connect } = calmly(() => {
    source?.close();
    const query = watched.map((id) => `watch=${encodeURIComponent(id)}`).join('&');
    const opened = new EventSource(query ? `${addresses.events}?${query}` : addresses.events);
    source = opened;
    const hear = <E extends keyof Events>(name: E, act: (data: Events[E]) => void) => {
      opened.addEventListener(name, (event) => {
        if (source === opened) act(JSON.parse((event as MessageEvent<string>).data));
      });
    };
    hear('hello', () => {
      tell('connected', true);
      readList().then(
        () => tell('anew', undefined),
        () => tell('connected', false),
      );
    });
    hear('runs', ({ changed, removed }) => tell('runs', change(runs, changed, removed)));
    hear('searches', ({ changed, removed }) => tell('searches', change(searches, changed, removed)));
    hear('lines', (lines) => tell('lines', lines));
    hear('rewritten', (run) => tell('rewritten', run));
    hear('detail', (run) => tell('detail', run));
    hear('job', (job) => {
      jobs.set(job.id, job);
      tell('job', job);
    });
    // The browser connects again by itself, unless the server refuses.
    opened.addEventListener('error', () => {
      if (source !== opened) return;
      tell('connected', false);
      if (opened.readyState === EventSource.CLOSED) setTimeout(() => source === opened && connect(), 3000);
    });
  }, 0);

  await readList();
  connect();
  return {
    runs,
    searches,
    jobs,
    get leftOut() {
      return leftOut;
    },
    on: (topic, listener) => {
      listeners[topic].add(listener);
      return () => listeners[topic].delete(listener);
    },
    watch: (ids) => {
      watched = ids;
      connect();
      return () => {
        if (watched !== ids) return;
        watched = [];
        connect();
      };
    },
    addJob: (job) => {
      if (jobs.has(job.id)) return;
      jobs.set(job.id, job);
      tell('job', job);
    },
  };
}

/** @returns the ids of what was there and what is there now */
function replaceAll<T extends { readonly id: string }>(
  all: Map<string, T>,
  rows: readonly T[],
): ReadonlySet<string> {
  const ids = new Set([...all.keys(), ...rows.map(({ id }) => id)]);
  all.clear();
  for (const row of rows) all.set(row.id, row);
  return ids;
}

function change<T extends { readonly id: string }>(
  all: Map<string, T>,
  changed: readonly T[],
  removed: readonly string[],
): ReadonlySet<string> {
  for (const row of changed) all.set(row.id, row);
  for (const id of removed) all.delete(id);
  return new Set([...changed.map(({ id }) => id), ...removed]);
}
