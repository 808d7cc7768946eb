// Runs aigc as a child process, in a process group of its own: Ctrl-C reaches it through us, once.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(__dirname, '..', '..', 'bin', 'aigc.js');

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

const wordsKept = 2000;

/** @param words with --json among them @param onStep told of the steps of training */
export function startAigc(words: readonly string[], onStep?: (step: number) => void): Child {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const events: ChildEvent[] = [];
  let lastWords = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (event && event.event !== 'step') events.push(event);
    else if (typeof event?.step === 'number') onStep?.(event.step);
  });
  child.stderr.on('data', (chunk) => {
    lastWords = (lastWords + chunk).slice(-wordsKept);
  });
  let asked = false;
  return {
    done: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, events, lastWords: lastWords.trim() }));
    }),
    stop: () => {
      if (!asked) child.kill('SIGTERM');
      asked = true;
    },
  };
}

function parseEvent(line: string): ChildEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
