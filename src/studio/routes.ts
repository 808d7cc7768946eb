// What each address answers: the contract of api.ts over what a studio knows.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readWhole } from '../read-file';
import type { Ask } from '../run/asks';
import { version } from '../version';
import { ask, planEvaluate, planPlay, planResume, planStart } from './actions';
import { addresses, type Done, type JobStarted, type Session } from './api';
import { HttpError } from './failure';
import { familySpecs } from './families';
import type { Guard } from './guard';
import type { JobSpec } from './jobs';
import { createPictures, widths } from './pictures';
import { checkBody, evaluateBody, jobBody, playBody, resumeBody, runBody, startBody } from './requests';
import type { Studio } from './studio';
import { lastLines } from './tail';

export interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** What is answered: JSON; bytes; or nothing here, because the response is being written. */
export type Answer =
  | { readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly type: string;
      readonly bytes: Buffer;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | undefined;

export interface Routes {
  readonly get: Readonly<Record<string, (asked: Asked) => Promise<Answer>>>;
  readonly post: Readonly<Record<string, (body: unknown) => Promise<Answer>>>;
  /** The page that a job made. @param key the end of its address @throws HttpError 404 */
  play(key: string): Promise<Answer>;
}

const points = { least: 100, most: 10_000, usual: 1500 };
const mostWatched = 50;
const logBytes = 2 ** 16;
const mostPageBytes = 2 ** 28;

/** A page that plays is our program with somebody's model: it may run, and touch nothing of the studio's. */
const playedPolicy = "sandbox allow-scripts allow-downloads; frame-ancestors 'self'";

/** @param folder the served one as it was named */
export function createRoutes(studio: Studio, folder: string, guard: Guard): Routes {
  const picture = createPictures(studio.root);
  const pages = new Map<string, string>();
  /** Which page a job makes. */
  const plays = new Map<string, string>();
  const session: Session = { version, folder };
  const families = familySpecs();
  const atWork = () => studio.jobs.list().filter(({ state }) => state === 'running');
  const taken = () => atWork().map(({ run }) => run);
  const started = async (job: JobSpec) => json<JobStarted>({ job: await studio.jobs.start(job) });
  const planned = async (body: unknown) => planStart(studio.root, checkBody(startBody, body), taken());
  const atRun = async (id: string) => ({ watch: await studio.run(id), detail: await studio.detail(id) });
  const asks = (what: Ask) => async (body: unknown) => {
    const { watch, detail } = await atRun(checkBody(runBody, body).run);
    return json<Done>({ message: await ask(watch, detail, what) });
  };
  /** One job of a kind at a time: its log is one file. */
  const checkFree = (run: string) => {
    if (taken().includes(run)) throw new HttpError(409, `A job is at work on ${run} already.`);
  };

  return {
    get: {
      [addresses.runs]: async () => json(await studio.listing()),
      [addresses.run]: async ({ query }) => json(await studio.detail(needed(query, 'run'))),
      [addresses.series]: async ({ query }) => {
        const most = numberIn(query, 'points', points.least, points.most) ?? points.usual;
        return json(await studio.series(needed(query, 'run'), most));
      },
      [addresses.search]: async ({ query }) => {
        const search = await studio.search(needed(query, 'search'));
        return json(search.detail(studio.runs));
      },
      [addresses.families]: async () => json(families),
      [addresses.grid]: async ({ query }) => {
        const width = numberIn(query, 'width', widths.least, widths.most);
        const run = await studio.run(needed(query, 'run'));
        const headers = { 'cache-control': 'private, max-age=86400' }; // Its address changes when it does.
        return { ...(await picture(run, needed(query, 'file'), width)), headers };
      },
      [addresses.log]: async ({ query }) => {
        const job = studio.jobs.find(needed(query, 'job'));
        if (!job) throw new HttpError(404, 'There is no such job.');
        return {
          type: 'text/plain; charset=utf-8',
          bytes: Buffer.from(lastLines(job.log, logBytes).join('\n')),
        };
      },
      [addresses.events]: async ({ query, response }) => {
        const watched = query.getAll('watch').slice(0, mostWatched);
        studio.hub.add(response, new Set(watched), session);
        return undefined;
      },
    },
    post: {
      [addresses.session]: async () => json(session, { 'set-cookie': guard.cookie }),
      [addresses.check]: async (body) => json((await planned(body)).check),
      [addresses.start]: async (body) => started((await planned(body)).job),
      [addresses.stop]: asks('stop'),
      [addresses.checkpoint]: asks('checkpoint'),
      [addresses.resume]: async (body) => {
        const asked = checkBody(resumeBody, body);
        const { watch, detail } = await atRun(asked.run);
        checkFree(asked.run);
        return started(planResume(watch, detail, asked));
      },
      [addresses.evaluate]: async (body) => {
        const asked = checkBody(evaluateBody, body);
        const { watch, detail } = await atRun(asked.run);
        if (atWork().some(({ kind, run }) => kind === 'evaluate' && run === asked.run))
          throw new HttpError(409, `${asked.run} is being evaluated already.`);
        return started(planEvaluate(watch, detail, asked));
      },
      [addresses.play]: async (body) => {
        const asked = checkBody(playBody, body);
        const { watch, detail } = await atRun(asked.run);
        const { job, key, file } = planPlay(studio.pages, watch, detail, asked);
        const same = studio.jobs
          .list()
          .find(({ id, state }) => plays.get(id) === key && (state === 'done' || state === 'running'));
        if (same) return json<JobStarted>({ job: same });
        pages.set(key, file);
        const made = await studio.jobs.start(job);
        plays.set(made.id, key);
        return json<JobStarted>({ job: made });
      },
      [addresses.cancel]: async (body) => {
        studio.jobs.cancel(checkBody(jobBody, body).job);
        return json<Done>({ message: 'It is asked to end.' });
      },
    },
    play: async (key) => {
      const file = pages.get(key);
      if (file === undefined) throw new HttpError(404, 'There is no such page.');
      const bytes = await readWhole(file, mostPageBytes);
      return {
        type: 'text/html; charset=utf-8',
        bytes,
        headers: { 'content-security-policy': playedPolicy },
      };
    },
  };
}

function json<T>(value: T, headers?: Readonly<Record<string, string>>): Answer {
  return { json: value, ...(headers && { headers }) };
}

function needed(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null) throw new HttpError(400, `"${name}" is missing in the address.`);
  return value;
}

function numberIn(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
  throw new HttpError(400, `"${name}" must be a whole number from ${least} to ${most}.`);
}
