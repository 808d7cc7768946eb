// A studio over real runs: what it lists, how it hears of what other processes do, and what it has done.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files';
import { addresses, type Job, type RunRow } from '../../src/studio/api';
import { createStepTable } from '../../src/studio/columns';
import { appendResult, tuneFolder, writeTune } from '../../src/tune/tune-folder';
import { startProgram } from '../cli';
import { trainSmall } from '../small-models';
import { type OpenedStudio, openStudio } from './open-studio';

let folder = '';
let runs = '';
let studio: OpenedStudio;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-test-'));
  runs = join(folder, 'runs');
  const words = ['--model', 'vae', '--hidden-units', '8', '--epochs', '2', '--log-every-steps', '1'];
  await trainSmall(folder, { 'runs/deep/in/vae': words });
}, 60_000);

beforeEach(async () => {
  studio = await openStudio(runs);
});

afterEach(async () => {
  const { bugs } = studio;
  await studio.close();
  expect(bugs).toEqual([]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const query = (run: string) => `?run=${encodeURIComponent(run)}`;
const vae = 'deep/in/vae';

it('tells of a run what its folder says', async () => {
  const { json: list } = await studio.get(addresses.runs);
  expect(list).toMatchObject({ searches: [], jobs: [], leftOut: 0 });
  expect(list.runs).toHaveLength(1);
  const [row] = list.runs;
  expect(row).toMatchObject({
    ...{ id: vae, state: 'finished', family: 'vae', backend: 'wasm', rollbacks: 0 },
    ...{ epoch: 2, epochs: 2, step: 48, endStep: 48, best: { name: 'elbo', better: 'higher' } },
    losses: [{ name: 'elbo', label: 'ELBO', unit: 'nats', value: expect.any(Number) }, {}, {}],
    grid: { epoch: 2, file: 'epoch-0002.png' },
    options: { hiddenUnits: 8, batchSize: 8, seed: 1 },
  });

  const { json: detail } = await studio.get(addresses.run + query(vae));
  const { losses: _losses, ...same } = row;
  expect(detail).toMatchObject({
    ...same,
    asked: { model: 'vae', hiddenUnits: 8, epochs: 2 },
    command: expect.stringMatching(/^aigc train --model=vae --data=\S+set --grid=2x2 .*--hidden-units=8/),
    grids: [{ epoch: 1 }, { epoch: 2 }],
    checkpoints: [{ step: 48, plays: true }, { step: 24 }],
    warnings: [],
    provenance: { backend: 'wasm', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    can: { stop: false, checkpoint: false, resume: true, evaluate: true, play: true },
  });

  const { json: series } = await studio.get(`${addresses.series}${query(vae)}&points=100`);
  expect(series).toMatchObject({ id: vae, stepsPerEpoch: 24, damagedLines: 0, line: 50 });
  expect(series.steps.step).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  expect(series.epochs).toMatchObject({ epoch: [1, 2], step: [24, 48], heldOut: [{ name: 'elbo' }, {}, {}] });
  const logged = readFileSync(join(runs, vae, 'metrics.jsonl'), 'utf8').split('\n');
  expect(series.steps.losses[0].values[0]).toBe(JSON.parse(logged[0] as string).losses.elbo);

  const whole = await studio.get(detail.grids[1].url);
  expect(whole).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
  expect(whole.bytes).toEqual(readFileSync(join(runs, vae, 'samples', 'epoch-0002.png')));
  const small = await studio.get(detail.grids[1].thumbnail);
  expect(small).toMatchObject({ status: 200, headers: { 'content-type': 'image/webp' } });
  expect(small.bytes.subarray(8, 12).toString()).toBe('WEBP');
});

it('tells of a search by its brackets', async () => {
  const search = tuneFolder(join(runs, 'search'));
  cpSync(join(runs, vae), search.trial(2), { recursive: true });
  const plan = {
    ...{
      model: 'vae',
      data: 'set',
      seed: 1,
      metric: 'elbo',
      source: 'held-out' as const,
      trials: 4,
      bracket: 4,
    },
    ...{
      figure: { name: 'elbo', label: 'ELBO', unit: 'nats', better: 'higher' as const },
      eta: 2,
      unit: 'epochs' as const,
    },
    ...{ length: 4, trainCount: 192, space: { latentDim: { from: 2, to: 20, log: true } } },
  };
  await writeTune(search, { createdAt: '2026-01-01T00:00:00Z', flags: {}, plan });
  const result = (trial: number, rung: number, value?: number) =>
    appendResult(search, {
      ...{ event: 'trial', trial, bracket: 1, rung, length: 2 * rung, seconds: 1, spentMinutes: trial },
      ...(value === undefined ? { status: 'diverged' } : { status: 'measured', value }),
      options: { latentDim: trial },
    });
  result(1, 1, -30);
  result(2, 1, -20);
  result(3, 1);
  const { json } = await studio.get(addresses.runs);
  expect(json.searches).toEqual([
    expect.objectContaining({
      id: 'search',
      state: 'ended',
      trials: 3,
      ofTrials: 4,
      best: { trial: 2, value: -20 },
    }),
  ]);
  expect(json.runs.find(({ id }: RunRow) => id === 'search/trials/0002')).toMatchObject({ search: 'search' });
  const detail = (await studio.get(`${addresses.search}?search=search`)).json;
  expect(detail).toMatchObject({
    ...{
      unit: 'epochs',
      length: 4,
      eta: 2,
      rungs: [
        { trials: 4, length: 1 },
        { trials: 2, length: 2 },
        { trials: 1, length: 4 },
      ],
    },
    brackets: [
      {
        bracket: 1,
        results: [{ trial: 1 }, { trial: 2, run: 'search/trials/0002' }, { status: 'diverged' }],
      },
    ],
    command: expect.stringContaining('--latent-dim 2'),
  });
  rmSync(search.path, { recursive: true });
});

it('hears of the runs of other processes, of their lines, and of a log that is written anew', async () => {
  const { until } = await studio.listen(`?watch=other`);
  await until(({ event }) => event === 'hello');
  cpSync(join(runs, vae), join(runs, 'other'), { recursive: true });
  const log = join(runs, 'other', 'metrics.jsonl');
  await until(({ event, data }) => event === 'runs' && data.changed.some(({ id }: RunRow) => id === 'other'));
  const { line } = (await studio.get(addresses.series + query('other'))).json;
  const epoch = { event: 'epoch', step: 72, epoch: 3, losses: { elbo: -1 }, imagesPerSecond: 9, seconds: 2 };
  const record = readFileSync(join(runs, 'other', 'run.json'), 'utf8');
  await writeFileAtomic(join(runs, 'other', 'run.json'), record.replace('"finished"', '"running"'));
  appendFileSync(log, `${JSON.stringify(epoch)}\n{"event":"step","step":73,"los`);
  const told = await until(({ event, data }) => event === 'lines' && data.line > line);
  expect(told.data).toMatchObject({
    run: 'other',
    line: line + 1,
    lines: [{ event: 'epoch', step: 72, losses: { elbo: -1 } }],
  });
  const running = await until(({ event, data }) => event === 'runs' && data.changed[0]?.step === 72);
  expect(running.data.changed).toMatchObject([{ id: 'other', state: 'stale', epoch: 3 }]);
  writeFileSync(log, `${JSON.stringify(epoch)}\n`);
  await until(({ event, data }) => event === 'rewritten' && data.run === 'other');
  expect((await studio.get(addresses.series + query('other'))).json).toMatchObject({
    line: 1,
    epochs: { epoch: [3] },
  });
  rmSync(join(runs, 'other'), { recursive: true });
  await until(({ event, data }) => event === 'runs' && data.removed.includes('other'));
});

it('starts a run from options, asks it for a checkpoint, stops it, resumes it, measures and plays it', async () => {
  const set = join(folder, 'set');
  const options = {
    data: set,
    backend: 'wasm',
    batchSize: 8,
    hiddenUnits: 8,
    epochs: 100_000,
    grid: '2x2',
    provenance: false,
  };
  const wrong = await studio.post(addresses.check, { model: 'vae', options: { ...options, batchSize: 0 } });
  expect(wrong).toMatchObject({
    status: 400,
    json: { error: { option: 'batchSize', message: expect.stringMatching(/^--batch-size must be/) } },
  });
  const { json: check } = await studio.post(addresses.check, { model: 'vae', options });
  expect(check).toMatchObject({
    ...{
      run: 'vae-1',
      resolved: { hiddenUnits: 8, latentDim: 20 },
      idle: { decaySteps: '--schedule is constant' },
    },
    command: expect.stringContaining('--hidden-units=8 --epochs=100000 --grid=2x2 --no-provenance --out='),
  });

  const { until, told } = await studio.listen('?watch=new%2Frun');
  const started = await studio.post(addresses.start, { model: 'vae', options, name: 'new/run' });
  expect(started).toMatchObject({
    status: 200,
    json: { job: { kind: 'train', run: 'new/run', state: 'running' } },
  });
  expect(await studio.post(addresses.start, { model: 'vae', options, name: 'new/run' })).toMatchObject({
    status: 409,
  });
  await until(
    ({ event, data }) =>
      event === 'lines' && data.lines.some((one: { event: string }) => one.event === 'epoch'),
  );
  const row = told.findLast(
    ({ event, data }) => event === 'runs' && data.changed.some(({ id }: RunRow) => id === 'new/run'),
  );
  expect(row?.data.changed).toMatchObject([
    { state: 'running', family: 'vae', endStep: 2_400_000, memoryBytes: expect.any(Number) },
  ]);
  const run = { run: 'new/run' };
  expect((await studio.get(addresses.run + query('new/run'))).json.can).toMatchObject({
    stop: true,
    resume: false,
  });
  expect(await studio.post(addresses.resume, run)).toMatchObject({ status: 409 });

  expect(await studio.post(addresses.checkpoint, run)).toMatchObject({ status: 200 });
  while (existsSync(join(runs, 'new/run/ask-checkpoint')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await studio.post(addresses.stop, run)).toMatchObject({ status: 200 });
  await until(({ event, data }) => event === 'job' && data.kind === 'train' && data.state === 'stopped');
  const { state, step } = (await studio.get(addresses.run + query('new/run'))).json;
  expect({ state, step }).toEqual({ state: 'stopped', step: expect.any(Number) });

  const identity = await studio.post(addresses.resume, { ...run, options: { hiddenUnits: 9 } });
  expect(identity).toMatchObject({ status: 400 });
  const again = await studio.post(addresses.resume, { ...run, options: { steps: step + 5 } });
  expect(again).toMatchObject({ status: 200, json: { job: { kind: 'resume' } } });
  await until(({ event, data }) => event === 'job' && data.kind === 'resume' && data.state === 'done');
  const detail = (await studio.get(addresses.run + query('new/run'))).json;
  expect(detail).toMatchObject({
    state: 'finished',
    step: step + 5,
    checkpoints: expect.arrayContaining([expect.objectContaining({ step: step + 5 })]),
  });

  expect(await studio.post(addresses.evaluate, { ...run, metrics: ['nothing'] })).toMatchObject({
    status: 400,
  });
  expect(await studio.post(addresses.evaluate, { ...run, metrics: ['elbo'] })).toMatchObject({ status: 200 });
  expect(await studio.post(addresses.play, run)).toMatchObject({ status: 200 });
  await until(({ event, data }) => event === 'job' && data.kind === 'evaluate' && data.state === 'done');
  const evaluated = (await studio.get(addresses.run + query('new/run'))).json.evaluations;
  expect(evaluated).toContainEqual(
    expect.objectContaining({
      name: 'elbo',
      step: step + 5,
      protocol: expect.stringContaining('16 test images'),
    }),
  );
  const played = await until(
    ({ event, data }) => event === 'job' && data.kind === 'play' && data.state === 'done',
  );
  const page = await studio.get((played.data as Job).url as string);
  expect(page).toMatchObject({
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/^sandbox allow-scripts/),
    },
  });
  expect(page.text).toContain('<title>vae · set</title>');
  expect((await studio.get((played.data as Job).url as string, {})).status).toBe(401);
}, 60_000);

it('says why a job failed', async () => {
  const { until } = await studio.listen('');
  const { json } = await studio.post(addresses.start, {
    model: 'vae',
    options: { data: '/nowhere', backend: 'wasm' },
  });
  const { data } = await until(({ event, data: job }) => event === 'job' && job.state === 'failed');
  expect(data).toMatchObject({
    id: json.job.id,
    problem: { message: expect.stringContaining('/nowhere'), hint: expect.any(String) },
  });
  const log = await studio.get(`${addresses.log}?job=${json.job.id}`);
  expect(log).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    text: expect.stringContaining('error: '),
  });
});

it('prints one URL, says which runs go on when it ends, and they do', async () => {
  const { child, done } = startProgram(['studio', runs, '--json'], folder);
  const lines: string[] = [];
  child.stdout.on('data', (text) => lines.push(...String(text).split('\n')));
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const { url } = JSON.parse(lines[0] as string);
  const [, base, token] = /^(http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]{32})$/.exec(url) as RegExpExecArray;
  const options = {
    data: join(folder, 'set'),
    backend: 'wasm',
    batchSize: 8,
    hiddenUnits: 8,
    epochs: 100_000,
    grid: '2x2',
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'vae', options, name: 'lasting' });
  expect((await fetch(`${base}${addresses.start}`, { method: 'POST', headers, body })).status).toBe(200);
  child.kill('SIGINT');
  const { code, stdout } = await done;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining('{"event":"goes-on","kind":"train","run":"lasting"'),
  });

  const { until } = await studio.listen('');
  await until(
    ({ event, data }) =>
      event === 'runs' &&
      data.changed.some(({ id, state }: RunRow) => id === 'lasting' && state === 'running'),
  );
  await studio.post(addresses.stop, { run: 'lasting' });
  await until(
    ({ event, data }) =>
      event === 'runs' &&
      data.changed.some(({ id, state }: RunRow) => id === 'lasting' && state === 'stopped'),
  );
}, 60_000);

it('keeps a log of any length in bounded columns, with the mean, the least and the largest of each stretch', () => {
  const table = createStepTable();
  const count = 40_000;
  for (let i = 1; i <= count; i++) table.add(i, i / 60, 100, { loss: i, ...(i > count / 2 && { late: 1 }) });
  const { step, perRow, losses, imagesPerSecond } = table.columns(1000);
  expect(step.length).toBeLessThanOrEqual(1000);
  expect(step.length).toBeGreaterThan(500);
  expect(step.at(-1)).toBe(count);
  expect(step[0]).toBe(perRow);
  const [loss, late] = losses;
  expect(loss).toMatchObject({ name: 'loss' });
  expect([loss?.low[0], loss?.values[0], loss?.high[0]]).toEqual([1, (1 + perRow) / 2, perRow]);
  expect(late?.values[0]).toBeNull();
  expect(late?.values.at(-1)).toBe(1);
  expect(new Set(imagesPerSecond)).toEqual(new Set([100]));
});
