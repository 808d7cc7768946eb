// Runs calls of aigc as tasks of Slurm's job arrays.
import { cutOff, lastWordsOf, wasTold } from '../engine-job';
import {
  asked,
  askSoon,
  type EngineRequest,
  type EngineTasks,
  end,
  engineLauncher,
  isMissed,
  isTimeToAsk,
  lookMs,
  mayGoOn,
  noTasks,
  seen,
  setAway,
  type Task as TaskAt,
} from '../engine-tasks';
import type { ChildOutcome, Launcher } from '../launcher';
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

export interface SlurmRequest extends EngineRequest {
  /** As --slurm has them; empty for Slurm's own defaults. */
  readonly settings: string;
  /** Told of each array. @param isNew submitted now; else found as an earlier call of ours has left it */
  readonly onArray: (id: number, calls: readonly string[], isNew: boolean) => void;
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

type Task = TaskAt<Place>;

interface State extends SlurmRequest, EngineTasks<Place> {
  readonly flags: readonly string[];
  /** Tasks in an array. */
  readonly most: number;
  last: Job | undefined;
}

/** Calls that are started in the same moment come into one array. */
const gatherMs = 20;

/** @throws EngineError when Slurm is not here or does not answer; UsageError for what is no setting */
export async function slurmLauncher(request: SlurmRequest): Promise<Launcher> {
  const flags = slurmFlags(request.settings);
  const state: State = {
    ...request,
    ...noTasks<Place>(request),
    flags,
    most: await maxArraySize(),
    found: await findJobs(request),
    last: undefined,
    ways: {
      onQueued: () => setTimeout(() => submitAll(state), gatherMs),
      onLook: async () => {
        if (isTimeToAsk(state)) await ask(state);
      },
      onCancelling: () => setTimeout(() => cancelAll(state), gatherMs),
      onEnd: (task, outcome) => onEnd(state, task, outcome),
      onNotNeeded: (name, { job }) => callEnded(state, job, name),
    },
  };
  return engineLauncher(state, 'scancel', lookMs);
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
  askSoon(state);
  state.onArray(id, names, true);
}

async function ask(state: State): Promise<void> {
  const placed = [...state.tasks.values()].filter(({ place }) => place !== undefined);
  const names = [...new Set(placed.map(({ place }) => (place as Place).job.name))];
  if (names.length === 0) return;
  const reports = await tasksCalled(names);
  asked(state);
  setAway(state, reports === undefined);
  if (!reports) return;
  const byPlace = new Map(reports.map((report) => [`${report.name} ${report.index}`, report]));
  for (const task of placed) {
    const { job, index } = task.place as Place;
    await take(state, task, byPlace.get(`${job.name} ${index}`));
  }
}

/** What Slurm says of a task; undefined when it knows none such any more. */
async function take(state: State, task: Task, report: TaskEnding | undefined): Promise<void> {
  const open = report !== undefined && isOpen(report.state);
  if (open) seen(task, /^(RUNNING|COMPLETING|SUSPENDED|STOPPED|SIGNALING|STAGE_OUT)$/.test(report.state));
  if (open || !isMissed(state, task)) return;
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

function onEnd(state: State, task: Task, outcome: ChildOutcome | Error): void {
  if (task.place && !mayGoOn(task, outcome)) callEnded(state, task.place.job, task.call.name);
}

/** @param call the name of one that is not at work any more */
function callEnded({ folder }: State, job: Job, call: string): void {
  job.open.delete(call);
  if (job.open.size === 0) forgetArray(folder, job.name);
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
  askSoon(state);
  if (tasks.length > 0) await cancel(tasks).catch(() => undefined); // They are at work, and are found again.
}
