// Several processes at one search, of one machine or of many that share its folder: each takes trials that nobody has, by
// the lock that runs have, and what one finds counts for all.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyError, type Lock, type LockOutput, lockFolder } from '../run/lock';
import { findOwner, lockName, lockTiming } from '../run/lock-owner';
import { appendResult, readNewResults, type TrialResult, type TuneFolder, trialName } from './tune-folder';

export interface Hands {
  /** Takes a trial, that of a process that is gone too. The caller releases it.
   *  @returns undefined when another process has it */
  claim(trial: number): Promise<Lock | undefined>;
  /** Adds a result to those of all. */
  record(result: TrialResult): Promise<void>;
  /** What all have found since one last asked. */
  news(): Promise<readonly TrialResult[]>;
  /** Takes away the locks that the dead have left at trials which nobody takes any more. */
  close(): Promise<void>;
}

/** Whether somebody is at a trial of it. */
export function isShared(folder: TuneFolder): boolean {
  const names = existsSync(folder.claims) ? readdirSync(folder.claims) : [];
  return names.some((name) => findOwner(join(folder.claims, name)) !== undefined);
}

/** How long others may take over writing a line, milliseconds, and how often one looks. */
const patience = { limitMs: 60_000, everyMs: 50 };

/** @param forgotten results on record that count for nothing, as those of trials that are to be tried again */
export function openHands(
  folder: TuneFolder,
  output: LockOutput,
  forgotten: readonly TrialResult[] = [],
): Hands {
  /** Bytes of the log. */
  let read = 0;
  const ignored = new Set(forgotten.map((result) => JSON.stringify(result)));
  mkdirSync(folder.claims, { recursive: true });
  return {
    claim: async (trial) => {
      const place = join(folder.claims, trialName(trial));
      if (findOwner(place)) return undefined;
      return lockFolder(place, output).catch(undefinedIfBusy);
    },
    record: async (result) => {
      const lock = await lockToWrite(join(folder.claims, 'results'));
      try {
        lock.check();
        appendResult(folder, result);
      } finally {
        lock.release();
      }
    },
    news: async () => {
      const { results, end } = await readNewResults(folder, read);
      read = Math.max(read, end);
      return results.filter((result) => !ignored.has(JSON.stringify(result)));
    },
    close: async () => {
      const places = readdirSync(folder.claims).map((name) => join(folder.claims, name));
      await Promise.all(places.filter((place) => existsSync(join(place, lockName))).map(clearDead));
    },
  };
}

async function clearDead(place: string): Promise<void> {
  if (findOwner(place)) return;
  const lock = await lockFolder(place, silent, lockTiming, true).catch(undefinedIfBusy);
  lock?.release();
}

const silent: LockOutput = { progress: () => undefined, warn: () => undefined };

/** Held for the time of a line. @throws BusyError when another holds it for long */
async function lockToWrite(place: string): Promise<Lock> {
  for (const began = performance.now(); ; await sleep(patience.everyMs)) {
    try {
      return await lockFolder(place, silent, lockTiming, true);
    } catch (error) {
      if (!(error instanceof BusyError) || performance.now() - began > patience.limitMs) throw error;
    }
  }
}

function undefinedIfBusy(error: unknown): undefined {
  if (!(error instanceof BusyError)) throw error;
}
