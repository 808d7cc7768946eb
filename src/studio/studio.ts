// What a studio knows of the folder that it serves: runs, searches and jobs, looked at again and again while somebody
// watches.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imagesOfRunStep } from '../compare/run-summary';
import { DataError } from '../errors';
import type { Job, Listing, RunDetail, RunRow, SearchRow, Series, Warning } from './api';
import { HttpError } from './failure';
import { createHub, type Hub } from './hub';
import { createJobs, type Jobs } from './jobs';
import { createLogFollower, type LogFollower } from './log-follower';
import { detailOf } from './run-detail';
import { rowOf } from './run-row';
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
/** Logs that are kept read, besides those that are watched. */
const mostFollowers = 40;

export function createStudio(root: string): Studio {
  const pages = mkdtempSync(join(tmpdir(), 'aigc-studio-'));
  const hub = createHub();
  const jobs = createJobs((job) => hub.send('job', job));
  const scan = createScanner(root);
  const runs = new Map<string, RunWatch>();
  const searches = new Map<string, SearchWatch>();
  const followers = new Map<string, LogFollower>();
  const sent = new Map<string, RunRow>();
  const ofSearches = new WeakMap<RunRow, RunRow>();
  const starting = new WeakMap<Job, RunRow>();
  let leftOut = 0;
  let looking: Promise<void> | undefined;
  let closed = false;

  const searchOf = (id: string): SearchWatch | undefined => {
    const at = id.lastIndexOf('trials/');
    if (at < 0 || id.indexOf('/', at + 'trials/'.length) >= 0) return undefined;
    return searches.get(at === 0 ? '.' : id.slice(0, at - 1));
  };

  /** Runs that a job has been started for, and that have written nothing yet. */
  const startingRows = (): RunRow[] =>
    jobs
      .list()
      .flatMap((job) =>
        job.state === 'running' && job.kind === 'train' && !runs.has(job.run) ? [rowOfStart(job)] : [],
      );

  const rowOfStart = (job: Job): RunRow => {
    const row = starting.get(job) ?? startingRow(job);
    starting.set(job, row);
    return row;
  };

  const rowFor = (watch: RunWatch): RunRow => {
    const { row } = watch;
    const search = searchOf(watch.id);
    if (!search) return row;
    const own = ofSearches.get(row) ?? { ...row, search: search.id };
    ofSearches.set(row, own);
    return own;
  };

  const rows = (): RunRow[] => [...[...runs.values()].map(rowFor), ...startingRows()];

  const followerOf = (watch: RunWatch): LogFollower => {
    const known = followers.get(watch.id);
    if (known) {
      // The one that was asked for last is the last to go.
      followers.delete(watch.id);
      followers.set(watch.id, known);
      return known;
    }
    const batch = watch.record ? imagesOfRunStep(watch.record) : 1;
    const follower = createLogFollower(watch.folder.metrics, batch);
    followers.set(watch.id, follower);
    const watched = hub.watched();
    for (const id of followers.keys()) {
      if (followers.size <= mostFollowers) break;
      if (!watched.has(id) && id !== watch.id) followers.delete(id);
    }
    return follower;
  };

  const tellLines = async (watch: RunWatch) => {
    const { id } = watch;
    try {
      const { lines, line, rewritten } = await followerOf(watch).update();
      if (rewritten) hub.send('rewritten', { run: id }, id);
      else if (lines.length > 0) hub.send('lines', { run: id, line, lines }, id);
    } catch (error) {
      if (!(error instanceof DataError)) throw error; // Its detail says so.
    }
  };

  /** Tells of rows that are not what was told last. */
  const tellRows = () => {
    const now = new Map(rows().map((row) => [row.id, row]));
    const changed = [...now.values()].filter((row) => {
      const isNew = sent.get(row.id) !== row;
      sent.set(row.id, row);
      return isNew;
    });
    const removed = [...sent.keys()].filter((id) => !now.has(id));
    for (const id of removed) sent.delete(id);
    if (changed.length > 0 || removed.length > 0) hub.send('runs', { changed, removed });
  };

  const lookAtSearches = async (found: ReadonlyMap<string, string>) => {
    const removed = [...searches.keys()].filter((id) => !found.has(id));
    for (const id of removed) searches.delete(id);
    const changed: SearchRow[] = [];
    for (const [id, path] of found) {
      const watch = searches.get(id) ?? createSearchWatch(id, path);
      searches.set(id, watch);
      if (await watch.look()) changed.push(watch.row);
    }
    if (changed.length > 0 || removed.length > 0) hub.send('searches', { changed, removed });
  };

  const lookAtRuns = async (found: ReadonlyMap<string, string>) => {
    for (const id of [...runs.keys()].filter((one) => !found.has(one))) {
      runs.delete(id);
      followers.delete(id);
    }
    const watched = hub.watched();
    for (const [id, path] of found) {
      const watch = runs.get(id) ?? createRunWatch(id, path);
      const changes = await watch.look();
      runs.set(id, watch);
      if (!watched.has(id)) continue;
      if (changes.log) void tellLines(watch);
      if (changes.detail) hub.send('detail', { run: id }, id);
    }
  };

  const lookNow = async () => {
    const found = scan();
    leftOut = found.leftOut;
    await lookAtSearches(found.searches);
    await lookAtRuns(found.runs);
    jobs.look();
    tellRows();
  };

  const look = () => {
    looking ??= lookNow().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  let timer: NodeJS.Timeout | undefined;
  const lookLater = (delayMs: number) => {
    timer = setTimeout(async () => {
      const began = performance.now();
      if (hub.listeners > 0) await look();
      if (!closed) lookLater(Math.max(lookEveryMs, restFactor * (performance.now() - began)));
    }, delayMs);
  };
  lookLater(lookEveryMs);
  const beats = setInterval(hub.beat, beatEveryMs);

  const found = async <T>(known: ReadonlyMap<string, T>, id: string, what: string): Promise<T> => {
    if (!known.has(id)) await look();
    const one = known.get(id);
    if (!one) throw new HttpError(404, `There is no such ${what}.`);
    return one;
  };
  const run = (id: string) => found(runs, id, 'run');

  const series = async (id: string, points: number): Promise<Series> => {
    const follower = followerOf(await run(id));
    await follower.update();
    return { id, ...follower.series(points) };
  };

  const warningsOf = async (watch: RunWatch): Promise<readonly Warning[]> => {
    const follower = followerOf(watch);
    await follower.update();
    return follower.warnings();
  };

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
      return {
        runs: rows(),
        searches: [...searches.values()].map(({ row }) => row),
        jobs: jobs.list(),
        leftOut,
      };
    },
    detail: async (id) => {
      await look();
      const watch = await run(id);
      const isRuled = searchOf(id)?.isAtWork ?? false;
      return detailOf(watch, { row: rowFor(watch), warnings: await warningsOf(watch), isRuled });
    },
    series,
    look,
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearInterval(beats);
      hub.close();
      // Nobody will see the pages that they make.
      for (const { id, kind, state } of jobs.list())
        if (kind === 'play' && state === 'running') jobs.cancel(id);
      rmSync(pages, { recursive: true, force: true });
    },
  };
}

function startingRow({ run: id, began }: Job): RunRow {
  const newest = { epoch: undefined, steps: [], last: undefined };
  const none = { record: undefined, problem: undefined, owner: undefined, grid: undefined, newest };
  return { ...rowOf({ id, ...none, updatedMs: Date.parse(began) }), state: 'starting' };
}
