// aigc as a child process: the words that start it, a launcher that trials are started by, and calls that outlive us.
import { spawn } from 'node:child_process';
import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../json';
import { openToAppend } from '../read-file';
import { startProgram } from './program';

const program = join(__dirname, '..', '..', 'bin', 'aigc.js');

/** The program and the words that run aigc again, as we are run. */
export function aigcCommand(words: readonly string[]): [program: string, words: string[]] {
  return [process.execPath, [program, ...words]];
}

export interface ChildEvent extends Readonly<Record<string, unknown>> {
  readonly event: string;
}

export interface ChildOutcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** What it wrote to stdout under --json, but for steps. */
  readonly events: readonly ChildEvent[];
  /** Its last words on stderr. */
  readonly lastWords: string;
}

export interface Child {
  readonly done: Promise<ChildOutcome>;
  /** Asks it to stop in good order; asking twice would stop it on the spot, so only the first counts. */
  stop(): void;
}

/** What starts a call of aigc and hears of it: here a process of this machine; an engine of many may be another.
 *  @param words with --json among them @param onStep told of the steps of training */
export type Launcher = (words: readonly string[], onStep?: (step: number) => void) => Child;

const wordsKept = 2000;

/** A process of this machine, in a process group of its own: Ctrl-C reaches it through us, once. */
export const launchLocally: Launcher = (words, onStep) => {
  const events: ChildEvent[] = [];
  const onLine = (line: string) => {
    const event = parseEvent(line);
    if (event && event.event !== 'step') events.push(event);
    else if (typeof event?.step === 'number') onStep?.(event.step);
  };
  const options = { ownGroup: true, onLine, stderrKept: wordsKept };
  const { child, done } = startProgram(...aigcCommand(words), options);
  let asked = false;
  return {
    done: done.then((outcome) => ({
      code: outcome?.exitCode ?? null,
      events,
      lastWords: outcome?.stderr.trim() ?? '',
    })),
    stop: () => {
      if (!asked) child.kill('SIGTERM');
      asked = true;
    },
  };
};

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
