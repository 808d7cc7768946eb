// Talks with Slurm's controller through its own programs: sbatch, squeue, sacct, scancel, scontrol.
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../errors';
import { kept, pauses } from '../engine-job';
import { type Outcome, runProgram } from '../program';

/** What Slurm knows of one task of an array. */
export interface TaskReport extends TaskEnding {
  /** Its job's name. */
  readonly name: string;
  readonly array: number;
  readonly index: number;
}

export interface TaskEnding {
  /** Slurm's word: RUNNING, TIMEOUT. */
  readonly state: string;
  /** Undefined while it runs, and of one that a signal ended. */
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

/** What to do about what Slurm says. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/partition/i, 'sinfo lists the partitions: name one of them with --slurm partition=NAME.'],
  [
    /account|association|\bqos\b/i,
    'Name an account and a QOS that you may use: --slurm account=NAME,qos=NAME.',
  ],
  [
    /limit|temporarily unable to accept|resource temporarily/i,
    'Wait until the queue takes more of yours, or ask for less with --slurm.',
  ],
  [
    /contact|timed out|connect|configuration source/i,
    'See whether it answers to `scontrol ping`, and wait for it.',
  ],
];

/** That the controller is away, which passes. */
const isAway = (words: string) => /unable to contact|timed out|connection|connect failure/i.test(words);

function refusal(what: string, outcome: Outcome): EngineError {
  const words = wordsOf(outcome);
  const remedy =
    remedies.find(([pattern]) => pattern.test(words))?.[1] ?? 'man sbatch says what its settings may be.';
  return new EngineError(`${what}: ${words}`, { hint: `${remedy} ${kept}` });
}

/** What a program of Slurm's said, in one line. */
function wordsOf({ stderr, stdout }: Outcome): string {
  const lines = (stderr || stdout).split('\n').map((line) => line.replace(/^\w+: (error: )?/, '').trim());
  return lines.filter((line) => line !== '' && !line.startsWith('Try "')).join(' · ');
}

async function slurm(program: string, words: readonly string[]): Promise<Outcome> {
  const outcome = await runProgram(program, words, { ownGroup: true });
  if (outcome) return outcome;
  throw new EngineError(`There is no ${program} here.`, {
    hint: `Run this where jobs are submitted, on a login node of the cluster. ${kept}`,
  });
}

/** Tasks of one array: their indices go from 0 to one less. @throws EngineError when Slurm does not answer */
export async function maxArraySize(): Promise<number> {
  const outcome = await slurm('scontrol', ['show', 'config']);
  if (outcome.exitCode !== 0) throw refusal('Slurm does not answer', outcome);
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(outcome.stdout)?.[1] ?? 1001);
}

/**
 * Submits an array. Where no answer came it may have been taken all the same, so it is looked for by its name first.
 * @returns its job id @throws EngineError in Slurm's words when it refuses, or stays away for a minute
 */
export async function submit(name: string, words: readonly string[]): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await slurm('sbatch', ['--parsable', `--job-name=${name}`, ...words]);
    const id = /^(\d+)/.exec(outcome.stdout)?.[1];
    if (outcome.exitCode === 0 && id !== undefined) return Number(id);
    const pause = pauses[attempt];
    if (!isAway(wordsOf(outcome)) || pause === undefined) throw refusal('Slurm refused the trials', outcome);
    await sleep(pause * 1000);
    const taken = (await tasksCalled([name]))?.[0];
    if (taken) return taken.array;
  }
}

/** The same. @throws EngineError when the controller does not answer: what is there must be known, lest it run twice */
export async function requireTasksCalled(names: readonly string[]): Promise<TaskReport[]> {
  const reports = await tasksCalled(names);
  if (reports) return reports;
  throw new EngineError('Slurm does not answer.', {
    hint: `See whether it answers to \`scontrol ping\`, and wait for it. ${kept}`,
  });
}

/** All tasks of the arrays with these names that Slurm still remembers: those that ended, some minutes.
 *  @returns undefined when the controller does not answer */
export async function tasksCalled(names: readonly string[]): Promise<TaskReport[] | undefined> {
  const fields = ['Name', 'ArrayJobID', 'ArrayTaskID', 'State', 'exit_code']
    .map((field) => `${field}:20`)
    .join(',');
  const words = ['-r', '-h', '-t', 'all', `--name=${names.join(',')}`, '-O', fields];
  const outcome = await slurm('squeue', words);
  if (outcome.exitCode !== 0) return undefined;
  return outcome.stdout.split('\n').flatMap((line): TaskReport[] => {
    const [name, array, index, state, status] = line.trim().split(/\s+/);
    if (name === undefined || state === undefined || !/^\d+$/.test(index ?? '')) return [];
    return [{ name, array: Number(array), index: Number(index), state, ...ending(state, Number(status)) }];
  });
}

/** As wait(2) has it: the code in the upper byte, the signal in the lower bits. */
function ending(state: string, status: number): Pick<TaskReport, 'code' | 'signal'> {
  if (isOpen(state)) return { code: undefined, signal: undefined };
  const signal = status & 127;
  return signal === 0 ? { code: status >> 8, signal: undefined } : { code: undefined, signal };
}

/** What the accounting has of a task, where there is one. */
export async function accountOf(array: number, index: number): Promise<TaskEnding | undefined> {
  const words = ['-n', '-P', '-X', '-j', `${array}_${index}`, '-o', 'State,ExitCode'];
  const outcome = await runProgram('sacct', words, { ownGroup: true });
  const [, state, code, signal] = /^([A-Z_]+)[^|]*\|(\d+):(\d+)/m.exec(outcome?.stdout ?? '') ?? [];
  if (outcome?.exitCode !== 0 || state === undefined) return undefined;
  const ended = Number(signal) > 0;
  return { state, code: ended ? undefined : Number(code), signal: ended ? Number(signal) : undefined };
}

/** Whether a task in this state may still come to something by itself. */
export function isOpen(state: string): boolean {
  return !/^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|PREEMPTED|OUT_OF_MEMORY|BOOT_FAIL|DEADLINE|REVOKED)$/.test(
    state,
  );
}

/** Their programs are told by SIGTERM, and killed some time later. @param tasks such as 12_7, or all of array 12 */
export async function cancel(tasks: readonly string[]): Promise<void> {
  await slurm('scancel', ['--quiet', ...tasks]);
}
