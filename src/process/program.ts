// Runs other programs: pip, npm, a compiler, nvidia-smi, and aigc itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BackendError } from '../errors';

export interface Outcome {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to our environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Ends it with SIGKILL after this many milliseconds. */
  readonly timeoutMs?: number;
  /** In a process group of its own, which a terminal's Ctrl-C does not reach. */
  readonly ownGroup?: boolean;
  /** Takes what it writes to stdout, line by line; the outcome's `stdout` is then empty. */
  readonly onLine?: (line: string) => void;
  /** Of stderr only the last so many characters are kept. */
  readonly stderrKept?: number;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  /** Undefined when there is no such program. */
  readonly done: Promise<Outcome | undefined>;
}

/** How it is said that there is none: also of a file that is no program, or a folder of PATH that is closed to us. */
const isNotThere = (error: unknown) =>
  ['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export function startProgram(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): RunningProgram {
  const { cwd, env, signal, timeoutMs, ownGroup = false, stderrKept = Number.POSITIVE_INFINITY } = options;
  const child = spawn(program, [...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    detached: ownGroup && process.platform !== 'win32',
    ...(signal ? { signal } : {}),
  });
  // Not spawn's own timeout: its timer outlives a program that is not there, and keeps us waiting.
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let stdout = '';
  let stderr = '';
  if (options.onLine) createInterface({ input: child.stdout }).on('line', options.onLine);
  else
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = stderr.length + text.length > stderrKept ? (stderr + text).slice(-stderrKept) : stderr + text;
  });
  const done = new Promise<Outcome | undefined>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (isNotThere(error)) resolve(undefined);
      else reject(error);
    });
    child.on('close', (exitCode, ended) => {
      clearTimeout(timer);
      resolve({ exitCode, signal: ended, stdout, stderr });
    });
  });
  return { child, done };
}

/** Runs a program to its end. @returns undefined when there is no such program */
export async function runProgram(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Outcome | undefined> {
  try {
    return await startProgram(program, words, options).done;
  } catch (error) {
    if (isNotThere(error)) return undefined; // Node throws some of these at once.
    throw error;
  }
}

/** The first of several programs that answers to `--version`, or undefined. */
export async function findProgram(candidates: readonly (string | undefined)[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    if (candidate && (await runProgram(candidate, ['--version']))?.exitCode === 0) return candidate;
  }
  return undefined;
}

/** @throws BackendError with the end of what the program wrote, when it failed */
export function requireSuccess(outcome: Outcome | undefined, what: string, hint: string): Outcome {
  if (outcome?.exitCode === 0) return outcome;
  const ending = outcome ? lastLines(outcome.stderr || outcome.stdout, 3) : 'the program is not there';
  throw new BackendError(`${what} failed: ${ending}`, { hint });
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join(' · ');
}
