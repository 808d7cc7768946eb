// Finds the run folders and searches below a folder, again and again and cheaply: a folder is read anew when it has changed.
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Found {
  /** Paths by id: the folder's path below the root, with `/` between names; `.` for the root itself. */
  readonly runs: ReadonlyMap<string, string>;
  readonly searches: ReadonlyMap<string, string>;
  /** Run folders that are too many to be watched. */
  readonly leftOut: number;
}

const mostRuns = 5000;
const mostFolders = 50_000;
const mostDepth = 12;
/** A folder that changed so lately may change once more without its time telling. */
const freshMs = 3000;

/** What lies in a run's folder, and holds no runs. */
export const ownFolders: readonly string[] = [
  'checkpoints',
  'samples',
  'tensorboard',
  'lock',
  'node_modules',
];

interface Looked {
  readonly changedMs: number;
  readonly lookedMs: number;
  readonly below: readonly string[];
  readonly isRun: boolean;
  readonly isSearch: boolean;
}

/** @param root links are followed to it, and nowhere below it: what a link names is not listed */
export function createScanner(root: string): () => Found {
  let known = new Map<string, Looked>();
  return () => {
    const seen = new Map<string, Looked>();
    const runs = new Map<string, string>();
    const searches = new Map<string, string>();
    let leftOut = 0;
    const open: { readonly id: string; readonly depth: number }[] = [{ id: '', depth: 0 }];
    for (const { id, depth } of open) {
      if (seen.size >= mostFolders) break;
      const path = join(root, id);
      const looked = look(path, known.get(id));
      if (!looked) continue;
      seen.set(id, looked);
      if (looked.isRun && runs.size < mostRuns) runs.set(id || '.', path);
      else if (looked.isRun) leftOut++;
      if (looked.isSearch) searches.set(id || '.', path);
      if (depth === mostDepth) continue;
      for (const name of looked.below)
        open.push({ id: id === '' ? name : `${id}/${name}`, depth: depth + 1 });
    }
    known = seen;
    return { runs, searches, leftOut };
  };
}

/** Undefined when it cannot be read. */
function look(path: string, before: Looked | undefined): Looked | undefined {
  try {
    const changedMs = statSync(path).mtimeMs;
    if (before?.changedMs === changedMs && before.lookedMs - changedMs > freshMs) return before;
    const lookedMs = Date.now();
    const entries = readdirSync(path, { withFileTypes: true });
    const has = (name: string) => entries.some((entry) => entry.name === name && entry.isFile());
    return {
      changedMs,
      lookedMs,
      below: entries.filter(isSearched).map(({ name }) => name),
      isRun: has('run.json'),
      isSearch: has('tune.json'),
    };
  } catch {
    return undefined;
  }
}

function isSearched(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith('.') && !ownFolders.includes(entry.name);
}
