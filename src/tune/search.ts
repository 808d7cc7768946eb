// The search: brackets of trials, rung by rung, over a few processes, until it is done, out of time or stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Family } from '../models/family';
import type { Call, Child, ChildOutcome, Launcher } from '../process/launcher';
import type { Owner } from '../run/lock-owner';
import { usableCores } from '../tensor/wasm/node-threads';
import { type Bracket, bracketAt, type Trial } from './bracket';
import { bracketCost, type Rung, ranked } from './halving';
import type { Hands } from './hands';
import { runTrialByJob } from './job-trial';
import { threadWords } from './thread-words';
import { runTrial, type TrialContext, type Work } from './trial';
import { callName, readOutcome, type TimedOutcome } from './trial-outcome';
import { appendResult, type TrialResult, type TuneFolder, type TunePlan, trialName } from './tune-folder';

export interface SearchRequest {
  readonly folder: TuneFolder;
  readonly plan: TunePlan;
  readonly family: Family;
  /** Those of earlier calls. */
  readonly results: readonly TrialResult[];
  /** Minutes for all calls together; undefined for as long as it takes. */
  readonly budgetMinutes: number | undefined;
  /** What runs the trials: as processes here, or as tasks of an engine that outlive us. */
  readonly launcher: Launcher;
  /** What others who are at the same search have taken and found; undefined where nobody else can be. */
  readonly hands?: Hands | undefined;
  readonly backend: string | undefined;
  readonly onWork: (trial: number, work: Work | undefined) => void;
  /** A child of an earlier call is still at work on the trial, and is waited for. */
  readonly onWait: (trial: number, owner: Owner) => void;
  /** An engine has taken a trial away, and it goes on from its checkpoint. */
  readonly onCut: (trial: number, word: string) => void;
  /** Called before each result is written: what it throws ends the search. */
  readonly confirm: () => void;
  readonly onResult: (result: TrialResult, all: readonly TrialResult[]) => void;
  /** Told once, when a trial has shown how long all of a bracket takes. */
  readonly onEstimate: (minutes: number) => void;
}

export interface SearchOutcome {
  readonly results: readonly TrialResult[];
  /** `cancelled`: somebody took trials out of the engine; the others have come as far as they could. */
  readonly reason: 'finished' | 'time' | 'signal' | 'cancelled';
}

export interface Search {
  readonly done: Promise<SearchOutcome>;
  /** Lets the trials at work write their checkpoints, and ends. @param leaves those of an engine go on without us */
  stop(leaves?: boolean): void;
}

interface State extends SearchRequest {
  readonly found: TrialResult[];
  readonly running: Set<Child>;
  /** Those that somebody has cancelled. */
  readonly cancelled: Set<number>;
  readonly startedAt: number;
  ending: 'time' | 'signal' | 'failure' | 'cancelled' | undefined;
  /** What an engine has at work is left to go on. */
  leaves: boolean;
}

export function startSearch(request: SearchRequest): Search {
  const state: State = {
    ...request,
    found: [...request.results],
    running: new Set(),
    cancelled: new Set(),
    leaves: false,
    startedAt: performance.now() - (request.results.at(-1)?.spentMinutes ?? 0) * 60_000,
    ending: undefined,
  };
  return {
    done: search(state),
    stop: (leaves = false) => {
      state.leaves = leaves;
      end(state, 'signal');
    },
  };
}

async function search(state: State): Promise<SearchOutcome> {
  const left = (state.budgetMinutes ?? 0) * 60_000 - (performance.now() - state.startedAt);
  if (state.budgetMinutes !== undefined && left <= 0) return { results: state.found, reason: 'time' };
  // Longer than a timer can wait is no limit.
  const timer =
    state.budgetMinutes === undefined || left > 2 ** 31 - 1
      ? undefined
      : setTimeout(() => end(state, 'time'), left);
  try {
    for (let number = 1; ; number++) {
      const bracket = bracketAt(state.plan, state.family, number);
      if (bracket.trials.length === 0) return { results: state.found, reason: 'finished' };
      await climb(state, bracket);
      if (state.cancelled.size > 0) end(state, 'cancelled');
      if (state.ending && state.ending !== 'failure') return { results: state.found, reason: state.ending };
    }
  } finally {
    clearTimeout(timer);
  }
}

