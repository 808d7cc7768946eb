// Runs the built program as a child process, as a user would.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(__dirname, '..', 'bin', 'aigc.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param environment added to ours; AIGC_OFFLINE is set unless it says otherwise */
export function runCli(
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const env = { ...process.env, AIGC_OFFLINE: '1', ...environment };
  const child = spawn(process.execPath, [program, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

/** When to kill: `delayMs` after the program has said `text` to stdout for the `times`-th time. */
interface Moment {
  readonly text: string;
  readonly times: number;
  readonly delayMs: number;
}

/** Runs the program and kills it with SIGKILL. @returns whether it was still going */
export function runAndKill(
  words: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  { text, times, delayMs }: Moment,
): Promise<boolean> {
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let seen = 0;
  child.stdout.on('data', (chunk) => {
    const before = seen;
    seen += String(chunk).split(text).length - 1;
    if (before < times && seen >= times) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  return new Promise((resolve) => child.on('close', (_, signal) => resolve(signal === 'SIGKILL')));
}
