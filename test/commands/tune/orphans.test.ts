// A search that was killed leaves its children at work, and locks; the next call finds its trials again.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOwner } from '../../../src/run/lock-owner';
import { runCli } from '../../cli';
import { writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-orphans-'));
const wasm = { AIGC_BACKEND: 'wasm' };
const at = (...names: string[]) => join(root, ...names);
const program = join(__dirname, '..', '..', '..', 'bin', 'aigc.js');
const words = [
  ...['tune', '--model', 'vae', '--data', 'set', '--set', 'hidden-units=8', '--set', 'batch-size=32'],
  ...['--metric', 'elbo', '--method', 'random', '--trials', '1', '--epochs'],
];
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

jest.setTimeout(180_000);
beforeAll(() => writeDigits(at('set'), 64, 16));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Starts a search and kills it when its trial is at work. @returns the trial's process, which goes on */
async function killedSearch(out: string, epochs: number): Promise<number> {
  const search = spawn(process.execPath, [program, ...words, String(epochs), '--out', out], {
    cwd: root,
    env: { ...process.env, ...wasm },
    stdio: 'ignore',
  });
  const trial = at(out, 'trials', '0001');
  while (!existsSync(join(trial, 'checkpoints')) && search.exitCode === null) await sleep(20);
  const gone = new Promise((resolve) => search.on('close', resolve));
  search.kill('SIGKILL');
  await gone;
  return findOwner(trial)?.pid ?? 0;
}

it('waits for a trial that is still at work, says so, and counts what it did', async () => {
  const pid = await killedSearch('slow', 200);
  const { code, stdout } = await runCli(['tune', '--resume', '--json', '--out', 'slow'], root, wasm);
  expect(code).toBe(0);
  expect(lines(stdout)).toContainEqual(
    expect.objectContaining({ event: 'waiting', trial: 1, pid, host: hostname() }),
  );
  const trials = lines(readFileSync(at('slow', 'trials.jsonl'), 'utf8'));
  expect(trials).toMatchObject([{ trial: 1, status: 'measured', value: expect.any(Number) }]);
  // It was not trained again: its own log has every report once.
  const log = lines(readFileSync(at('slow', 'trials', '0001', 'metrics.jsonl'), 'utf8'));
  const epochs = log.filter(({ event }) => event === 'epoch').map(({ epoch }) => epoch);
  expect(epochs).toEqual(Array.from({ length: 50 }, (_, i) => 4 * (i + 1)));
  expect(readdirSync(at('slow')).sort()).not.toContain('lock');
});

it('takes a killed trial over at once, whose lock an older aigc left or whose id is another’s by now', async () => {
  for (const [out, lock] of [
    ['old', { pid: 1, host: hostname() }],
    ['reused', undefined],
  ] as const) {
    const pid = await killedSearch(out, 20);
    process.kill(pid, 'SIGKILL');
    const folder = at(out, 'trials', '0001');
    if (lock) {
      rmSync(join(folder, 'lock'), { recursive: true });
      writeFileSync(join(folder, 'lock.json'), JSON.stringify(lock));
    } else {
      const file = join(folder, 'lock', readdirSync(join(folder, 'lock'))[0] as string);
      writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid":${pid}`, '"pid":1'));
    }
    const began = performance.now();
    expect(await runCli(['tune', '--resume', '--quiet', '--out', out], root, wasm)).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(performance.now() - began).toBeLessThan(60_000);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'metrics.jsonl', 'run.json', 'samples']);
  }
});
