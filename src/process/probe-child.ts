// Tries a backend in a process of its own, so that a native library that crashes takes only that with it.
import { join } from 'node:path';
import type { ProbeReport } from '../backend-doctor/probe';
import { runProgram } from './program';

export type { ProbeReport } from '../backend-doctor/probe';

export type ChildReport = ProbeReport & {
  /** What the library wrote to stderr. */
  readonly log: string;
};

const program = join(__dirname, '..', '..', 'bin', 'aigc.js');
const timeoutMilliseconds = 120_000;

/** @param env added to the child's environment */
export async function probeInChild(
  backend: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildReport> {
  const outcome = await runProgram(process.execPath, [program, 'backend', 'probe', backend], {
    env,
    timeout: timeoutMilliseconds,
  });
  const log = outcome?.stderr ?? '';
  const report = parseReport(outcome?.stdout ?? '');
  if (report) return { ...report, log };
  const ending = outcome?.signal ? `was ended by ${outcome.signal}` : `ended with code ${outcome?.exitCode}`;
  const reason = `a process that tried it ${ending}${hintOf(outcome?.signal)}`;
  return { backend, works: false, reason, remedy: undefined, log };
}

function parseReport(stdout: string): ProbeReport | undefined {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ProbeReport;
  } catch {
    return undefined;
  }
}

function hintOf(signal: NodeJS.Signals | null | undefined): string {
  if (signal === 'SIGILL')
    return ': the processor lacks instructions that this TensorFlow is built with (AVX)';
  if (signal === 'SIGKILL') return `: it took over ${timeoutMilliseconds / 1000} s, or too much memory`;
  return '';
}
