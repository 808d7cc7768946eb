// Jobs of Ray against a small server that answers as the head of Ray 2.60 did, byte for byte where it refuses, and runs what it is
// given. Real ones: bench/ray.sh.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildOutcome } from '../../src/process/launcher';
import { rayLauncher } from '../../src/process/ray/launcher';
import { raySettings } from '../../src/process/ray/settings';
import { runCli } from '../cli';
import { expectPlainError } from '../small-models';
import { writeDigits } from '../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-ray-'));

interface Job extends Record<string, unknown> {
  submission_id: string;
  status: string;
  entrypoint: string;
}

/** What the head is asked to be: as it is, away, or refusing. */
let mood: 'well' | 'away' | 'refuses' | 'locked' | 'something else' = 'well';
let hasRoom = true;
const jobs = new Map<string, Job>();
const children = new Map<string, ChildProcess>();
let server: Server;

const refusal = `Traceback (most recent call last):
  File "/ray/dashboard/modules/job/job_head.py", line 419, in submit_job
    resp = await job_agent_client.submit_job_internal(submit_request)
RuntimeError: Request failed with status code 400: Traceback (most recent call last):
  File "/ray/dashboard/modules/job/job_manager.py", line 553, in submit_job
    raise ValueError(
ValueError: Job with submission_id a-1 already exists. Please use a different submission_id.
.
`;

async function answer(request: IncomingMessage): Promise<[number, string]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [, id, verb] = /^\/api\/jobs\/([^/]*)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
  // What fetch sends is taken for a browser's.
  if (request.headers['sec-fetch-mode'] !== undefined) return [405, 'Method Not Allowed'];
  if (mood === 'away') return [503, 'upstream connect error'];
  if (mood === 'locked' && !request.headers.authorization)
    return [401, 'Unauthorized: Missing authentication token'];
  if (mood === 'something else') return [200, '<html>It works!</html>'];
  if (id === '' && request.method === 'GET') return [200, JSON.stringify([...jobs.values()])];
  if (id === '')
    return mood === 'refuses' ? [500, refusal] : submit(JSON.parse(String(Buffer.concat(chunks))));
  const job = jobs.get(id ?? '');
  if (!job) return [404, `Job ${id} does not exist`];
  if (verb !== 'stop') return [200, JSON.stringify(job)];
  // What waits for room is stopped when it has some.
  if (job.status === 'PENDING') return [200, '{"stopped": true}'];
  job.status = 'STOPPED';
  job.message = 'Job was intentionally stopped.';
  kill(id as string, 'SIGTERM');
  return [200, '{"stopped": true}'];
}

function submit(given: Job): [number, string] {
  const { submission_id: id, entrypoint } = given;
  if (jobs.has(id)) return [500, refusal.replace('a-1', id)];
  const unset = { error_type: null, end_time: null, driver_exit_code: null };
  const job: Job = {
    ...{ type: 'SUBMISSION', job_id: null, driver_info: null, ...given, ...unset },
    ...{ status: 'RUNNING', message: 'Job is currently running.', start_time: 1795844801424 },
  };
  jobs.set(id, job);
  const taken: [number, string] = [200, JSON.stringify({ job_id: id, submission_id: id })];
  if (!hasRoom) {
    Object.assign(job, { status: 'PENDING', message: 'Job has not started yet.' });
    return taken;
  }
  const child = spawn('sh', ['-c', entrypoint], { detached: true, stdio: 'ignore' });
  children.set(id, child);
  child.on('exit', (code, signal) => {
    children.delete(id);
    if (job.status !== 'RUNNING') return;
    const signals: Readonly<Record<string, number>> = { SIGKILL: -9, SIGTERM: -15 };
    const driver_exit_code = code ?? signals[signal ?? ''];
    const message = `Job entrypoint command failed with exit code ${driver_exit_code}, last available logs (truncated to 20,000 chars):\n`;
    if (code === 0) Object.assign(job, { status: 'SUCCEEDED', driver_exit_code });
    else
      Object.assign(job, {
        ...{ status: 'FAILED', message, error_type: 'JOB_ENTRYPOINT_COMMAND_ERROR', driver_exit_code },
      });
  });
  return taken;
}

function kill(id: string, signal: NodeJS.Signals): void {
  const pid = children.get(id)?.pid;
  if (pid !== undefined) process.kill(-pid, signal);
}

const head = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const [status, text] = await answer(request);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  for (const id of children.keys()) kill(id, 'SIGKILL');
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  mood = 'well';
  hasRoom = true;
  jobs.clear();
});

async function until(look: () => boolean): Promise<void> {
  while (!look()) await sleep(20);
}

/** Calls are scripts of the shell. */
async function open(folder: string) {
  const said: unknown[] = [];
  const launcher = await rayLauncher({
    ...raySettings(`${head()},cpus=2.5,gpus=0.5`),
    folder,
    parallel: undefined,
    onJobs: (ids, isNew) => said.push([isNew, ...ids]),
    onAway: (isAway) => said.push(isAway ? 'away' : 'back'),
    onNoRoom: (words) => said.push(words),
    program: ['sh', '-c'],
    leastAskMs: 100,
  });
  const run = (name: string, script: string) => launcher.start({ name, words: [script] });
  return { run, said };
}

const folderOf = (name: string) => mkdtempSync(join(root, name));
const marks = (folder: string) => readdirSync(folder).filter((file) => file.endsWith('.ray'));