function end(state: State, why: State['ending']): void {
  state.ending ??= why;
  for (const child of state.running) stopChild(state, child);
}

/** When a trial's failure ends the search, tasks of an engine are left at work: what they come to is found by the next call. */
function stopChild({ ending, leaves }: State, child: Child): void {
  if (child.leave && (leaves || ending === 'failure')) child.leave();
  else child.stop();
}

function minutesSpent({ startedAt }: State): number {
  return (performance.now() - startedAt) / 60_000;
}

/** Trains the bracket's trials rung by rung: the best go on when all have come to a rung. */
async function climb(state: State, bracket: Bracket): Promise<void> {
  let trials = bracket.trials;
  for (const i of bracket.rungs.keys()) {
    await runRung(state, bracket, i, trials);
    if (state.ending || state.cancelled.size > 0) return;
    const results = state.found.filter(
      (result) => result.bracket === bracket.number && result.rung === i + 1,
    );
    const best = ranked(results, state.plan.figure.better)
      .filter(({ value }) => value !== undefined)
      .slice(0, bracket.rungs[i + 1]?.trials ?? 0);
    trials = best.flatMap(({ trial }) => trials.find(({ number }) => number === trial) ?? []);
  }
}

async function runRung(
  state: State,
  bracket: Bracket,
  rung: number,
  trials: readonly Trial[],
): Promise<void> {
  for (;;) {
    await runOpen(state, bracket, rung, trials);
    if (!state.hands || state.ending || openOf(state, rung, trials).length === 0) return;
    // Others are at the rest.
    await sleep(lookEveryMs);
    await adopt(state);
  }
}

/** How often one looks what others have found, milliseconds. */
const lookEveryMs = 500;

/** The trials that have not come to this rung yet. */
function openOf({ found }: State, rung: number, trials: readonly Trial[]): Trial[] {
  const done = new Set(found.flatMap((result) => (result.rung === rung + 1 ? [result.trial] : [])));
  return trials.filter(({ number }) => !done.has(number)).sort((a, b) => a.number - b.number);
}

/** Takes in what others have found. */
async function adopt(state: State): Promise<void> {
  const { hands, found, onResult } = state;
  const results = (await hands?.news()) ?? [];
  const known = new Set(found.map(({ trial, rung }) => `${trial} ${rung}`));
  for (const result of results) {
    if (known.has(`${result.trial} ${result.rung}`)) continue;
    found.push(result);
    onResult(result, found);
  }
}

