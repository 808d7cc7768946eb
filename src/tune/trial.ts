// One trial up to one rung: trained by the real `aigc train`, on from where it was, then measured.
import { flagName, flagWords } from '../config/option';
import { withLength } from '../config/resolve';
import { planBatches } from '../dataset/batches';
import { DataError, exitCodes, isBySignal } from '../errors';
import { familyOptions } from '../models';
import { type Family, imagesOfStep } from '../models/family';
import type { ChildOutcome } from '../process/launcher';
import { listCheckpoints } from '../run/checkpoint';
import { BusyError } from '../run/lock';
import type { Owner } from '../run/lock-owner';
import { waitForOwner } from '../run/lock-wait';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import { readMetrics } from '../run/run-log';
import type { Configuration } from './space';
import type { TrialResult, TunePlan } from './tune-folder';

export interface TrialTask {
  readonly folder: string;
  readonly configuration: Configuration;
  readonly seed: number;
  /** To train in all, in the plan's unit. */
  readonly length: number;
}

export type Measured = Pick<TrialResult, 'status' | 'value' | 'standardError' | 'reason'>;

/** What a trial needs of the search that it is part of. */
export interface TrialContext {
  readonly plan: TunePlan;
  readonly family: Family;
  /** The value of --backend, when one was given. */
  readonly backend: string | undefined;
  readonly stopping: () => boolean;
  /** Runs a child of which the search knows, so that it can be stopped. */
  run(words: readonly string[], onStep?: (step: number) => void): Promise<ChildOutcome>;
  onWork(work: Work): void;
  /** Another process is at work on it. */
  onWait(owner: Owner): void;
}

/** What a trial is at. */
export interface Work {
  readonly step: number;
  /** Where its training ends for now. */
  readonly steps: number;
  /** It is trained, and is being measured. */
  readonly measuring?: true;
}

/** @returns undefined when it was stopped before it was done. @throws DataError for what no other trial would fare better with */
export async function runTrial(task: TrialTask, context: TrialContext): Promise<Measured | undefined> {
  for (;;) {
    // A search that was killed leaves its children at work: what they do counts, so they are waited for.
    await waitForOwner(task.folder, context);
    if (context.stopping()) return undefined;
    const found = await trainAndMeasure(task, context);
    if (found !== 'busy') return found;
  }
}

/** @returns `busy` when such a child was still starting, and has come to the folder first */
async function trainAndMeasure(
  task: TrialTask,
  context: TrialContext,
): Promise<Measured | 'busy' | undefined> {
  const steps = stepsOf(task, context);
  const trained = await train(task, steps, context);
  if (trained !== 'trained') return trained;
  const heldOut = await heldOutAt(task.folder, steps, context.plan);
  if (heldOut !== undefined) return measured(heldOut, undefined);
  context.onWork({ step: steps, steps, measuring: true });
  return evaluate(task, context);
}

function measured(value: unknown, standardError: unknown): Measured {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return { status: 'diverged', reason: 'The figure is no finite number.' };
  return { status: 'measured', value, ...(typeof standardError === 'number' && { standardError }) };
}

type Planned = Pick<TrialContext, 'plan' | 'family'>;

/** Training steps that a task ends at. */
function stepsOf(
  { configuration, length }: Pick<TrialTask, 'configuration' | 'length'>,
  { plan, family }: Planned,
): number {
  if (plan.unit === 'steps') return length;
  const options = familyOptions(family, {}, configuration);
  return length * planBatches(plan.trainCount, imagesOfStep(family, options), plan.seed).stepsPerEpoch;
}

async function train(
  task: TrialTask,
  steps: number,
  context: TrialContext,
): Promise<Measured | 'trained' | 'busy' | undefined> {
  const folder = runFolder(task.folder);
  const record = await readRun(folder);
  if (record?.status === 'diverged') return { status: 'diverged', reason: 'Training diverged.' };
  const [newest = 0] = await listCheckpoints(folder.checkpoints);
  // One that was killed at its very end has its end still to be recorded.
  if (record && (newest > steps || (newest === steps && record.status === 'finished'))) return 'trained';
  context.onWork({ step: newest, steps });
  const outcome = await context.run(trainWords(task, record !== undefined, context), (step) =>
    context.onWork({ step, steps }),
  );
  const ended = outcome.events.some(({ event }) => event === 'end');
  if (outcome.code === exitCodes.ok && ended) return 'trained';
  if (outcome.code === exitCodes.usage && (await hasGoneOn(folder, record, newest))) return 'busy';
  return failure(outcome, context);
}