it('runs each call as a job with its CPUs, GPUs, threads and log, and knows its end by the folder', async () => {
  const folder = folderOf('run');
  const { run, said } = await open(folder);
  const done = ['0001-1', '0002-1'].map(
    (name) => run(name, `echo "here's ${name}"; echo {} >"${folder}/${name}.json"; sleep 9`).done,
  );
  expect(await Promise.all(done)).toEqual([0, 1].map(() => ({ code: 0, events: [], lastWords: '' })));
  expect(readFileSync(join(folder, '0002-1.log'), 'utf8')).toBe("here's 0002-1\n");
  const ids = [...jobs.keys()];
  expect(ids).toEqual([1, 2].map((n) => expect.stringMatching(`^aigc-[0-9a-f]{8}-000${n}-1-1$`)));
  expect(said).toEqual([[true, ...ids]]);
  expect([...jobs.values()][0]).toMatchObject({
    ...{ entrypoint_num_cpus: 2.5, entrypoint_num_gpus: 0.5 },
    runtime_env: { env_vars: { OMP_NUM_THREADS: '2', RAY_JOB_STOP_WAIT_TIME_S: '60' } },
  });
  expect(marks(folder)).toEqual([]);
});

it('finds jobs that were left at work, and submits none of them twice', async () => {
  const folder = folderOf('left');
  const first = await open(folder);
  const child = first.run(
    '0001-1',
    'while ! [ -e go ]; do sleep 0.05; done'.replace('go', join(folder, 'go')),
  );
  await until(() => jobs.size > 0);
  child.leave?.();
  expect((await child.done).cut?.why).toBe('left');
  expect(marks(folder)).toHaveLength(1);
  const second = await open(folder);
  expect(second.said).toEqual([[false, ...jobs.keys()]]);
  const again = second.run('0001-1', 'never');
  again.stop();
  expect((await again.done).cut).toEqual({ why: 'cancelled', word: expect.any(String) });
  expect(jobs.size).toBe(1);
});

it('submits again what Ray gave up for want of room, and waits for none that is stopped before it has any', async () => {
  const folder = folderOf('room');
  const { run, said } = await open(folder);
  hasRoom = false;
  const child = run('0001-1', 'true');
  await until(() => jobs.size === 1);
  const words = 'Job supervisor actor failed to start within 900.0 seconds.';
  const timeout = { status: 'FAILED', message: words, error_type: 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT' };
  Object.assign([...jobs.values()][0] as Job, timeout);
  await until(() => jobs.size === 2);
  expect(said).toContain(words);
  child.stop();
  expect((await child.done).cut).toEqual({ why: 'cancelled', word: 'PENDING' });
  const again = await open(folder);
  expect(again.said).toEqual([]);
  hasRoom = true;
  const third = again.run('0001-1', 'true');
  expect(await third.done).toMatchObject({ code: 0 });
  expect(marks(folder)).toEqual([]);
});

it('tells the ends of a trial from those of its job, and waits while the head is away', async () => {
  const folder = folderOf('ends');
  const { run, said } = await open(folder);
  const scripts = [
    'echo no such data; exit 3',
    'kill -9 $$',
    'kill -15 $$',
    'exit 138',
    'sleep 9',
    'sleep 9',
  ];
  const all = scripts.map((script, i) => run(`000${i + 1}-1`, script).done);
  await until(() => jobs.size === scripts.length);
  mood = 'away';
  await until(() => said.includes('away'));
  mood = 'well';
  const [stopped, forgotten] = [...jobs.keys()].slice(4) as [string, string];
  Object.assign(jobs.get(stopped) as Job, { status: 'STOPPED' });
  jobs.delete(forgotten);
  const ends = (await Promise.all(all)).map(({ code, lastWords, cut }: ChildOutcome) =>
    cut ? `${cut.why} ${cut.word}` : `${code} ${lastWords.split(',')[0]}`,
  );
  expect(ends).toEqual([
    '3 no such data',
    'null Job entrypoint command failed with exit code -9',
    'interrupted JOB_ENTRYPOINT_COMMAND_ERROR',
    'interrupted JOB_ENTRYPOINT_COMMAND_ERROR',
    'cancelled STOPPED',
    'interrupted gone',
  ]);
  expect(said).toContain('back');
}, 20_000);

it('says in one line what the head refuses, and what to do', async () => {
  await writeDigits(join(root, 'set'), 64, 16);
  const options = ['--model', 'vae', '--set', 'batch-size=32', '--epochs', '1', '--quiet', '--on', 'ray'];
  const words = ['sweep', '--data', 'set', '--out', 'refused', ...options];
  const sweep = (...more: string[]) => runCli([...words, ...more], root, { AIGC_BACKEND: 'wasm' });
  const resume = (...more: string[]) =>
    runCli(['sweep', '--resume', '--out', 'refused', '--quiet', '--on', 'ray', ...more], root);
  expectPlainError(await sweep(), 2, /expected the address of the head/);
  mood = 'refuses';
  expectPlainError(
    await sweep('--ray', head()),
    4,
    /Ray refused the trial: ValueError: Job with submission_id a-1 already exists\. .*\(HTTP 500\)/,
  );
  mood = 'locked';
  const locked = await resume();
  expectPlainError(locked, 4, /Missing authentication token \(HTTP 401\)/);
  expect(locked.stderr).toMatch(/RAY_AUTH_TOKEN/);
  mood = 'something else';
  expectPlainError(await resume(), 4, /is no head of Ray/);
  expectPlainError(
    await resume('--ray', 'http://127.0.0.1:1'),
    4,
    /head of Ray at http:\/\/127\.0\.0\.1:1\/ does not answer: connect ECONNREFUSED/,
  );
  for (const wrong of ['head:8265', 'http://a:b@head', 'http://head,cpu=2', 'http://head,gpus=-1'])
    expectPlainError(await resume('--ray', wrong), 2, /--ray: /);
  expect(readdirSync(join(root, 'refused', 'jobs'))).toEqual(['ray-settings']);
}, 20_000);
