import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFamily } from '../../src/models';
import { createJournal, type Operation, openJournal, type Study } from '../../src/tune/optuna-journal';
import type { TrialResult } from '../../src/tune/tune-folder';
import { hasPython, python } from '../python';
import { scratchFolder } from '../scratch';

const scratch = scratchFolder();

const hasOptuna = hasPython('optuna', 'that Optuna reads our journal');

const configurations = [
  { latentDim: 20, learningRate: 0.001, likelihood: 'bernoulli' },
  { latentDim: 2, learningRate: 0.01, likelihood: 'gaussian' },
  { latentDim: 8, learningRate: 0.002 },
  { latentDim: 5, learningRate: 0.003, likelihood: 'bernoulli' },
];

const study = (): Study => ({
  path: join(scratch(), 'search'),
  plan: {
    ...{
      model: 'vae',
      data: '/far/digits',
      seed: 1,
      metric: 'elbo',
      source: 'held-out',
      eta: 2,
      bracket: 4,
      trials: 4,
    },
    ...{
      figure: { name: 'elbo', label: 'ELBO', better: 'higher' },
      unit: 'epochs',
      length: 4,
      trainCount: 100,
    },
    space: {
      latentDim: { from: 2, to: 10 },
      learningRate: { from: 1e-4, to: 1e-2, log: true },
      likelihood: { among: ['bernoulli', 'gaussian'] },
    },
    first: { latentDim: 20, learningRate: 0.001, likelihood: 'bernoulli' },
  },
  options: findFamily('vae').options,
  createdAt: '2026-01-01T00:00:00.000Z',
  configurations: (count) => configurations.slice(0, count),
  rungs: () => [4, 2, 1],
});

const result = (trial: number, rung: number, value?: number): TrialResult => ({
  ...{ event: 'trial', trial, bracket: 1, rung, length: 2 ** (rung - 1), seconds: 30, spentMinutes: trial },
  ...(value === undefined
    ? { status: 'diverged', reason: 'Training diverged.' }
    : { status: 'measured', value }),
  options: {},
});

// The second of two processes was the first to be done.
const results = [
  result(2, 1, -30),
  result(1, 1, -20),
  result(3, 1),
  result(4, 1, -40),
  result(1, 2, -15),
  result(2, 2, -25),
  result(1, 3, -12),
];

const states = (lines: readonly Operation[]) =>
  lines.filter(({ op_code: code }) => code === 6).map((line) => [line.trial_id, line.state, line.values]);

it('tells each trial of an Optuna study by its number, its figures by length, and how it ended', () => {
  const linesOf = createJournal(study(), () => 0);
  const [first = [], ...others] = results.map(linesOf);
  expect(first[0]).toEqual({
    ...{ op_code: 0, worker_id: 'aigc', directions: [2] },
    study_name: 'search: vae on digits, 2026-01-01T00:00:00.000Z',
  });
  expect(first.filter(({ op_code: code }) => code === 4)).toHaveLength(2);
  expect(states(first)).toEqual([]);
  expect(others.map(states)).toEqual([
    [],
    [[2, 3, null]],
    [[3, 2, [-40]]],
    [],
    [[1, 2, [-25]]],
    [[0, 1, [-12]]],
  ]);
});

it('goes on with a journal of an earlier call, whatever stood in its way, and leaves other files alone', async () => {
  const [file, whole] = [join(scratch(), 'journal'), join(scratch(), 'whole')];
  const all = await openJournal(whole, study(), []);
  for (const one of results) all(one);
  const lines = readFileSync(whole, 'utf8').split('\n');

  const early = await openJournal(file, study(), []);
  for (const one of results.slice(0, 2)) early(one);
  appendFileSync(
    file,
    '{"op_code":3,"worker_id":"dashboard","study_id":0,"system_attr":{"note":"x"}}\n{"op_code":6,"wor',
  );
  const later = await openJournal(file, study(), results.slice(0, 3));
  for (const one of results.slice(3)) later(one);
  const got = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.includes('"dashboard"'));
  const withoutTime = (line: string) => line.replace(/"datetime_\w+":"[^"]*"/, '');
  expect(got.map(withoutTime)).toEqual(lines.map(withoutTime));

  for (const kept of ['a letter\n', 'a letter without an end']) {
    writeFileSync(file, kept);
    await expect(openJournal(file, study(), [])).rejects.toThrow(/is no journal of this search/);
    expect(readFileSync(file, 'utf8')).toBe(kept);
  }
  writeFileSync(file, (lines[0] as string).slice(0, 30));
  await openJournal(file, study(), results);
  expect(readFileSync(file, 'utf8').split('\n').map(withoutTime)).toEqual(lines.map(withoutTime));
  const other = { ...study(), createdAt: '2026-01-02T00:00:00.000Z' };
  await expect(openJournal(whole, other, [])).rejects.toThrow(/is no journal of this search/);
});

(hasOptuna ? it : it.skip)('is what Optuna reads', async () => {
  const file = join(scratch(), 'journal');
  const append = await openJournal(file, study(), results.slice(0, 3));
  for (const one of results.slice(3)) append(one);
  const code = `
import json, sys, optuna
from optuna.storages.journal import JournalFileBackend
storage = optuna.storages.JournalStorage(JournalFileBackend(sys.argv[1]))
study = optuna.load_study(study_name=None, storage=storage)
print(json.dumps([study.study_name, study.direction.name, study.best_trial.number, study.best_value, study.metric_names,
  [[t.number, t.state.name, t.params, t.intermediate_values, t.user_attrs] for t in study.trials]]))`;
  const { stdout, stderr } = spawnSync(python, ['-c', code, file], { encoding: 'utf8' });
  expect({ stderr, read: JSON.parse(stdout || 'null') }).toMatchObject({
    read: [
      ...['search: vae on digits, 2026-01-01T00:00:00.000Z', 'MAXIMIZE', 0, -12, ['ELBO']],
      [
        [0, 'COMPLETE', configurations[0], { 1: -20, 2: -15, 4: -12 }, { run: 'trials/0001' }],
        [1, 'PRUNED', configurations[1], { 1: -30, 2: -25 }, { run: 'trials/0002' }],
        [2, 'FAIL', configurations[2], {}, { run: 'trials/0003', reason: 'Training diverged.' }],
        [3, 'PRUNED', configurations[3], { 1: -40 }, { run: 'trials/0004' }],
      ],
    ],
  });
});
