// Runs the programs that an install needs: pip, npm, the compiler.
import { spawn } from 'node:child_process';
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
  readonly timeout?: number;
}

/** Runs a program to its end. @returns undefined when there is no such program */
export function runProgram(
  program: string,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Outcome | undefined> {
  const { cwd, env, signal, timeout } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    // Not spawn's own timeout: its timer outlives a program that is not there, and keeps us waiting.
    const timer = timeout === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeout);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.on('close', (exitCode, ended) => {
      clearTimeout(timer);
      resolve({ exitCode, signal: ended, stdout, stderr });
    });
  });
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
