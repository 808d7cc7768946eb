// Runs aigc: its `main` in this process, or the built program as a child where a process is the point.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { main } from '../src/cli';

const built = join(__dirname, '..', 'bin', 'aigc.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

const offline = { AIGC_OFFLINE: '1' };

let running: readonly string[] | undefined;

/**
 * Runs `main` here, in `cwd` and with these variables, both as they were afterwards. One call at a time: the folder and
 * the environment are the process's.
 * @param environment added to ours; AIGC_OFFLINE is set unless it says otherwise
 */
export async function runCli(
  words: readonly string[],
  cwd: string,
  environment: Environment = {},
): Promise<Finished> {
  if (running) throw new Error(`aigc ${running.join(' ')} still runs: start programs for two at once.`);
  running = words;
  const [folder, variables] = [process.cwd(), { ...process.env }];
  const [stdout, stderr] = [collector(), collector()];
  try {
    process.chdir(cwd);
    Object.assign(process.env, offline, environment);
    const code = await main(words, { stdout: stdout.stream, stderr: stderr.stream });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
    process.chdir(folder);
    running = undefined;
  }
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

const living = new Map<ChildProcess, readonly string[]>();

afterEach(() => {
  const left = [...living.values()].map((words) => words.join(' '));
  for (const child of living.keys()) child.kill('SIGKILL');
  living.clear();
  expect({ 'programs that outlived the test': left }).toEqual({ 'programs that outlived the test': [] });
});

/** Runs the built program to its end, as a user does: for what a process does with streams, signals and its start. */
export function program(
  words: readonly string[],
  cwd: string,
  environment: Environment = {},
): Promise<Finished> {
  return startProgram(words, cwd, environment).done;
}

/** The built program as a child, for a test that does something to it. */
export function startProgram(words: readonly string[], cwd: string, environment: Environment = {}) {
  const env = { ...process.env, ...offline, ...environment };
  const child = spawn(process.execPath, [built, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  living.set(child, words);
  const done = new Promise<Finished & { signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      living.delete(child);
      resolve({ code, signal, ...output });
    });
  });
  return { child, done };
}

/** When to kill: `delayMs` after the program has said `text` to stdout for the `times`-th time. */
interface Moment {
  readonly text: string;
  readonly times: number;
  readonly delayMs: number;
}

/** Runs the program and kills it with SIGKILL. @returns whether it was still going */
export async function runAndKill(
  words: readonly string[],
  cwd: string,
  environment: Environment,
  { text, times, delayMs }: Moment,
): Promise<boolean> {
  const { child, done } = startProgram(words, cwd, environment);
  let seen = 0;
  child.stdout.on('data', (chunk) => {
    const before = seen;
    seen += String(chunk).split(text).length - 1;
    if (before < times && seen >= times) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  return (await done).signal === 'SIGKILL';
}

/** What each line of JSON says. */
export const jsonLines = (text: string) =>
  text.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));

/** JSON events without what tells when they were: what is left is the same each time. */
export const untimed = (stdout: string) => stdout.replaceAll(/,"time":"[^"]*"/g, '');
