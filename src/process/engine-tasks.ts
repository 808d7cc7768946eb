// The calls that an engine has, or is to have, until each has come to its end. One that has done so has written NAME.json into the
// folder of the jobs; what it said is in NAME.log. Of the others the engine is asked, now and then.
import { readdirSync } from 'node:fs';
import { cutOff } from './engine-job';
import type { Call, Child, ChildOutcome, ChildState, Launcher } from './launcher';

/** What a task has written may be seen later here than that it has ended. */
const missesThatCount = 2;

/** Results are looked for so often; the engine is asked the more seldom the longer nothing changes, as clusters want it. */
export const lookMs = 400;
const askMs = { least: 1500, most: 15_000 };

export interface Task<Place> {
  readonly call: Call;
  /** Where the engine has it; undefined until it is submitted. */
  place: Place | undefined;
  state: ChildState;
  /** How often in a row the engine said that it has ended, or knew nothing of it. */
  missed: number;
  settle(outcome: ChildOutcome | Error): void;
}

/** What each engine does in its own way. */
export interface EngineWays<Place> {
  /** A call is `queued`. */
  onQueued(): void;
  /** Comes after each look at the folder: asks the engine when it is time to. What it throws ends all tasks. */
  onLook(): Promise<void>;
  /** Some are to be cancelled. */
  onCancelling(): void;
  onEnd(task: Task<Place>, outcome: ChildOutcome | Error): void;
  /** What an earlier call of ours has left is no task of this one's: its result was there. */
  onNotNeeded(name: string, place: Place): void;
}

/** What an engine is asked for. */
export interface EngineRequest {
  /** Of logs and results, on a disk that all nodes share; absolute. */
  readonly folder: string;
  /** Calls at a time; undefined for as many as the engine has room for. */
  readonly parallel: number | undefined;
  /** The engine does not answer, and then does again. */
  readonly onAway: (isAway: boolean) => void;
  /** What makes a call when its words follow; aigc when left out. */
  readonly program?: readonly string[];
  /** The engine is asked no more often, milliseconds. */
  readonly leastAskMs?: number;
}

export interface EngineTasks<Place> extends EngineRequest {
  readonly ways: EngineWays<Place>;
  /** What an earlier call of ours has left at work, by the names of calls. */
  readonly found: Map<string, Place>;
  /** By the names of their calls. */
  readonly tasks: Map<string, Task<Place>>;
  readonly queued: Task<Place>[];
  readonly cancelling: Set<Task<Place>>;
  submitting: boolean;
  looking: boolean;
  isAway: boolean;
  askedAt: number;
  askEveryMs: number;
}

type Changing =
  | 'tasks'
  | 'queued'
  | 'cancelling'
  | 'submitting'
  | 'looking'
  | 'isAway'
  | 'askedAt'
  | 'askEveryMs';

export function noTasks<Place>({
  leastAskMs = askMs.least,
}: EngineRequest): Pick<EngineTasks<Place>, Changing> {
  return {
    tasks: new Map(),
    queued: [],
    cancelling: new Set(),
    submitting: false,
    looking: false,
    isAway: false,
    askedAt: 0,
    askEveryMs: leastAskMs,
  };
}

/** @param firstLookMs from a start to the first look at the folder */
export function engineLauncher<Place>(
  state: EngineTasks<Place>,
  stopProgram: string,
  firstLookMs: number,
): Launcher {
  return {
    limit: Number.POSITIVE_INFINITY,
    outlives: true,
    stopProgram,
    start: (call) => start(state, call, firstLookMs),
    close: () => close(state),
  };
}

/** An engine says for some time of a task that has written its result that it is at work. */
function close<Place>(state: EngineTasks<Place>): void {
  const files = new Set(readdirSync(state.folder));
  for (const [name, place] of [...state.found]) {
    if (!files.has(`${name}.json`)) continue;
    state.found.delete(name);
    state.ways.onNotNeeded(name, place);
  }
}

function start<Place>(state: EngineTasks<Place>, call: Call, firstLookMs: number): Child {
  let settle: Task<Place>['settle'] = () => undefined;
  const done = new Promise<ChildOutcome>((resolve, reject) => {
    settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
  });
  const place = state.found.get(call.name);
  state.found.delete(call.name);
  const task: Task<Place> = { call, place, state: 'waiting', missed: 0, settle };
  state.tasks.set(call.name, task);
  if (place === undefined) {
    state.queued.push(task);
    state.ways.onQueued();
  }
  if (!state.looking) setTimeout(() => look(state), firstLookMs);
  state.looking = true;
  return {
    state: () => task.state,
    done,
    stop: () => {
      if (task.state !== 'ended') state.cancelling.add(task);
      state.ways.onCancelling();
    },
    leave: () => end(state, task, cutOff('left', 'left at work')),
  };
}

/** Looks at the folder, and has the engine asked, until nothing is at work. */
async function look<Place>(state: EngineTasks<Place>): Promise<void> {
  try {
    const files = new Set(readdirSync(state.folder));
    for (const task of [...state.tasks.values()]) {
      if (!files.has(`${task.call.name}.json`)) continue;
      askSoon(state);
      end(state, task, { code: 0, events: [], lastWords: '' });
    }
    await state.ways.onLook();
  } catch (error) {
    failAll(state, error as Error);
  }
  state.looking = state.tasks.size > 0;
  if (state.looking) setTimeout(() => look(state), lookMs);
}

export function failAll<Place>(state: EngineTasks<Place>, error: Error): void {
  for (const task of [...state.tasks.values()]) end(state, task, error);
}

export function isTimeToAsk<Place>({ askedAt, askEveryMs }: EngineTasks<Place>): boolean {
  return performance.now() - askedAt >= askEveryMs;
}

/** The engine has been asked of all. */
export function asked<Place>(state: EngineTasks<Place>): void {
  state.askedAt = performance.now();
  state.askEveryMs = Math.min(askMs.most, state.askEveryMs * 1.3);
}

/** Something changes. */
export function askSoon<Place>(state: EngineTasks<Place>): void {
  state.askEveryMs = state.leastAskMs ?? askMs.least;
}

/** Whether the engine has answered. */
export function setAway<Place>(state: EngineTasks<Place>, isAway: boolean): void {
  if (state.isAway !== isAway) state.onAway(isAway);
  state.isAway = isAway;
}

/** The engine says that a task may still come to something. */
export function seen<Place>(task: Task<Place>, isRunning: boolean): void {
  task.missed = 0;
  task.state = isRunning ? 'running' : 'waiting';
}

/** The engine says that a task has ended, or knows nothing of it. @returns whether that is to be believed */
export function isMissed<Place>(state: EngineTasks<Place>, task: Task<Place>): boolean {
  askSoon(state);
  task.missed += 1;
  return task.missed >= missesThatCount && task.state !== 'ended';
}

export function end<Place>(
  state: EngineTasks<Place>,
  task: Task<Place>,
  outcome: ChildOutcome | Error,
): void {
  if (task.state === 'ended') return;
  task.state = 'ended';
  state.tasks.delete(task.call.name);
  state.cancelling.delete(task);
  const queuedAt = state.queued.indexOf(task);
  if (queuedAt >= 0) state.queued.splice(queuedAt, 1);
  state.ways.onEnd(task, outcome);
  task.settle(outcome);
}

/** Whether the engine may go on with a task that ends so here: nobody waits for it any more, or an error of ours ended it. */
export function mayGoOn<Place>({ place }: Task<Place>, outcome: ChildOutcome | Error): boolean {
  return outcome instanceof Error ? place !== undefined : outcome.cut?.why === 'left';
}
