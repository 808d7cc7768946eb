// What sbatch is called with, where Slurm is not: programs in its place write down their words.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { slurmMark } from '../../src/process/slurm/array';
import { slurmLauncher } from '../../src/process/slurm/launcher';

const root = mkdtempSync(join(tmpdir(), 'aigc-arrays-'));
const path = process.env.PATH;

beforeAll(() => {
  const place = (name: string, lines: string) =>
    writeFileSync(join(root, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  place('scontrol', 'echo "MaxArraySize            = 3"');
  place('squeue', 'exit 0');
  place('sbatch', `echo "$*" >>"${root}/said"; wc -l <"${root}/said" | tr -d " "`);
  process.env.PATH = `${root}:${path}`;
});
afterAll(() => {
  process.env.PATH = path;
  rmSync(root, { recursive: true, force: true });
});

it('keeps the list of what is at work when squeue is gone, for another call to find it', async () => {
  const folder = join(root, 'away');
  mkdirSync(folder);
  const launcher = await slurmLauncher({
    folder,
    settings: '',
    parallel: undefined,
    onArray: () => (process.env.PATH = '/none'),
    onAway: () => undefined,
    leastAskMs: 1,
  });
  const { done } = launcher.start({ name: '0001-1', words: ['--version'] });
  await expect(done).rejects.toThrow(/There is no squeue here/);
  process.env.PATH = `${root}:${path}`;
  expect(readdirSync(folder).sort()).toEqual([
    expect.stringMatching(slurmMark),
    expect.stringMatching(/\.sh$/),
  ]);
});

it('forgets a list whose calls all have their results, though squeue still names one of them', async () => {
  const folder = join(root, 'late');
  mkdirSync(folder);
  writeFileSync(join(folder, 'aigc-0123abcd.list'), '0001-1 --version\n0002-1 --version\n');
  const report = 'echo aigc-0123abcd 5 1 COMPLETING 0';
  writeFileSync(join(root, 'squeue'), `#!/bin/sh\n${report}\n`, { mode: 0o755 });
  const open = () =>
    slurmLauncher({
      folder,
      settings: '',
      parallel: undefined,
      onArray: () => undefined,
      onAway: () => undefined,
    });
  (await open()).close?.();
  expect(readdirSync(folder)).toEqual(['aigc-0123abcd.list']);
  writeFileSync(join(folder, '0002-1.json'), '{}');
  (await open()).close?.();
  expect(readdirSync(folder)).toEqual(['0002-1.json']);
  writeFileSync(join(root, 'squeue'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
});

/** Starts calls, and ends them as tasks do when all are submitted. @returns the words of each sbatch */
async function submitted(count: number, parallel: number | undefined): Promise<string[]> {
  rmSync(join(root, 'said'), { force: true });
  const folder = join(root, `jobs-${count}-${parallel}`);
  mkdirSync(folder);
  const arrays: (readonly string[])[] = [];
  const launcher = await slurmLauncher({
    folder,
    settings: 'partition=gpu,time=2:00:00',
    parallel,
    onArray: (_id, calls) => arrays.push(calls),
    onAway: () => undefined,
  });
  const names = Array.from({ length: count }, (_, i) => `000${i + 1}-1`);
  const children = names.map((name) => launcher.start({ name, words: ['--version'] }));
  while (arrays.flat().length < count) await sleep(10);
  expect(arrays.flat()).toEqual(names);
  for (const name of names) writeFileSync(join(folder, `${name}.json`), '{}');
  const ended = await Promise.all(children.map(({ done }) => done));
  expect(ended.map(({ code }) => code)).toEqual(names.map(() => 0));
  expect(readdirSync(folder).filter((name) => !name.endsWith('.json'))).toEqual([]);
  return readFileSync(join(root, 'said'), 'utf8').trim().split('\n');
}

const wordsOf = (line: string, name: string) =>
  line.split(' ').filter((word) => word.startsWith(`--${name}=`));

it('cuts arrays at MaxArraySize, and hands the settings to each', async () => {
  const said = await submitted(7, undefined);
  expect(said.map((line) => wordsOf(line, 'array'))).toEqual([
    ['--array=0-2'],
    ['--array=0-2'],
    ['--array=0-0'],
  ]);
  for (const line of said) {
    expect(line).toMatch(/ --partition=gpu --time=2:00:00 \S+\/aigc-[0-9a-f]{8}\.sh$/);
    expect(wordsOf(line, 'dependency')).toEqual([]);
  }
});

it('has so many tasks at a time as --parallel says, one array after the other', async () => {
  const said = await submitted(5, 2);
  expect(said.map((line) => wordsOf(line, 'array'))).toEqual([['--array=0-2%2'], ['--array=0-1%2']]);
  expect(said.map((line) => wordsOf(line, 'dependency'))).toEqual([[], ['--dependency=afterany:1']]);
});
