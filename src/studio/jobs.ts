// The processes that a studio has started: what they are at, and how they ended. They go on when the studio ends.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes } from '../errors';
import { makeFolder } from '../files';
import { type DetachedChild, parseEvent, startDetached } from '../process/aigc';
import type { Job } from './api';
import { HttpError } from './failure';
import { quietly } from './look';
import { lastLines } from './tail';
import { typed } from './train-words';

export interface JobSpec {
  readonly kind: Job['kind'];
  readonly run: string;
  /** Of aigc. */
  readonly words: readonly string[];
  /** The file that its process writes to. */
  readonly log: string;
  /** Where its result is, of one that makes a page. */
  readonly url?: string;
}

export interface Jobs {
  list(): readonly Job[];
  /** @throws HttpError 409 when too many are at work; DataError when the log cannot be written */
  start(spec: JobSpec): Promise<Job>;
  find(id: string): (Job & { readonly log: string }) | undefined;
  /** SIGTERM. @throws HttpError 404, 409 */
  cancel(id: string): void;
  /** Reads how far they are. */
  look(): void;
}

const mostAtWork = 16;
const mostKept = 200;
const tailBytes = 2 ** 14;

interface Entry {
  job: Job;
  readonly child: DetachedChild;
  readonly log: string;
  readonly url: string | undefined;
  seen: string;
}

/** @param changed told of every change of a job */
export function createJobs(changed: (job: Job) => void): Jobs {
  const entries = new Map<string, Entry>();
  const put = (entry: Entry, news: Partial<Job>) => {
    entry.job = { ...entry.job, ...news };
    changed(entry.job);
  };
  const forgetOld = () => {
    for (const [id, { job }] of entries) {
      if (entries.size <= mostKept) return;
      if (job.state !== 'running') entries.delete(id);
    }
  };

  const start = async ({ kind, run, words, log, url }: JobSpec): Promise<Job> => {
    const atWork = [...entries.values()].filter(({ job }) => job.state === 'running');
    if (atWork.length >= mostAtWork)
      throw new HttpError(409, `${mostAtWork} jobs are at work already.`, 'Wait for one, or cancel one.');
    await makeFolder(dirname(log));
    const child = startDetached(words, log);
    const began = new Date().toISOString();
    const job: Job = { id: randomUUID(), kind, run, state: 'running', command: typed(words), began };
    const entry: Entry = { job, child, log, url, seen: '' };
    entries.set(job.id, entry);
    forgetOld();
    const end = (news: Partial<Job>) => put(entry, { ended: new Date().toISOString(), ...news });
    child.done.then(
      (code) => end(endingOf(entry, code)),
      (error: Error) => end({ state: 'failed', problem: { message: error.message } }),
    );
    changed(job);
    return job;
  };

  return {
    list: () => [...entries.values()].map(({ job }) => job),
    start,
    find: (id) => {
      const entry = entries.get(id);
      return entry && { ...entry.job, log: entry.log };
    },
    cancel: (id) => {
      const entry = entries.get(id);
      if (!entry) throw new HttpError(404, 'There is no such job.');
      if (entry.job.state !== 'running') throw new HttpError(409, 'The job has ended.');
      entry.child.stop();
    },
    look: () => {
      for (const entry of entries.values()) {
        if (entry.job.state !== 'running') continue;
        const progress = progressOf(entry);
        if (progress !== undefined && progress !== entry.job.progress) put(entry, { progress });
      }
    },
  };
}

function endingOf({ log, url }: Entry, code: number | null): Partial<Job> {
  if (code === 0) return { state: 'done', ...(url !== undefined && { url }) };
  if (code === null || code > exitCodes.signal) return { state: 'stopped' };
  return { state: 'failed', problem: problemIn(said(log), code) };
}

/** Undefined where nothing new is said. */
function progressOf(entry: Entry): string | undefined {
  const found = statSync(entry.log, { throwIfNoEntry: false });
  const seen = `${found?.size}`;
  if (seen === entry.seen) return undefined;
  entry.seen = seen;
  return said(entry.log)
    .map(lineWords)
    .findLast((words) => words !== undefined);
}

/** The last lines; none where the log is gone. */
function said(log: string): string[] {
  return quietly(() => lastLines(log, tailBytes)) ?? [];
}

/** What a line says of how far a job is: a line for people, or an event of docs/events.md. */
function lineWords(line: string): string | undefined {
  const event = parseEvent(line);
  if (!event) return line.trim() || undefined;
  if (event.event === 'metric') return `measured ${event.figure}`;
  if (event.event === 'backend') return `on ${event.backend}`;
  return typeof event.message === 'string' ? event.message : undefined;
}

/** The error that a process ended with: the event of one that speaks JSON, or its last words. */
function problemIn(lines: readonly string[], code: number): NonNullable<Job['problem']> {
  const event = lines.map(parseEvent).findLast((one) => one?.event === 'error');
  if (event) return problem(String(event.message), event.hint);
  const at = lines.findLastIndex((line) => line.startsWith('error: '));
  if (at < 0)
    return { message: lines.findLast((line) => line.trim() !== '') ?? `It ended with exit code ${code}.` };
  const next = lines[at + 1];
  return problem(
    (lines[at] as string).slice('error: '.length),
    next?.startsWith('  ') ? next.trim() : undefined,
  );
}

function problem(message: string, hint: unknown): NonNullable<Job['problem']> {
  return { message, ...(typeof hint === 'string' && { hint }) };
}