/** Runs those of them that nobody else is at. */
async function runOpen(
  state: State,
  bracket: Bracket,
  rung: number,
  trials: readonly Trial[],
): Promise<void> {
  const queue = openOf(state, rung, trials);
  const work = async () => {
    for (let trial = queue.shift(); trial && !state.ending; trial = queue.shift())
      await runClaimed(state, bracket, rung, trial);
  };
  const workers = Array.from({ length: Math.min(state.launcher.limit, queue.length) }, () =>
    work().catch((error: unknown) => {
      end(state, 'failure');
      throw error;
    }),
  );
  // All of them are waited for: each child that runs is to write its checkpoint.
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Runs a trial when nobody else is at it, or has been. */
async function runClaimed(state: State, bracket: Bracket, rung: number, trial: Trial): Promise<void> {
  const { hands } = state;
  if (!hands) return runOne(state, bracket, rung, trial, () => undefined);
  const claim = await hands.claim(trial.number);
  if (!claim) return;
  try {
    await adopt(state);
    const isOpen = openOf(state, rung, [trial]).length > 0;
    if (isOpen && !state.ending) await runOne(state, bracket, rung, trial, claim.check);
  } finally {
    claim.release();
  }
}

/** @param isOurs throws when another has taken the trial over */
async function runOne(
  state: State,
  bracket: Bracket,
  rung: number,
  trial: Trial,
  isOurs: () => void,
): Promise<void> {
  const { length } = bracket.rungs[rung] as Rung;
  const outcome = await (state.launcher.outlives ? byJob : here)(state, bracket, rung, trial);
  if (!outcome) return;
  const result = resultOf(state, bracket, rung, trial, outcome);
  state.confirm();
  isOurs();
  state.found.push(result);
  if (state.hands) await state.hands.record(result);
  else appendResult(state.folder, result);
  state.onResult(result, state.found);
  const isFirst = state.found.filter(({ value }) => value !== undefined).length === 1;
  const { limit } = state.launcher;
  if (isFirst && outcome.value !== undefined && Number.isFinite(limit))
    state.onEstimate((bracketCost(bracket.rungs) * outcome.seconds) / length / 60 / limit);
}

async function here(
  state: State,
  bracket: Bracket,
  rung: number,
  trial: Trial,
): Promise<TimedOutcome | undefined> {
  const { number, configuration, seed } = trial;
  // A task of an engine may have been here before us.
  const known = readOutcome(state.folder, callName(number, rung + 1));
  if (known && !('error' in known)) return known;
  const { length } = bracket.rungs[rung] as Rung;
  const began = performance.now();
  const task = { folder: state.folder.trial(number), configuration, seed, length };
  const outcome = await runTrial(task, contextOf(state, trial)).finally(() =>
    state.onWork(number, undefined),
  );
  return outcome && { ...outcome, seconds: (performance.now() - began) / 1000 };
}

async function byJob(
  state: State,
  _bracket: Bracket,
  rung: number,
  { number }: Trial,
): Promise<TimedOutcome | undefined> {
  const outcome = await runTrialByJob(
    { trial: number, rung: rung + 1 },
    {
      ...state,
      stopping: () => state.ending !== undefined,
      run: (name, words) => runChild(state, { name, words }),
    },
  );
  if (outcome !== 'cancelled') return outcome;
  state.cancelled.add(number);
  return undefined;
}

/** Runs a child of which the search knows, so that it can be stopped. */
async function runChild(state: State, call: Call): Promise<ChildOutcome> {
  const child = state.launcher.start(call);
  state.running.add(child);
  if (state.ending) stopChild(state, child);
  return child.done.finally(() => state.running.delete(child));
}

function resultOf(
  state: State,
  bracket: Bracket,
  rung: number,
  trial: Trial,
  outcome: TimedOutcome,
): TrialResult {
  const { status, value, standardError, reason, seconds } = outcome;
  return {
    event: 'trial',
    trial: trial.number,
    ...(state.plan.seeds && { seed: trial.seed }),
    bracket: bracket.number,
    rung: rung + 1,
    length: (bracket.rungs[rung] as Rung).length,
    status,
    ...(value !== undefined && { value }),
    ...(standardError !== undefined && { standardError }),
    seconds: Number(seconds.toFixed(2)),
    spentMinutes: Number(minutesSpent(state).toFixed(4)),
    options: trial.configuration,
    ...(reason !== undefined && { reason }),
  };
}

function contextOf(state: State, trial: Trial): TrialContext {
  return {
    plan: state.plan,
    family: state.family,
    backend: state.backend,
    stopping: () => state.ending !== undefined,
    onWork: (work) => state.onWork(trial.number, work),
    onWait: (owner) => state.onWait(trial.number, owner),
    run: (words, onStep) => {
      const { launcher, backend } = state;
      const threads = threadWords({ parallel: launcher.limit, backend }, usableCores());
      return runChild(state, { name: trialName(trial.number), words: [...words, ...threads], onStep });
    },
  };
}
