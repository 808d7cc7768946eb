// One trial up to one rung on this machine, for an engine whose task we are: what it comes to is written where the search looks.
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, isBySignal } from '../errors';
import type { Family } from '../models/family';
import type { Call, ChildOutcome } from '../process/launcher';
import { localLauncher } from '../process/local-launcher';
import { askRun } from '../run/asks';
import { runFolder } from '../run/run-folder';
import { bracketAt } from './bracket';
import type { Rung } from './halving';
import { threadWords } from './thread-words';
import { runTrial } from './trial';
import { callName, errorOutcome, readOutcome, type TimedOutcome, writeOutcome } from './trial-outcome';
import type { TuneFolder, TunePlan } from './tune-folder';

export interface TaskRequest {
  readonly folder: TuneFolder;
  readonly plan: TunePlan;
  readonly family: Family;
  readonly trial: number;
  /** From 1. */
  readonly rung: number;
  readonly backend: string | undefined;
  readonly stopping: () => boolean;
}

/**
 * @returns what it came to, at once when that is known; undefined when it was stopped
 * @throws AigcError what would stop every trial; the search is told of it as well
 */
export async function runTask(request: TaskRequest): Promise<TimedOutcome | undefined> {
  const { folder, trial, rung, stopping } = request;
  const name = callName(trial, rung);
  const known = readOutcome(folder, name);
  if (known && !('error' in known)) return known;
  const began = performance.now();
  try {
    const measured = await runTrial(taskOf(request), {
      ...request,
      ...quiet,
      run: (words) => run(request, words),
    });
    if (!measured) return undefined;
    const outcome = { ...measured, seconds: (performance.now() - began) / 1000 };
    await writeOutcome(folder, name, outcome);
    return outcome;
  } catch (error) {
    if (!stopping()) await writeOutcome(folder, name, errorOutcome(error));
    throw error;
  }
}

const quiet = { onWork: () => undefined, onWait: () => undefined };

function taskOf({ folder, plan, family, trial, rung }: TaskRequest) {
  const bracket = bracketAt(plan, family, Math.ceil(trial / plan.bracket));
  const found = bracket.trials.find(({ number }) => number === trial);
  const stage: Rung | undefined = bracket.rungs[rung - 1];
  if (!found || !stage) {
    throw new DataError(`The search in ${folder.path} has no trial ${trial} with a rung ${rung}.`, {
      hint: `It has trials from 1 to ${plan.trials ?? 'as many as time allows'}.`,
    });
  }
  const { configuration, seed } = found;
  return { folder: folder.trial(trial), configuration, seed, length: stage.length };
}

const askEveryMs = 200;

/** Some engines signal all processes of a task, others the first: a training that has had the signal itself would be ended on
 *  the spot by a second one, so it is asked by a file, again and again while it is starting. */
async function run(
  { folder, trial, backend, stopping }: TaskRequest,
  words: readonly string[],
): Promise<ChildOutcome> {
  const cores = coresOfTask();
  const threads = cores === undefined ? [] : threadWords({ parallel: 1, backend }, cores, true);
  const call: Call = { name: callName(trial, 0), words: [...words, ...threads] };
  const child = localLauncher(1).start(call);
  const timer = setInterval(() => {
    if (!stopping()) return;
    if (words[0] === 'train') askRun(runFolder(folder.trial(trial)), 'stop').catch(() => undefined);
    else child.stop();
  }, askEveryMs);
  try {
    const outcome = await child.done;
    // A child that has had our signal may have ended before we have it.
    if (isBySignal(outcome.code)) await sleep(askEveryMs);
    return outcome;
  } finally {
    clearInterval(timer);
  }
}

/** Slurm and Ray leave a task all cores of its node to see, and say how many are its own: Ray in the words of OpenMP. */
function coresOfTask(): number | undefined {
  const { SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, OMP_NUM_THREADS } = process.env;
  const cores = Number(SLURM_CPUS_PER_TASK ?? SLURM_CPUS_ON_NODE ?? OMP_NUM_THREADS);
  return Number.isInteger(cores) && cores > 0 ? cores : undefined;
}
