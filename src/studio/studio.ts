// What a studio knows of the folder that it serves: runs, searches and jobs, looked at again and again while somebody
// watches.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../errors';
import type { Listing, RunDetail, SearchRow, Series } from './api';
import { HttpError } from './failure';
import { createHub, type Hub } from './hub';
import { createJobs, type Jobs } from './jobs';
import { createLogs, type Logs } from './logs';
import { detailOf } from './run-detail';
import { createRunList } from './run-list';
import { createRunWatch, type RunWatch } from './run-watch';
import { createScanner } from './scanner';
import { createSearchWatch, type SearchWatch } from './search-watch';

export interface Studio {
  readonly root: string;
  /** Of the pages that play checkpoints; it goes when the studio ends. */
  readonly pages: string;
  readonly hub: Hub;
  readonly jobs: Jobs;
  readonly runs: ReadonlyMap<string, RunWatch>;
  /** Looks once more where it is not known yet. @throws HttpError 404 */
  run(id: string): Promise<RunWatch>;
  /** The same of a search. */
  search(id: string): Promise<SearchWatch>;
  /** Looks once more first. */
  listing(): Promise<Listing>;
  detail(id: string): Promise<RunDetail>;
  series(id: string, points: number): Promise<Series>;
  /** Looks for what has changed, and tells it. */
  look(): Promise<void>;
  close(): void;
}

/** While somebody listens. A look takes some 2 ms for 200 runs. */
const lookEveryMs = 400;
/** Of its time, looking takes a tenth at most, however many runs there are and however slow the disk is. */
const restFactor = 9;
const beatEveryMs = 15_000;

type OnBug = (error: unknown) => void;

/** @param onBug told of what goes wrong where nobody has asked for anything */
export function createStudio(root: string, onBug: OnBug): Studio {
  const pages = mkdtempSync(join(tmpdir(), 'aigc-studio-'));
  const hub = createHub();
  const jobs = createJobs((job) => hub.send('job', job));
  const logs = createLogs(hub.watched);
  const scan = createScanner(root);
  const runs = new Map<string, RunWatch>();
  const searches = new Map<string, SearchWatch>();
  const list = createRunList(runs, searches, jobs);
  let leftOut = 0;
  let looking: Promise<void> | undefined;

  const lookNow = async () => {
    const found = scan();
    leftOut = found.leftOut;
    await lookAtSearches(searches, found.searches, hub);
    await lookAtRuns(runs, found.runs, { hub, logs, onBug });
    jobs.look();
    const news = list.news();
    if (news) hub.send('runs', news);
  };
  const look = () => {
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const endLooks = lookOften(hub, look, onBug);
  const beats = setInterval(hub.beat, beatEveryMs);

  const found = async <T>(known: ReadonlyMap<string, T>, id: string, what: string): Promise<T> => {
    if (!known.has(id)) await look();
    const one = known.get(id);
    if (!one) throw new HttpError(404, `There is no such ${what}.`);
    return one;
  };
  const run = (id: string) => found(runs, id, 'run');

  return {
    root,
    pages,
    hub,
    jobs,
    runs,
    run,
    search: (id) => found(searches, id, 'search'),
    listing: async () => {
      await look();
      const searchRows = [...searches.values()].map(({ row }) => row);
      return { runs: list.rows(), searches: searchRows, jobs: jobs.list(), leftOut };
    },
    detail: async (id) => {
      await look();
      const watch = await run(id);
      const isRuled = list.searchOf(id)?.isAtWork ?? false;
      return detailOf(watch, { row: list.rowFor(watch), warnings: await logs.warnings(watch), isRuled });
    },
    series: async (id, points) => logs.series(await run(id), points),
    look,
    close: () => {
      endLooks();
      clearInterval(beats);
      hub.close();
      // Nobody will see the pages that they make.
      for (const { id, kind, state } of jobs.list())
        if (kind === 'play' && state === 'running') jobs.cancel(id);
      rmSync(pages, { recursive: true, force: true });
    },
  };
}

/** @returns what ends it */
function lookOften(hub: Hub, look: () => Promise<void>, onBug: OnBug): () => void {
  let timer: NodeJS.Timeout;
  let ended = false;
  const lookLater = (delayMs: number) => {
    timer = setTimeout(async () => {
      const began = performance.now();
      if (hub.listeners > 0) await look().catch(onBug);
      if (!ended) lookLater(Math.max(lookEveryMs, restFactor * (performance.now() - began)));
    }, delayMs);
  };
  lookLater(lookEveryMs);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

async function lookAtSearches(
  searches: Map<string, SearchWatch>,
  found: ReadonlyMap<string, string>,
  hub: Hub,
): Promise<void> {
  const removed = [...searches.keys()].filter((id) => !found.has(id));
  for (const id of removed) searches.delete(id);
  const changed: SearchRow[] = [];
  for (const [id, path] of found) {
    const watch = searches.get(id) ?? createSearchWatch(id, path);
    searches.set(id, watch);
    if (await watch.look()) changed.push(watch.row);
  }
  if (changed.length > 0 || removed.length > 0) hub.send('searches', { changed, removed });
}

interface Hearers {
  readonly hub: Hub;
  readonly logs: Logs;
  readonly onBug: OnBug;
}

async function lookAtRuns(
  runs: Map<string, RunWatch>,
  found: ReadonlyMap<string, string>,
  { hub, logs, onBug }: Hearers,
): Promise<void> {
  for (const id of [...runs.keys()].filter((one) => !found.has(one))) {
    runs.delete(id);
    logs.forget(id);
  }
  const watched = hub.watched();
  for (const [id, path] of found) {
    const watch = runs.get(id) ?? createRunWatch(id, path);
    const changes = await watch.look();
    runs.set(id, watch);
    if (!watched.has(id)) continue;
    if (changes.log) tellLines(watch, hub, logs).catch(onBug);
    if (changes.detail) hub.send('detail', { run: id }, id);
  }
}

async function tellLines(watch: RunWatch, hub: Hub, logs: Logs): Promise<void> {
  const { id } = watch;
  try {
    const { lines, line, rewritten } = await logs.update(watch);
    if (rewritten) hub.send('rewritten', { run: id }, id);
    else if (lines.length > 0) hub.send('lines', { run: id, line, lines }, id);
  } catch (error) {
    if (!(error instanceof DataError)) throw error; // Its detail says so.
  }
}
