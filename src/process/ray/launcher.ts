// Runs calls of aigc as jobs of a Ray cluster, one each. A call that has come to its end has written NAME.json into the folder of
// the jobs; what it said is in NAME.log. Of those that have not, the head is asked.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../files';
import { readTextIfAny } from '../../read-file';
import { askMs, cutOff, lastWordsOf, lookMs, missesThatCount } from '../engine-job';
import type { Call, Child, ChildOutcome, ChildState, Launcher } from '../launcher';
import { ended, isOpen } from './ending';
import { jobCalled, type RayJob, requireJobs, stopJob, submit } from './head';
import type { RaySettings } from './settings';
import { submissionOf } from './submission';

export interface RayRequest extends RaySettings {
  /** Of logs and results, on a disk that all nodes share; absolute. */
  readonly folder: string;
  /** Jobs at a time; undefined for as many as the cluster has room for. */
  readonly parallel: number | undefined;
  /** Told of jobs that are submitted now, and of those that an earlier call of ours has left. */
  readonly onJobs: (ids: readonly string[], isNew: boolean) => void;
  /** The head does not answer, and then does again. */
  readonly onAway: (isAway: boolean) => void;
  /** The cluster had no room for a trial for so long that Ray gave it up; it is submitted again. */
  readonly onNoRoom: (words: string) => void;
  /** What makes a call when its words follow; aigc when left out. */
  readonly program?: readonly string[];
  /** The head is asked no more often, milliseconds. */
  readonly leastAskMs?: number;
}

interface Task {
  readonly call: Call;
  /** The job's; undefined until it is submitted. */
  id: string | undefined;
  state: ChildState;
  /** How often in a row Ray said that it has ended, or knew nothing of it. */
  missed: number;
  settle(outcome: ChildOutcome | Error): void;
}

interface State extends RayRequest {
  /** What the names of this search's jobs begin with: aigc-1f2e3d4c. */
  readonly search: string;
  /** What an earlier call has left at work: jobs by the names of calls. */
  readonly found: Map<string, string>;
  /** How many jobs a call has had. */
  readonly counts: Map<string, number>;
  readonly tasks: Map<string, Task>;
  readonly queued: Task[];
  readonly cancelling: Set<Task>;
  /** Jobs that wait for room, and are stopped when they have it. */
  readonly doomed: Set<string>;
  /** Jobs may go on of which we hear no more, so that the search is to be found again. */
  leaves: boolean;
  submitting: boolean;
  looking: boolean;
  isAway: boolean;
  askedAt: number;
  askEveryMs: number;
}

/** Ray gives up what had no room for 15 minutes: no more are submitted than keep it from being idle. */
const mostWaiting = 16;

/** Names the file by which a search finds its jobs again. */
export const rayMark = /^(aigc-[0-9a-f]{8})\.ray$/;

/** @throws EngineError when the head does not answer */
export async function rayLauncher(request: RayRequest): Promise<Launcher> {
  const mark = readdirSync(request.folder).find((name) => rayMark.test(name));
  const search = rayMark.exec(mark ?? '')?.[1] ?? `aigc-${randomBytes(4).toString('hex')}`;
  const state: State = {
    ...request,
    search,
    found: new Map(),
    counts: new Map(),
    tasks: new Map(),
    queued: [],
    cancelling: new Set(),
    doomed: new Set(doomedOf(request.folder, mark)),
    leaves: false,
    submitting: false,
    looking: false,
    isAway: false,
    askedAt: 0,
    askEveryMs: request.leastAskMs ?? askMs.least,
  };
  findJobs(state, await requireJobs(request.head));
  return {
    limit: Number.POSITIVE_INFINITY,
    outlives: true,
    stopProgram: 'ray job stop',
    start: (call) => start(state, call),
  };
}

function findJobs(state: State, jobs: readonly RayJob[]): void {
  const { search, found, counts, onJobs } = state;
  for (const { submission_id: id, status } of jobs) {
    const [, name, count] = /^-(.+)-(\d+)$/.exec(id?.startsWith(search) ? id.slice(search.length) : '') ?? [];
    if (id === null || name === undefined) continue;
    counts.set(name, Math.max(Number(count), counts.get(name) ?? 0));
    if (isOpen(status) && !state.doomed.has(id)) found.set(name, id);
  }
  if (found.size > 0) onJobs([...found.values()], false);
  else forget(state);
}

/** Says that the search has jobs, and which of them are not to be waited for. */
async function writeMark({ folder, search, head, doomed }: State): Promise<void> {
  await writeFileAtomic(join(folder, `${search}.ray`), [head.href, ...doomed, ''].join('\n'));
}

function doomedOf(folder: string, mark: string | undefined): string[] {
  if (mark === undefined) return [];
  const [, ...ids] = (readTextIfAny(join(folder, mark)) ?? '').trim().split('\n');
  return ids;
}

/** None of the search's jobs is at work any more. */
function forget({ folder, search }: State): void {
  rmSync(join(folder, `${search}.ray`), { force: true });
}

