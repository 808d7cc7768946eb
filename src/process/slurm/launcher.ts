// Runs calls of aigc as tasks of Slurm's job arrays. A call that has come to its end has written NAME.json into the folder of
// the jobs; what it said is in NAME.log. Of those that have not, Slurm is asked.
import { readdirSync } from 'node:fs';
import { askMs, cutOff, lastWordsOf, lookMs, missesThatCount, wasTold } from '../engine-job';
import type { Call, Child, ChildOutcome, ChildState, Launcher } from '../launcher';
import { forgetArray, readArrays, writeArray } from './array';
import {
  accountOf,
  cancel,
  isOpen,
  maxArraySize,
  requireTasksCalled,
  submit,
  type TaskEnding,
  tasksCalled,
} from './controller';
import { slurmFlags, warningSeconds } from './settings';

export interface SlurmRequest {
  /** Of lists, logs and results, on a disk that all nodes share; absolute. */
  readonly folder: string;
  /** As --slurm has them; empty for Slurm's own defaults. */
  readonly settings: string;
  /** Tasks at a time; undefined for as many as Slurm gives. */
  readonly parallel: number | undefined;
  /** Told of each array. @param isNew submitted now; else found as an earlier call of ours has left it */
  readonly onArray: (id: number, calls: readonly string[], isNew: boolean) => void;
  /** What makes a call when its words follow; aigc when left out. */
  readonly program?: readonly string[];
  /** The controller does not answer, and then does again. */
  readonly onAway: (isAway: boolean) => void;
}

interface Job {
  readonly name: string;
  readonly id: number;
  /** Names of its calls that are at work. */
  readonly open: Set<string>;
}

/** A task of an array. */
interface Place {
  readonly job: Job;
  readonly index: number;
}

interface Task {
  readonly call: Call;
  /** Undefined until it is submitted. */
  place: Place | undefined;
  state: ChildState;
  /** How often in a row Slurm said that it has ended, or knew nothing of it. */
  missed: number;
  settle(outcome: ChildOutcome | Error): void;
}

interface State extends SlurmRequest {
  readonly flags: readonly string[];
  /** Tasks in an array. */
  readonly most: number;
  /** What an earlier call has left, by the names of calls. */
  readonly found: Map<string, Place>;
  /** By the names of their calls. */
  readonly tasks: Map<string, Task>;
  readonly queued: Task[];
  readonly cancelling: Set<Task>;
  last: Job | undefined;
  submitting: boolean;
  looking: boolean;
  isAway: boolean;
  askedAt: number;
  askEveryMs: number;
}

/** Calls that are started in the same moment come into one array. */
const gatherMs = 20;

/** @throws EngineError when Slurm is not here or does not answer; UsageError for what is no setting */
export async function slurmLauncher(request: SlurmRequest): Promise<Launcher> {
  const flags = slurmFlags(request.settings);
  const state: State = {
    ...request,
    flags,
    most: await maxArraySize(),
    found: await findJobs(request),
    tasks: new Map(),
    queued: [],
    cancelling: new Set(),
    last: undefined,
    submitting: false,
    looking: false,
    isAway: false,
    askedAt: 0,
    askEveryMs: askMs.least,
  };
  return {
    limit: Number.POSITIVE_INFINITY,
    outlives: true,
    stopProgram: 'scancel',
    start: (call) => start(state, call),
  };
}

async function findJobs({ folder, onArray }: SlurmRequest): Promise<Map<string, Place>> {
  const found = new Map<string, Place>();
  const arrays = readArrays(folder);
  const reports = arrays.length > 0 ? await requireTasksCalled(arrays.map(({ name }) => name)) : [];
  for (const { name, calls } of arrays) {
    const open = reports.filter((report) => report.name === name && isOpen(report.state));
    const names = open.flatMap(({ index }) => calls[index] ?? []);
    if (!open[0] || names.length === 0) {
      forgetArray(folder, name);
      continue;
    }
    const job: Job = { name, id: open[0].array, open: new Set(names) };
    for (const { index } of open) found.set(calls[index] ?? '', { job, index });
    onArray(job.id, names, false);
  }
  return found;
}

function start(state: State, call: Call): Child {
  let settle: Task['settle'] = () => undefined;
  const done = new Promise<ChildOutcome>((resolve, reject) => {
    settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
  });
  const place = state.found.get(call.name);
  state.found.delete(call.name);
  const task: Task = { call, place, state: 'waiting', missed: 0, settle };
  state.tasks.set(call.name, task);
  if (!place) {
    state.queued.push(task);
    setTimeout(() => submitAll(state), gatherMs);
  }
  if (!state.looking) setTimeout(() => look(state), lookMs);
  state.looking = true;
  return {
    state: () => task.state,
    done,
    stop: () => {
      if (task.state !== 'ended') state.cancelling.add(task);
      setTimeout(() => cancelAll(state), gatherMs);
    },
    leave: () => end(state, task, cutOff('left', 'left at work')),
  };
}

/** Submits what is queued, in arrays as large as Slurm takes them; with --parallel one after the other. */
async function submitAll(state: State): Promise<void> {
  if (state.submitting) return;
  state.submitting = true;
  for (let batch = state.queued.splice(0, state.most); batch[0]; batch = state.queued.splice(0, state.most)) {
    try {
      await submitArray(state, batch);
    } catch (error) {
      for (const task of [...batch, ...state.queued.splice(0)]) end(state, task, error as Error);
    }
  }
  state.submitting = false;
  cancelAll(state);
}

