// aigc as a child process: the words that start it, the events that it writes, and calls that outlive us.
import { spawn } from 'node:child_process';
import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../json';
import { openToAppend } from '../read-file';

const program = join(__dirname, '..', '..', 'bin', 'aigc.js');

/** The program and the words that run aigc again, as we are run. */
export function aigcCommand(words: readonly string[]): [program: string, words: string[]] {
  return [process.execPath, [program, ...words]];
}

export interface ChildEvent extends Readonly<Record<string, unknown>> {
  readonly event: string;
}

/** The event of docs/events.md that a line of a child's is; undefined for words to people. */
export function parseEvent(line: string): ChildEvent | undefined {
  try {
    const event = parseJson(line) as Partial<ChildEvent> | null;
    return typeof event?.event === 'string' ? (event as ChildEvent) : undefined;
  } catch {
    return undefined;
  }
}

export interface DetachedChild {
  /** Its exit code, null when a signal ended it; rejects when it could not be started. */
  readonly done: Promise<number | null>;
  stop(): void;
}

/** Starts a call of aigc that goes on when we end, and whose Ctrl-C is not ours: all that it says goes into a file.
 *  @param log made anew; a link in its place is taken away @throws DataError when it cannot be written */
export function startDetached(words: readonly string[], log: string): DetachedChild {
  rmSync(log, { force: true });
  const file = openToAppend(log);
  try {
    const [program, all] = aigcCommand(words);
    const child = spawn(program, all, { stdio: ['ignore', file, file], detached: true });
    child.unref();
    const done = new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code));
    });
    return { done, stop: () => void child.kill('SIGTERM') };
  } finally {
    closeSync(file);
  }
}
