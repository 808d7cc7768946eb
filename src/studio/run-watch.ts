// One run folder as the list shows it: looked at again and again, and read only where something has changed.
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors';
import { findOwner, type Owner } from '../run/lock-owner';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import type { Grid, RunRow } from './api';
import { entriesOf, lookAt, markOf, quietly } from './look';
import { gridName, gridOf } from './picture-url';
import { rowOf } from './run-row';
import { type Newest, newestOf } from './tail';

export interface RunWatch {
  readonly id: string;
  readonly folder: RunFolder;
  readonly record: RunRecord | undefined;
  readonly row: RunRow;
  readonly owner: Owner | undefined;
  /** The grids in its folder, in the order of their epochs. */
  grids(): readonly Grid[];
  /** Looks for what has changed. */
  look(): Promise<Changes>;
}

interface Changes {
  /** Besides the row and the log. */
  readonly detail: boolean;
  readonly log: boolean;
}

const none: Changes = { detail: false, log: false };

/** Enough for the last epoch's line in a log of every tenth step; at the first look, of any usual epoch. */
const firstTailBytes = 2 ** 17;
const tailBytes = 2 ** 14;
const freshMs = 100;
/** Of an idle run, each so manyth look is at all of its files, the others at its folder. */
const wholeEvery = 5;

export function createRunWatch(id: string, path: string): RunWatch {
  const folder = runFolder(path);
  const marks = new Map<string, string>();
  let record: RunRecord | undefined;
  let problem: string | undefined;
  let owner: Owner | undefined;
  let newest: Newest = { epoch: undefined, steps: [], last: undefined };
  let grid: Grid | undefined;
  let updatedMs = 0;
  let looks = 0;
  let row: RunRow = rowOf({ id, record, problem, owner, newest, grid, updatedMs });
  let written = '';

  /** @returns what is there now, where it is not what was there */
  const changed = (name: string, file: string): { readonly found: Stats | undefined } | undefined => {
    const found = lookAt(file);
    const mark = markAt(found);
    if (marks.get(name) === mark) return undefined;
    marks.set(name, mark);
    return { found };
  };

  const gridIn = (name: string): Grid | undefined => {
    const found = lookAt(join(folder.samples, name));
    return found && gridOf(id, name, found.mtimeMs);
  };

  const readRecord = async () => {
    try {
      record = (await readRun(folder)) ?? record;
      problem = undefined;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problem = error.message;
    }
  };

  const readNewest = (isFirst: boolean) => {
    const found = quietly(() => newestOf(folder.metrics, isFirst ? firstTailBytes : tailBytes));
    // A long epoch's line may lie far from the end.
    if (found) newest = { ...found, epoch: found.epoch ?? (isFirst ? undefined : newest.epoch) };
  };

  const look = async (): Promise<Changes> => {
    const isFirst = marks.size === 0;
    // aigc renames its files into place; who writes into them is heard a little later.
    const folderChanged = changed('folder', path) !== undefined || looks++ % wholeEvery === 0;
    const run = folderChanged ? changed('run', folder.run) : undefined;
    if (run?.found?.isFile()) await readRecord();
    const runs = record?.status === 'running';
    if (runs || folderChanged) owner = quietly(() => findOwner(path));
    // An idle run's log and samples change only beside its folder: when a lock or a new file comes there.
    const log = runs || folderChanged ? changed('log', folder.metrics) : undefined;
    if (log?.found?.isFile()) readNewest(isFirst);
    const samples = runs || folderChanged ? changed('samples', folder.samples) : undefined;
    if (samples?.found?.isDirectory()) grid = gridFiles(folder).slice(-1).map(gridIn)[0];
    const checkpoints = runs || folderChanged ? changed('checkpoints', folder.checkpoints) : undefined;
    const evaluations = changed('evaluations', folder.evaluations);
    updatedMs = Math.max(updatedMs, ...[run, log, evaluations].map((one) => one?.found?.mtimeMs ?? 0));
    const detail = [run, samples, checkpoints, evaluations].some((one) => one !== undefined);
    if (!runs && !detail && log === undefined && !isFirst) return none;
    const now = rowOf({ id, record, problem, owner, newest, grid, updatedMs });
    const text = JSON.stringify(now);
    // The same row stays the same object.
    if (text !== written) row = now;
    written = text;
    return { detail, log: log !== undefined };
  };

  return {
    id,
    folder,
    look,
    get record() {
      return record;
    },
    get row() {
      return row;
    },
    get owner() {
      return owner;
    },
    grids: () => gridFiles(folder).flatMap((name) => gridIn(name) ?? []),
  };
}

/** Nothing of a link, which is not followed. */
function markAt(found: Stats | undefined): string {
  if (!found || found.isSymbolicLink()) return 'none';
  // What changed just now may change once more without its time telling.
  const fresh = Date.now() - found.mtimeMs < freshMs ? ` ${Date.now()}` : '';
  return found.isDirectory() ? `${found.ino} ${found.mtimeMs}${fresh}` : markOf(found);
}

/** In the order of their epochs; none where `samples` is a link. */
function gridFiles({ samples }: RunFolder): string[] {
  return entriesOf(samples)
    .filter((entry) => entry.isFile() && gridName.test(entry.name))
    .map(({ name }) => name)
    .sort((a, b) => gridEpoch(a) - gridEpoch(b));
}

const gridEpoch = (name: string) => Number(gridName.exec(name)?.[1]);
