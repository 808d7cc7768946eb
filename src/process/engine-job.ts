// What the launchers of engines have in common: how a job that did not end by itself is told of, and what it said.
import { join } from 'node:path';
import { readTextIfAny } from '../read-file';
import type { ChildOutcome, Cut } from './launcher';

/** The end of every hint of an engine's error. */
export const kept = 'Nothing of the search is lost: mend it, and go on with --resume.';

/** Seconds between tries while the engine is away: its restart takes some of them. */
export const pauses = [1, 2, 4, 8, 15, 30];

export function cutOff(why: Cut['why'], word: string): ChildOutcome {
  return { code: null, events: [], lastWords: '', cut: { why, word } };
}

/** Signals that tasks are told to end by: USR1, USR2, TERM. What aigc ends with then is 128 and more. */
const told = [10, 12, 15];

/** Whether one that ended so was told to end by the engine. */
export function wasTold({ code, signal }: { code: number | undefined; signal: number | undefined }): boolean {
  return told.includes(signal ?? (code ?? 0) - 128);
}

/** The end of the log that a call of this name has in the folder of the jobs. */
export function lastWordsOf(folder: string, name: string): string {
  try {
    return (readTextIfAny(join(folder, `${name}.log`)) ?? '').trim().slice(-2000);
  } catch {
    return '';
  }
}