function start(state: State, call: Call): Child {
  let settle: Task['settle'] = () => undefined;
  const done = new Promise<ChildOutcome>((resolve, reject) => {
    settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
  });
  const id = state.found.get(call.name);
  state.found.delete(call.name);
  const task: Task = { call, id, state: 'waiting', missed: 0, settle };
  state.tasks.set(call.name, task);
  if (id === undefined) state.queued.push(task);
  if (!state.looking) setTimeout(() => look(state));
  state.looking = true;
  return {
    state: () => task.state,
    done,
    stop: () => {
      if (task.state !== 'ended') state.cancelling.add(task);
      setTimeout(() => cancelAll(state).catch((error: Error) => failAll(state, error)));
    },
    leave: () => {
      state.leaves = true;
      end(state, task, cutOff('left', 'left at work'));
    },
  };
}

/** Looks at the folder, and now and then at the head, until nothing is at work. */
async function look(state: State): Promise<void> {
  try {
    const files = new Set(readdirSync(state.folder));
    for (const task of [...state.tasks.values()]) {
      if (!files.has(`${task.call.name}.json`)) continue;
      askSoon(state);
      end(state, task, { code: 0, events: [], lastWords: '' });
    }
    if (performance.now() - state.askedAt >= state.askEveryMs) await askAll(state);
    submitAll(state);
  } catch (error) {
    failAll(state, error as Error);
  }
  state.looking = state.tasks.size > 0;
  if (state.looking) setTimeout(() => look(state), lookMs);
}

/** What is at work goes on, and is found by the next call. */
function failAll(state: State, error: Error): void {
  state.leaves ||= [...state.tasks.values()].some(({ id }) => id !== undefined);
  for (const task of [...state.tasks.values()]) end(state, task, error);
}

function askSoon(state: State): void {
  state.askEveryMs = state.leastAskMs ?? askMs.least;
}

/** Submits what there is room for. */
async function submitAll(state: State): Promise<void> {
  if (state.submitting) return;
  state.submitting = true;
  const ids: string[] = [];
  try {
    while (hasRoom(state)) ids.push(await submitOne(state, state.queued.shift() as Task));
    await cancelAll(state);
  } catch (error) {
    failAll(state, error as Error);
  }
  if (ids.length > 0) state.onJobs(ids, true);
  state.submitting = false;
}

function hasRoom({ queued, tasks, parallel, isAway }: State): boolean {
  const placed = [...tasks.values()].filter(({ id }) => id !== undefined);
  const waiting = placed.filter((task) => task.state === 'waiting');
  return (
    queued[0] !== undefined &&
    !isAway &&
    placed.length < (parallel ?? Infinity) &&
    waiting.length < mostWaiting
  );
}

/** @returns the job's id */
async function submitOne(state: State, task: Task): Promise<string> {
  const { search, counts, head } = state;
  const { name } = task.call;
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  const id = `${search}-${name}-${count}`;
  await writeMark(state);
  await submit(head, submissionOf(id, task.call, state));
  task.id = id;
  askSoon(state);
  return id;
}

async function askAll(state: State): Promise<void> {
  for (const task of [...state.tasks.values()]) {
    if (task.id === undefined || task.state === 'ended') continue;
    const job = await jobCalled(state.head, task.id);
    if (state.isAway !== (job === 'away')) state.onAway(job === 'away');
    state.isAway = job === 'away';
    if (job === 'away') break;
    take(state, task, job);
  }
  state.askedAt = performance.now();
  state.askEveryMs = Math.min(askMs.most, state.askEveryMs * 1.3);
  await cancelAll(state);
}

/** What Ray says of a job; undefined when it knows none such any more. */
function take(state: State, task: Task, job: RayJob | undefined): void {
  if (job && isOpen(job.status)) {
    task.missed = 0;
    task.state = job.status === 'RUNNING' ? 'running' : 'waiting';
    return;
  }
  askSoon(state);
  task.missed += 1;
  if (task.missed < missesThatCount || task.state === 'ended') return;
  if (job?.error_type === 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT' && !state.cancelling.has(task)) {
    state.onNoRoom(job.message ?? '');
    Object.assign(task, { id: undefined, missed: 0 });
    state.queued.unshift(task);
    return;
  }
  const outcome = job ? ended(job) : cutOff('interrupted', 'gone');
  end(state, task, { ...outcome, lastWords: lastWordsOf(state.folder, task.call.name) || outcome.lastWords });
}

function end(state: State, task: Task, outcome: ChildOutcome | Error): void {
  if (task.state === 'ended') return;
  task.state = 'ended';
  state.tasks.delete(task.call.name);
  state.cancelling.delete(task);
  const queuedAt = state.queued.indexOf(task);
  if (queuedAt >= 0) state.queued.splice(queuedAt, 1);
  if (state.tasks.size === 0 && !state.leaves) forget(state);
  task.settle(outcome);
}

/** Those that are being submitted are cancelled afterwards, and those that the head did not hear of when it answers again. */
async function cancelAll(state: State): Promise<void> {
  for (const task of [...state.cancelling]) {
    if (state.queued.includes(task)) end(state, task, cutOff('cancelled', 'not submitted'));
    if (task.id === undefined) continue;
    if (!(await stopJob(state.head, task.id))) return;
    state.cancelling.delete(task);
    askSoon(state);
    if (task.state !== 'waiting') continue;
    // Ray stops such a one when there is room for it.
    state.leaves = true;
    state.doomed.add(task.id);
    await writeMark(state);
    end(state, task, cutOff('cancelled', 'PENDING'));
  }
}
