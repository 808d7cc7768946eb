// The rows of a studio's runs: trials with their search, runs that are being started, and what of it is news.
import type { Events, Job, RunRow } from './api';
import type { Jobs } from './jobs';
import { rowOf } from './run-row';
import type { RunWatch } from './run-watch';
import type { SearchWatch } from './search-watch';

export interface RunList {
  rows(): RunRow[];
  rowFor(run: RunWatch): RunRow;
  /** The search that a run is a trial of. */
  searchOf(run: string): SearchWatch | undefined;
  /** What is not as it was at the last call; undefined where all is. */
  news(): Events['runs'] | undefined;
}

/** A row that has not changed is the same object, by which `news` knows it. */
export function createRunList(
  runs: ReadonlyMap<string, RunWatch>,
  searches: ReadonlyMap<string, SearchWatch>,
  jobs: Jobs,
): RunList {
  const told = new Map<string, RunRow>();
  const trials = new WeakMap<RunRow, RunRow>();
  const starting = new WeakMap<Job, RunRow>();

  const searchOf = (run: string): SearchWatch | undefined => {
    const at = run.lastIndexOf('trials/');
    if (at < 0 || run.indexOf('/', at + 'trials/'.length) >= 0) return undefined;
    return searches.get(at === 0 ? '.' : run.slice(0, at - 1));
  };

  const rowFor = ({ id, row }: RunWatch): RunRow => {
    const search = searchOf(id);
    return search ? kept(trials, row, () => ({ ...row, search: search.id })) : row;
  };

  /** Runs that a job has been started for, and that have written nothing yet. */
  const startingRows = (): RunRow[] =>
    jobs
      .list()
      .filter(({ state, kind, run }) => state === 'running' && kind === 'train' && !runs.has(run))
      .map((job) => kept(starting, job, () => startingRow(job)));

  const rows = () => [...[...runs.values()].map(rowFor), ...startingRows()];

  return {
    rows,
    rowFor,
    searchOf,
    news: () => {
      const now = new Map(rows().map((row) => [row.id, row]));
      const changed = [...now.values()].filter((row) => told.get(row.id) !== row);
      const removed = [...told.keys()].filter((id) => !now.has(id));
      for (const row of changed) told.set(row.id, row);
      for (const id of removed) told.delete(id);
      return changed.length > 0 || removed.length > 0 ? { changed, removed } : undefined;
    },
  };
}

function kept<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function startingRow({ run: id, began }: Job): RunRow {
  const newest = { epoch: undefined, steps: [], last: undefined };
  const none = { record: undefined, problem: undefined, owner: undefined, grid: undefined, newest };
  return { ...rowOf({ id, ...none, updatedMs: Date.parse(began) }), state: 'starting' };
}
