// Two processes at one search, of which one is killed: every trial is trained once, and the report is that of one process.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli, startProgram } from '../../cli';
import { writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-hands-'));
const wasm = { AIGC_BACKEND: 'wasm' };
const at = (...names: string[]) => join(root, ...names);
const trials = [
  ...['sweep', '--model', 'vae', '--data', 'set', '--set', 'batch-size=32', '--set', 'hidden-units=4,8,9'],
  ...['--epochs', '20'],
];

jest.setTimeout(180_000);
beforeAll(async () => {
  await writeDigits(at('set'), 64, 16);
  expect(await runCli([...trials, '--out', 'one', '--parallel', '2'], root, wasm)).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** What a report says of its trials. */
const tables = (out: string) =>
  readFileSync(at(out, 'report.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));

const claimed = (out = 'two') =>
  readdirSync(at(out, 'claims')).filter((name) => existsSync(at(out, 'claims', name, 'lock')));

it('shares the trials of a search, and takes over those of a process that is killed', async () => {
  const first = startProgram([...trials, '--out', 'two'], root, wasm);
  while (!existsSync(at('two', 'claims', '0001', 'lock')) && first.child.exitCode === null) await sleep(10);
  first.child.kill('SIGSTOP'); // It keeps its trial while the other comes up, however long that takes.
  const second = startProgram(['sweep', '--resume', '--out', 'two', '--json'], root, wasm);
  const isUp = () => existsSync(at('two', 'claims')) && claimed().length > 1;
  while (!isUp() && second.child.exitCode === null && first.child.exitCode === null) await sleep(10);
  first.child.kill('SIGKILL');
  expect(await first.done).toMatchObject({ signal: 'SIGKILL' });
  const { code, stdout, stderr } = await second.done;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = lines(stdout);
  expect(events).toContainEqual(expect.objectContaining({ event: 'join', pid: first.child.pid }));
  expect(events).toContainEqual(expect.objectContaining({ event: 'lock', state: 'taken-over' }));
  const found = lines(readFileSync(at('two', 'trials.jsonl'), 'utf8'));
  expect(found.map(({ trial }) => trial).sort()).toEqual([1, 2, 3]);
  for (const trial of [1, 2, 3]) {
    const log = lines(readFileSync(at('two', 'trials', `000${trial}`, 'metrics.jsonl'), 'utf8'));
    const steps = log.filter(({ event }) => event === 'epoch').map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)]);
  }
  expect(tables('two')).toEqual(tables('one'));
  expect(claimed()).toEqual([]);
});

it('takes away a lock that the dead left at a trial which is done', async () => {
  const lock = JSON.stringify(join(__dirname, '../../../dist/run/lock.js'));
  const words = `require(${lock}).lockFolder(${JSON.stringify(at('one', 'claims', '0002'))}, {}).then(() => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', words])).toMatchObject({ signal: 'SIGKILL' });
  expect(claimed('one')).toEqual(['0002']);
  const again = await runCli(['sweep', '--resume', '--out', 'one', '--quiet'], root, wasm);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(claimed('one')).toEqual([]);
});
