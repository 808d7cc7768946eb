// Tries a backend in a process of its own, so that a native library that crashes takes only that with it.
import { aigcCommand } from '../process/aigc';
import { type Outcome, runProgram } from '../process/program';
import type { ProbeReport } from '../tensor/probe';

export type ChildReport = ProbeReport & {
  /** What the library wrote to stderr. */
  readonly log: string;
};

const timeoutMs = 120_000;

/** @param env added to the child's environment */
export async function probeInChild(
  backend: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildReport> {
  const outcome = await runProgram(...aigcCommand(['backend', 'probe', backend]), { env, timeoutMs });
  const log = outcome?.stderr ?? '';
  const report = lastJson<ProbeReport>(outcome);
  if (report) return { ...report, log };
  const ending = outcome?.signal ? `was ended by ${outcome.signal}` : `ended with code ${outcome?.exitCode}`;
  const reason = `a process that tried it ${ending}${hintOf(outcome?.signal)}`;
  return { backend, works: false, reason, remedy: undefined, log };
}

/** What a child of ours that says one thing has said; undefined when it did not come to that. */
export function lastJson<T>(outcome: Outcome | undefined): T | undefined {
  try {
    return JSON.parse(outcome?.stdout.trim().split('\n').at(-1) ?? '') as T;
  } catch {
    return undefined;
  }
}

function hintOf(signal: NodeJS.Signals | null | undefined): string {
  if (signal === 'SIGILL')
    return ': the processor lacks instructions that this TensorFlow is built with (AVX)';
  if (signal === 'SIGKILL') return `: it took over ${timeoutMs / 1000} s, or too much memory`;
  return '';
}