/** Whether another process has trained in the folder since: the child of an earlier call, which was still starting. */
async function hasGoneOn(folder: RunFolder, record: RunRecord | undefined, newest: number): Promise<boolean> {
  const [now = 0] = await listCheckpoints(folder.checkpoints);
  return now !== newest || (await readRun(folder))?.status !== record?.status;
}

function trainWords(
  { folder, configuration, seed, length }: TrialTask,
  resume: boolean,
  context: TrialContext,
): string[] {
  const { plan, backend } = context;
  return [
    ...['train', '--json', '--out', folder, `--${plan.unit}`, String(length)],
    ...['--data', plan.data],
    ...(backend === undefined ? [] : ['--backend', backend]),
    ...(resume
      ? [...fileWords(plan), '--resume']
      : [
          ...['--model', plan.familyFile?.path ?? plan.model, '--seed', String(seed), '--keep', '1'],
          // A grid at the end of each rung, and no others; no looking at samples that nobody asked for.
          ...['--sample-every-epochs', '1000000', '--watch-every-epochs', '1000000', '--keep-best', 'none'],
          // With another learning rate a trial would no longer be of its configuration.
          ...['--rollbacks', '0'],
          ...flagWords(configuration),
          ...lengthFlags(configuration, context),
        ]),
  ];
}

/** What a call that opens a run says of a family from outside. */
function fileWords({ familyFile }: TunePlan): string[] {
  return familyFile ? ['--model', familyFile.path] : [];
}

/** What follows from the length follows from the whole length, not from the first rung's: learning rates that fall. */
function lengthFlags(configuration: Configuration, { plan, family }: Planned): string[] {
  const options = familyOptions(family, {}, configuration);
  const steps = stepsOf({ configuration, length: plan.length }, { plan, family });
  const whole = Object.entries(withLength(family.options, options, steps));
  return whole.flatMap(([name, value]) => (value === options[name] ? [] : [flagName(name), String(value)]));
}

async function heldOutAt(folder: string, steps: number, plan: TunePlan): Promise<number | undefined> {
  if (plan.source !== 'held-out') return undefined;
  for await (const { value } of readMetrics(runFolder(folder).metrics))
    if (value?.event === 'epoch' && value.step === steps) return value.heldOut?.[plan.figure.name];
  return undefined;
}

async function evaluate(
  { folder }: TrialTask,
  context: TrialContext,
): Promise<Measured | 'busy' | undefined> {
  const { plan, backend } = context;
  const outcome = await context.run([
    ...['evaluate', '--json', '--checkpoint', folder, '--metrics', plan.metric, '--data', plan.data],
    ...fileWords(plan),
    ...(plan.count === undefined ? [] : ['--count', String(plan.count)]),
    ...(plan.sampleCount === undefined ? [] : ['--sample-count', String(plan.sampleCount)]),
    ...(backend === undefined ? [] : ['--backend', backend]),
  ]);
  const found = outcome.events.find(({ event, figure }) => event === 'metric' && figure === plan.figure.name);
  if (outcome.code === exitCodes.ok && found) return measured(found.mean, found.standardError);
  return failure(outcome, context);
}

/** What a trial comes to that a signal ended. */
export const killed = { status: 'failed', reason: 'A signal ended it: was it out of memory?' } as const;

/** Trials that diverge, are refused or are killed are bad ones. Data, disk and backend would fail every trial. */
function failure(outcome: ChildOutcome, { stopping }: TrialContext): Measured | 'busy' | undefined {
  const { code, events, lastWords } = outcome;
  const said = events.findLast(({ event }) => event === 'error');
  const reason = typeof said?.message === 'string' ? said.message : lastWords || `It ended with ${code}.`;
  if (code === exitCodes.diverged) return { status: 'diverged', reason };
  if (stopping()) return undefined;
  if (said?.name === BusyError.name) return 'busy';
  if (code === exitCodes.usage) return { status: 'failed', reason };
  if (isBySignal(code)) return killed;
  throw new DataError(`A trial cannot be run: ${reason}`, {
    hint: typeof said?.hint === 'string' ? said.hint : 'Mend that, and go on with --resume.',
  });
}
