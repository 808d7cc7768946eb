// Runs calls of aigc as jobs of a Ray cluster, one each.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../files';
import { readTextIfAny } from '../../read-file';
import { cutOff, lastWordsOf } from '../engine-job';
import {
  asked,
  askSoon,
  type EngineRequest,
  type EngineTasks,
  end,
  engineLauncher,
  failAll,
  isMissed,
  isTimeToAsk,
  mayGoOn,
  noTasks,
  seen,
  setAway,
  type Task as TaskAt,
} from '../engine-tasks';
import type { ChildOutcome, Launcher } from '../launcher';
import { ended, isOpen } from './ending';
import { jobCalled, type RayJob, requireJobs, stopJob, submit } from './head';
import type { RaySettings } from './settings';
import { submissionOf } from './submission';

export interface RayRequest extends RaySettings, EngineRequest {
  /** Told of jobs that are submitted now, and of those that an earlier call of ours has left. */
  readonly onJobs: (ids: readonly string[], isNew: boolean) => void;
  /** The cluster had no room for a trial for so long that Ray gave it up; it is submitted again. */
  readonly onNoRoom: (words: string) => void;
}

/** Its place is the id of its job. */
type Task = TaskAt<string>;

interface State extends RayRequest, EngineTasks<string> {
  /** What the names of this search's jobs begin with: aigc-1f2e3d4c. */
  readonly search: string;
  /** How many jobs a call has had. */
  readonly counts: Map<string, number>;
  /** Jobs that wait for room, and are stopped when they have it. */
  readonly doomed: Set<string>;
  /** Jobs may go on of which we hear no more, so that the search is to be found again. */
  leaves: boolean;
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
    ...noTasks<string>(request),
    search,
    found: new Map(),
    counts: new Map(),
    doomed: new Set(doomedOf(request.folder, mark)),
    leaves: false,
    ways: {
      onQueued: () => undefined, // It is submitted after a look, when there is room.
      onLook: () => askAndSubmit(state),
      onCancelling: () => setTimeout(() => cancelAll(state).catch((error: Error) => failAll(state, error))),
      onEnd: (task, outcome) => onEnd(state, task, outcome),
      onNotNeeded: () => forgetIfDone(state),
    },
  };
  findJobs(state, await requireJobs(request.head));
  return engineLauncher(state, 'ray job stop', 0);
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

async function askAndSubmit(state: State): Promise<void> {
  if (isTimeToAsk(state)) await askAll(state);
  submitAll(state);
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
  const placed = [...tasks.values()].filter(({ place }) => place !== undefined);
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
  task.place = id;
  askSoon(state);
  return id;
}

async function askAll(state: State): Promise<void> {
  for (const task of [...state.tasks.values()]) {
    if (task.place === undefined || task.state === 'ended') continue;
    const job = await jobCalled(state.head, task.place);
    setAway(state, job === 'away');
    if (job === 'away') break;
    take(state, task, job);
  }
  asked(state);
  await cancelAll(state);
}

/** What Ray says of a job; undefined when it knows none such any more. */
function take(state: State, task: Task, job: RayJob | undefined): void {
  const open = job !== undefined && isOpen(job.status);
  if (open) seen(task, job.status === 'RUNNING');
  if (open || !isMissed(state, task)) return;
  if (job?.error_type === 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT' && !state.cancelling.has(task)) {
    state.onNoRoom(job.message ?? '');
    Object.assign(task, { place: undefined, missed: 0 });
    state.queued.unshift(task);
    return;
  }
  const outcome = job ? ended(job) : cutOff('interrupted', 'gone');
  end(state, task, { ...outcome, lastWords: lastWordsOf(state.folder, task.call.name) || outcome.lastWords });
}

/** After an error, what is at work goes on, and is found by the next call. */
function onEnd(state: State, task: Task, outcome: ChildOutcome | Error): void {
  state.leaves ||= mayGoOn(task, outcome);
  forgetIfDone(state);
}

function forgetIfDone(state: State): void {
  if (state.tasks.size + state.found.size === 0 && !state.leaves) forget(state);
}

/** Those that are being submitted are cancelled afterwards, and those that the head did not hear of when it answers again. */
async function cancelAll(state: State): Promise<void> {
  for (const task of [...state.cancelling]) {
    if (state.queued.includes(task)) end(state, task, cutOff('cancelled', 'not submitted'));
    if (task.place === undefined) continue;
    if (!(await stopJob(state.head, task.place))) return;
    state.cancelling.delete(task);
    askSoon(state);
    if (task.state !== 'waiting') continue;
    // Ray stops such a one when there is room for it.
    state.leaves = true;
    state.doomed.add(task.place);
    await writeMark(state);
    end(state, task, cutOff('cancelled', 'PENDING'));
  }
}
