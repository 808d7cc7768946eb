// A run folder that is removed, moved or taken by another while it is trained in: the one who was there leaves it alone.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Finished, runCli } from '../cli';
import { scratchFolder } from '../scratch';
import { writeDigits } from '../small-set';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const wasm = { AIGC_BACKEND: 'wasm' };
const words = ['train', '--model', 'vae', '--data', 'set', '--batch-size', '32', '--hidden-units', '16'];
const run = (...more: string[]) => runCli([...words, ...more], folder(), wasm);

/** Trains in `x` for long. @returns when it has written a checkpoint: what it will come to */
async function trainLong(): Promise<{ readonly ended: Promise<Finished> }> {
  const program = join(__dirname, '..', '..', 'bin', 'aigc.js');
  const all = [
    program,
    ...words,
    '--report-every-epochs',
    '1',
    '--epochs',
    '100000',
    '--seed',
    '1',
    '--out',
    'x',
    '--quiet',
  ];
  const child = spawn(process.execPath, all, {
    cwd: folder(),
    env: { ...process.env, ...wasm },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Finished>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout: '', stderr })),
  );
  while (!existsSync(at('x', 'checkpoints', 'step-000016')) && child.exitCode === null) await sleep(20);
  return { ended };
}

beforeEach(() => writeDigits(at('set')));

it('ends with 3, and leaves alone the run that is there now', async () => {
  const { ended } = await trainLong();
  const replace = () => {
    rmSync(at('x'), { recursive: true, force: true, maxRetries: 5 }); // The run may be writing there.
    return run('--epochs', '2', '--seed', '2', '--out', 'x');
  };
  let other = await replace();
  // What the run has written in that moment is a stray, beside which no other begins.
  for (let tries = 0; other.code === 2 && tries < 5; tries++) other = await replace();
  expect(other).toMatchObject({ code: 0 });
  const { code, stderr } = await ended;
  expect(stderr).toMatch(/^error: x is no longer this process's: /);
  expect(code).toBe(3);
  expect(readdirSync(at('x')).sort()).toEqual(['checkpoints', 'metrics.jsonl', 'run.json', 'samples']);
  const record = JSON.parse(readFileSync(at('x', 'run.json'), 'utf8'));
  expect(record).toMatchObject({ status: 'finished', step: 16, config: { seed: 2 } });
  for (const step of readdirSync(at('x', 'checkpoints'))) {
    const manifest = JSON.parse(readFileSync(at('x', 'checkpoints', step, 'manifest.json'), 'utf8'));
    expect(manifest.setting.seed).toBe(2);
  }
  const resumed = await runCli(['train', '--resume', '--epochs', '3', '--out', 'x'], folder(), wasm);
  expect(resumed).toMatchObject({ code: 0 });
});

it('ends with 3 when it was moved, makes nothing where it was, and goes on from where it is', async () => {
  const { ended } = await trainLong();
  renameSync(at('x'), at('y'));
  expect(await ended).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/x is no longer this process's/),
  });
  expect(existsSync(at('x'))).toBe(false);
  const newest = Number(readdirSync(at('y', 'checkpoints')).sort().at(-1)?.slice(5));
  const more = String(newest + 8);
  expect(await runCli(['train', '--resume', '--steps', more, '--out', 'y'], folder(), wasm)).toMatchObject({
    code: 0,
  });
});
