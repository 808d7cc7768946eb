// Talks with the head of a Ray cluster: its REST interface for jobs, through node:http. Ray 2.60 answers 405 to what comes from
// fetch, whose headers it takes for a browser's.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineError } from '../../errors';
import { parseJson } from '../../json';
import { printable } from '../../words';
import { kept, pauses } from '../engine-job';

/** What Ray knows of a job. */
const job = z.object({
  /** Null of programs that connect to the cluster by themselves. */
  submission_id: z.string().nullable(),
  status: z.string(),
  message: z.string().nullish(),
  error_type: z.string().nullish(),
  /** Negative of one that a signal ended; of older heads in the message alone. */
  driver_exit_code: z.number().nullish(),
});

export type RayJob = z.infer<typeof job>;

export interface Submission {
  readonly submission_id: string;
  readonly entrypoint: string;
  readonly entrypoint_num_cpus: number;
  readonly entrypoint_num_gpus: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly runtime_env: { readonly env_vars: Readonly<Record<string, string>> };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const answerMs = 30_000;
const answerBytes = 2 ** 26;

/** @param token of RAY_AUTH_TOKEN; it goes nowhere but to the head. Rejects when no whole answer comes */
function ask(head: URL, method: string, path: string, body?: unknown): Promise<Answer> {
  const url = new URL(path, head);
  const token = process.env.RAY_AUTH_TOKEN;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(text !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    }),
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const signal = AbortSignal.timeout(answerMs);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytes) request.destroy(new Error(`its answer is larger than ${answerBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    request.on('error', reject);
    request.end(text);
  });
}

/** Ray answers with tracebacks of Python, whose last line says what is wrong. */
function wordsOf({ status, text }: Answer): string {
  const lines = text.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '' && line !== '.').at(-1) ?? 'without a word';
  return `${printable(last.slice(0, 300))} (HTTP ${status})`;
}

function refusal(what: string, head: URL, answer: Answer): EngineError {
  const remedies: Readonly<Record<number, string>> = {
    401: 'Put the token of the cluster into RAY_AUTH_TOKEN.',
    403: 'Put the token of the cluster into RAY_AUTH_TOKEN.',
    404: `See whether ${head.href} is the address of a dashboard of Ray's, as \`ray start --head\` says it.`,
  };
  const remedy = remedies[answer.status] ?? '`ray job submit --help` says what a job may ask.';
  return new EngineError(`${what}: ${wordsOf(answer)}`, { hint: `${remedy} ${kept}` });
}

function unreachable(head: URL, error: unknown): EngineError {
  const { code, message } = error as NodeJS.ErrnoException;
  // Where a name has several addresses, each of which fails, the error has no words of its own.
  const words = message || code || 'no answer';
  return new EngineError(`The head of Ray at ${head.href} does not answer: ${printable(words)}`, {
    hint: `Name it with --ray http://HEAD:8265; \`ray start --head --dashboard-host 0.0.0.0\` lets other machines reach it. ${kept}`,
    cause: error,
  });
}

function parsed<T>(schema: z.ZodType<T>, head: URL, answer: Answer): T {
  try {
    if (answer.status === 200) return schema.parse(parseJson(answer.text));
  } catch {
    throw refusal('What answers is no head of Ray that we know', head, { ...answer, status: 404 });
  }
  throw refusal('Ray does not say which jobs it has', head, answer);
}

/** All jobs that the head remembers. @throws EngineError when it does not answer, or in its words */
export async function requireJobs(head: URL): Promise<RayJob[]> {
  const answer = await ask(head, 'GET', 'api/jobs/').catch((error: unknown) => {
    throw unreachable(head, error);
  });
  return parsed(z.array(job), head, answer);
}

/** @returns undefined when it knows none such, `away` when the head does not answer @throws EngineError in its words */
export async function jobCalled(head: URL, id: string): Promise<RayJob | undefined | 'away'> {
  try {
    const answer = await ask(head, 'GET', `api/jobs/${encodeURIComponent(id)}`);
    if (answer.status === 404 && answer.text.includes(id)) return undefined;
    return isAway(answer) ? 'away' : parsed(job, head, answer);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return 'away';
  }
}

/** A head that is starting, or a proxy before one that is away; 404 is what a head says whose jobs are not up yet. */
const isAway = ({ status }: Answer) => status >= 500 || status === 404;

/** That it may be taken in a moment. */
const passes = (answer: Answer) =>
  answer.status > 500 ||
  (answer.status === 500 && /try again|no available agent|unavailable|timed? ?out/i.test(wordsOf(answer)));

/** Submits a job. Where no answer came it may have been taken all the same: then Ray says that there is one of this name.
 *  @throws EngineError in Ray's words when it refuses, or stays away for a minute */
export async function submit(head: URL, submission: Submission): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask(head, 'POST', 'api/jobs/', submission).catch((error: unknown) => error);
    const isAnswer = isObjectWithStatus(answer);
    if (isAnswer && answer.status === 200) return;
    if (isAnswer && attempt > 0 && /already exists/.test(wordsOf(answer))) return;
    const pause = pauses[attempt];
    if (isAnswer && (!passes(answer) || pause === undefined))
      throw refusal('Ray refused the trial', head, answer);
    if (pause === undefined) throw unreachable(head, answer);
    await sleep(pause * 1000);
  }
}

function isObjectWithStatus(value: unknown): value is Answer {
  return typeof (value as Partial<Answer>).status === 'number';
}

/** Its program is told by SIGTERM. @returns whether the head has heard it, or has no such job */
export async function stopJob(head: URL, id: string): Promise<boolean> {
  try {
    const { status } = await ask(head, 'POST', `api/jobs/${encodeURIComponent(id)}/stop`);
    return status === 200 || status === 404;
  } catch {
    return false;
  }
}