async function submitArray(state: State, batch: readonly Task[]): Promise<void> {
  const { folder, flags, parallel, last } = state;
  const names = batch.map(({ call }) => call.name);
  const { name, script } = await writeArray(
    folder,
    batch.map(({ call }) => call),
    state.program,
  );
  const limit = parallel === undefined ? '' : `%${parallel}`;
  const isWaited = parallel !== undefined && last !== undefined && last.open.size > 0;
  const words = [
    ...[`--array=0-${batch.length - 1}${limit}`, '--output=/dev/null', '--requeue'],
    // To the batch shell, which aigc has taken the place of: signals to steps would reach nobody.
    `--signal=B:USR1@${warningSeconds(flags)}`,
    ...(isWaited ? [`--dependency=afterany:${last.id}`] : []),
    ...flags,
    script,
  ];
  const id = await submit(name, words).catch((error: unknown) => {
    forgetArray(folder, name);
    throw error;
  });
  const job: Job = { name, id, open: new Set(names) };
  for (const [index, task] of batch.entries()) task.place = { job, index };
  state.last = job;
  state.askEveryMs = askMs.least;
  state.onArray(id, names, true);
}

/** Looks at the folder, and now and then at Slurm, until nothing is at work. */
async function look(state: State): Promise<void> {
  try {
    const files = new Set(readdirSync(state.folder));
    for (const task of [...state.tasks.values()]) {
      if (!files.has(`${task.call.name}.json`)) continue;
      state.askEveryMs = askMs.least;
      end(state, task, { code: 0, events: [], lastWords: '' });
    }
    if (performance.now() - state.askedAt >= state.askEveryMs) await ask(state);
  } catch (error) {
    for (const task of [...state.tasks.values()]) end(state, task, error as Error);
  }
  state.looking = state.tasks.size > 0;
  if (state.looking) setTimeout(() => look(state), lookMs);
}

async function ask(state: State): Promise<void> {
  const placed = [...state.tasks.values()].filter(({ place }) => place !== undefined);
  const names = [...new Set(placed.map(({ place }) => (place as Place).job.name))];
  if (names.length === 0) return;
  const reports = await tasksCalled(names);
  state.askedAt = performance.now();
  state.askEveryMs = Math.min(askMs.most, state.askEveryMs * 1.3);
  if (state.isAway !== (reports === undefined)) state.onAway(reports === undefined);
  state.isAway = reports === undefined;
  if (!reports) return;
  const byPlace = new Map(reports.map((report) => [`${report.name} ${report.index}`, report]));
  for (const task of placed) {
    const { job, index } = task.place as Place;
    await take(state, task, byPlace.get(`${job.name} ${index}`));
  }
}

/** What Slurm says of a task; undefined when it knows none such any more. */
async function take(state: State, task: Task, report: TaskEnding | undefined): Promise<void> {
  if (report && isOpen(report.state)) {
    task.missed = 0;
    task.state = /^(RUNNING|COMPLETING|SUSPENDED|STOPPED|SIGNALING|STAGE_OUT)$/.test(report.state)
      ? 'running'
      : 'waiting';
    return;
  }
  state.askEveryMs = askMs.least;
  task.missed += 1;
  if (task.missed < missesThatCount || task.state === 'ended') return;
  const { job, index } = task.place as Place;
  const known = report ?? (await accountOf(job.id, index));
  if (known && isOpen(known.state)) task.missed = 0;
  // A task that is cancelled while it waits leaves no trace but in the accounting.
  else if (!known) end(state, task, cutOff(task.state === 'waiting' ? 'cancelled' : 'interrupted', 'gone'));
  else end(state, task, ended(known, lastWordsOf(state.folder, task.call.name)));
}

function ended({ state: word, code, signal }: TaskEnding, words: string): ChildOutcome {
  const outcome = { code: code ?? null, events: [], lastWords: words };
  if (word === 'CANCELLED') return { ...outcome, cut: { why: 'cancelled', word } };
  const isEngines = !['COMPLETED', 'FAILED', 'OUT_OF_MEMORY'].includes(word);
  return wasTold({ code, signal }) || isEngines ? { ...outcome, cut: { why: 'interrupted', word } } : outcome;
}

function end(state: State, task: Task, outcome: ChildOutcome | Error): void {
  if (task.state === 'ended') return;
  task.state = 'ended';
  state.tasks.delete(task.call.name);
  state.cancelling.delete(task);
  const queuedAt = state.queued.indexOf(task);
  if (queuedAt >= 0) state.queued.splice(queuedAt, 1);
  const isLeft = !(outcome instanceof Error) && outcome.cut?.why === 'left';
  if (task.place && !isLeft) {
    const { job } = task.place;
    job.open.delete(task.call.name);
    if (job.open.size === 0) forgetArray(state.folder, job.name);
  }
  task.settle(outcome);
}

/** Those that are being submitted are cancelled afterwards. */
async function cancelAll(state: State): Promise<void> {
  const byJob = new Map<Job, number[]>();
  for (const task of [...state.cancelling]) {
    if (state.queued.includes(task)) end(state, task, cutOff('cancelled', 'not submitted'));
    if (!task.place) continue;
    const { job, index } = task.place;
    byJob.set(job, [...(byJob.get(job) ?? []), index]);
    state.cancelling.delete(task);
  }
  const tasks = [...byJob].map(([{ id, open }, few]) =>
    few.length === open.size ? String(id) : `${id}_[${few.join(',')}]`,
  );
  state.askEveryMs = askMs.least;
  if (tasks.length > 0) await cancel(tasks).catch(() => undefined); // They are at work, and are found again.
}
