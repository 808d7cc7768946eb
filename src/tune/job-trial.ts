// One trial up to one rung as a call that an engine runs: started, waited for, and started again when the engine took it away.
import { DataError, isBySignal } from '../errors';
import type { ChildOutcome } from '../process/launcher';
import { listCheckpoints } from '../run/checkpoint';
import { runFolder } from '../run/run-folder';
import { commandOf } from './standing';
import { killed } from './trial';
import { callName, forgetOutcome, measuredOf, readOutcome, type TimedOutcome } from './trial-outcome';
import { type TuneFolder, type TunePlan, trialName } from './tune-folder';

export interface JobTrial {
  readonly trial: number;
  /** From 1. */
  readonly rung: number;
}

export interface JobContext {
  readonly folder: TuneFolder;
  readonly plan: TunePlan;
  readonly backend: string | undefined;
  readonly stopping: () => boolean;
  run(name: string, words: readonly string[]): Promise<ChildOutcome>;
  /** The engine took it away, and it goes on from its checkpoint. */
  onCut(trial: number, word: string): void;
}

/** A trial that is taken away so often without a new checkpoint would be so for ever. */
const mostInVain = 3;

/**
 * @returns undefined when the search is stopping; `cancelled` when somebody has taken the trial out of the engine
 * @throws DataError for what no other trial would fare better with
 */
export async function runTrialByJob(
  { trial, rung }: JobTrial,
  context: JobContext,
): Promise<TimedOutcome | 'cancelled' | undefined> {
  const { folder, stopping } = context;
  const name = callName(trial, rung);
  const checkpoints = runFolder(folder.trial(trial)).checkpoints;
  for (let inVain = 0; ; ) {
    const known = readOutcome(folder, name);
    if (known && !('error' in known)) return known;
    if (stopping()) return undefined;
    forgetOutcome(folder, name); // An error of an earlier call, which may be mended.
    const [before = 0] = await listCheckpoints(checkpoints);
    const ended = await context.run(name, taskWords({ trial, rung }, context));
    const outcome = readOutcome(folder, name);
    if (outcome) return measuredOf(outcome);
    if (stopping() || ended.cut?.why === 'left') return undefined;
    if (ended.cut?.why === 'cancelled') return 'cancelled';
    if (!ended.cut) return unsaid(name, ended, folder);
    const [after = 0] = await listCheckpoints(checkpoints);
    inVain = after > before ? 0 : inVain + 1;
    if (inVain === mostInVain) throw neverDone(trial, ended.cut.word);
    context.onCut(trial, ended.cut.word);
  }
}

function neverDone(trial: number, word: string): DataError {
  return new DataError(
    `The engine took trial ${trialName(trial)} away ${mostInVain} times (${word}) before it had written a checkpoint.`,
    { hint: 'Give it more time, as by --slurm time=2:00:00, and go on with --resume.' },
  );
}

/** It ended by itself and has written nothing: a signal killed it, or it never began. */
function unsaid(name: string, { code, lastWords }: ChildOutcome, folder: TuneFolder): TimedOutcome {
  if (isBySignal(code)) return { ...killed, seconds: 0 };
  const words =
    lastWords === '' ? 'It said nothing: is the folder on a disk that all nodes share?' : lastWords;
  throw new DataError(`The task of trial ${name} ended with ${code}. ${words.split('\n').at(-1)}`, {
    hint: `See ${folder.jobs}/${name}.log, mend that, and go on with --resume.`,
  });
}

/** A call that anybody can make by hand. */
export function taskWords(
  { trial, rung }: JobTrial,
  { folder, plan, backend }: Pick<JobContext, 'folder' | 'plan' | 'backend'>,
): string[] {
  return [
    ...[commandOf(plan), '--resume', '--out', folder.path, '--only', String(trial)],
    ...(rung === 1 ? [] : ['--rung', String(rung)]),
    ...(plan.familyFile ? ['--model', plan.familyFile.path] : []),
    ...(backend === undefined ? [] : ['--backend', backend]),
  ];
}
