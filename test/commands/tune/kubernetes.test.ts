// `aigc sweep --on kubernetes --print`: what it prints is a Job by the published API, and its pods' calls do the sweep.
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Job } from 'kubernetes-types/batch/v1';
import { parse } from 'yaml';
import { runCli } from '../../cli';
import { expectPlainError } from '../../small-models';
import { writeDigits } from '../../small-set';

const repository = join(__dirname, '..', '..', '..');
// A dollar and a quote in its name, which the pods' shell and Kubernetes are to leave alone.
const root = mkdtempSync(join(tmpdir(), "aigc-kube-$(HOME)'-"));
const at = (...names: string[]) => join(root, ...names);
const sweep = (...words: string[]) => runCli(['sweep', ...words], root, { AIGC_BACKEND: 'wasm' });
const small = [
  ...['--model', 'vae', '--data', 'set', '--set', 'hidden-units=4', '--set', 'batch-size=32'],
  ...['--seeds', '1,2', '--epochs', '1'],
];
const kubernetes = ['--on', 'kubernetes', '--print', '--kubernetes'];
let printed: Awaited<ReturnType<typeof sweep>>;
let job: Job;

beforeAll(async () => {
  await writeDigits(at('set'), 64, 16);
  printed = await sweep(
    ...[...small, '--out', 'sweep', '--parallel', '7', ...kubernetes],
    'image=registry.example.org/aigc:1,claim=shared,cpu=500m,memory=8Gi,gpu=1,namespace=lab',
  );
  job = parse(printed.stdout, { version: '1.1' });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What tsc says of values as Jobs of kubernetes-types, which is made from the published OpenAPI schema: of fields that there
 *  are not, that are missing, and of other kinds. */
function problems(...values: readonly unknown[]): string[] {
  // Types are looked for above a file's own folder.
  const folder = mkdtempSync(join(repository, 'node_modules', '.aigc-kube-'));
  try {
    const file = join(folder, 'jobs.ts');
    const lines = values.map((value, i) => `export const job${i}: Job = ${JSON.stringify(value)};`);
    writeFileSync(file, ["import type { Job } from 'kubernetes-types/batch/v1';", ...lines].join('\n'));
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--types', ''];
    const { stdout } = spawnSync(process.execPath, [tsc, ...flags, file], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line.includes('error'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it('prints a Job that the published API knows, and prepares the folder', () => {
  expect(printed).toMatchObject({ code: 0 });
  expect(job).toMatchObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: expect.stringMatching(/^aigc-[0-9a-f]{8}$/), namespace: 'lab' },
    spec: { completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 3 },
  });
  const [container] = job.spec?.template.spec?.containers ?? [];
  const quantities = { cpu: '500m', memory: '8Gi', 'nvidia.com/gpu': '1' };
  expect(container).toMatchObject({
    image: 'registry.example.org/aigc:1',
    volumeMounts: [{ mountPath: root }],
    resources: { limits: quantities, requests: quantities },
  });
  expect(job.spec?.template.spec?.volumes).toEqual([
    { name: 'shared', persistentVolumeClaim: { claimName: 'shared' } },
  ]);
  const stranger = { ...job, spec: { ...job.spec, backoffLimitPerIndexes: 3 } };
  const text = { ...job, spec: { ...job.spec, completions: '2' } };
  const found = problems(job, stranger, text);
  expect(found.filter((line) => line.includes('(2,'))).toEqual([]);
  expect(found).toEqual([
    expect.stringMatching(/\(3,.*backoffLimitPerIndexes/),
    expect.stringMatching(/\(4,.*'string' is not assignable to type 'number'/),
  ]);
  expect(JSON.parse(readFileSync(at('sweep', 'tune.json'), 'utf8')).plan.trials).toBe(2);
  expect(existsSync(at('sweep', 'trials.jsonl'))).toBe(false);
});

it('fails a trial by the exit codes that would come again, and goes on after the others', () => {
  // As the API has it: the first rule that matches a pod's container or condition.
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  const actionOf = (code: number) =>
    rules.find(({ onExitCodes }) => onExitCodes?.values.includes(code))?.action;
  expect([2, 3, 5, 137, 143, 1, 4].map(actionOf)).toEqual([
    ...['FailIndex', 'FailIndex', 'FailIndex', 'Count', 'Ignore'],
    ...[undefined, undefined],
  ]);
  expect(rules[0]).toEqual({
    action: 'Ignore',
    onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
  });
  // Values in order and without doubles, one container, and the rest that goes with them: the API refuses anything else.
  for (const { onExitCodes } of rules.slice(1)) {
    expect(onExitCodes?.operator).toBe('In');
    expect(onExitCodes?.values).toEqual([...new Set(onExitCodes?.values)].sort((a, b) => a - b));
    expect(onExitCodes?.containerName).toBe(job.spec?.template.spec?.containers[0]?.name);
  }
  expect(job.spec?.podReplacementPolicy).toBe('Failed');
  expect(job.spec?.template.spec).toMatchObject({
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 120,
  });
});

it('comes to its report by what the pods call', async () => {
  mkdirSync(at('bin'));
  symlinkSync(join(repository, 'bin', 'aigc.js'), at('bin', 'aigc'));
  const [container] = job.spec?.template.spec?.containers ?? [];
  // What Kubernetes does to a command.
  const [shell = '', ...words] = (container?.command ?? []).map((word) => word.replaceAll('$$', '$'));
  expect(container?.command?.join(' ')).not.toMatch(/(^|[^$])(\$\$)*\$\(/);
  const calls = [0, 1].map((index) =>
    promisify(execFile)(shell, words, {
      cwd: container?.workingDir,
      env: {
        ...process.env,
        PATH: `${at('bin')}:${process.env.PATH}`,
        JOB_COMPLETION_INDEX: String(index),
        AIGC_BACKEND: 'wasm',
        AIGC_OFFLINE: '1',
      },
    }),
  );
  await Promise.all(calls);
  const again = await sweep('--resume', '--out', 'sweep', ...kubernetes.slice(0, -1));
  expect(again.stdout).toBe(printed.stdout);
  const done = await sweep('--resume', '--retry', '--out', 'sweep', '--json');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  const trials = done.stdout.match(/^\{"event":"trial".*$/gm)?.map((line) => JSON.parse(line)) ?? [];
  const outcomes = ['0001-1', '0002-1'].map((name) =>
    JSON.parse(readFileSync(at('sweep', 'jobs', `${name}.json`), 'utf8')),
  );
  expect(trials.map(({ value }) => value).sort()).toEqual(outcomes.map(({ value }) => value).sort());
  expect(readFileSync(at('sweep', 'report.md'), 'utf8')).toMatch(/^\| trial \| seed \|/m);
}, 60_000);

it('says what is wrong with a request, and leaves nothing behind', async () => {
  const ask = (...words: string[]) => sweep(...small, '--out', 'x', ...words);
  expectPlainError(await ask('--on', 'kubernetes'), 2, /starts nothing on Kubernetes itself: kubectl does/);
  expectPlainError(await ask('--print'), 2, /--print writes a Job for Kubernetes, and --on is local/);
  const on = (settings: string) => ask(...kubernetes, settings);
  for (const [settings, message] of [
    ['claim=a', /does not say image/],
    ['image=a', /does not say claim/],
    ['image=a,claim=a,images=b', /expected settings such as .* got "images=b"/],
    ['image=a,claim=a,claim=b', /names claim twice/],
    ['image=a,claim=A_b', /claim is to be the name of a PersistentVolumeClaim, got "A_b"/],
    ['image=a,claim=a,memory=8 GB', /memory is to be bytes/],
    ['image=a,claim=a,gpu=0', /gpu is to be a whole number/],
    ['image=a,claim=a,mount=/elsewhere', /is not inside the mount \/elsewhere/],
  ] as const)
    expectPlainError(await on(settings), 2, message);
  expect(existsSync(at('x'))).toBe(false);
  const retried = await sweep('--resume', '--retry', '--out', 'sweep', ...kubernetes.slice(0, -1));
  expectPlainError(retried, 2, /--retry and --print exclude each other/);
});
