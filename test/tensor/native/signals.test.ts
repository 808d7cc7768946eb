// Signals that arrive while TensorFlow computes: those of a terminal that is resized, and of V8's profiler.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findInstallation } from '../../../src/tensor/native/location';
import { scratchFolder } from '../../scratch';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const folder = scratchFolder();
const program = join(__dirname, '..', '..', '..', 'bin', 'aigc.js');
const training = 'train --model vae --data digits --steps 300 --backend native --out run'.split(' ');

/** A flood of signals to a child that is alive; Node sends no more than it is given turns. */
function flood(pid: number, signal: NodeJS.Signals, isOver: () => boolean): void {
  if (isOver()) return;
  for (let i = 0; i < 20; i++) process.kill(pid, signal);
  setImmediate(() => flood(pid, signal, isOver));
}

async function train(nodeWords: readonly string[], signal?: NodeJS.Signals) {
  const child = spawn(process.execPath, [...nodeWords, program, ...training], {
    cwd: folder(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  if (signal) flood(child.pid as number, signal, () => child.exitCode !== null || child.signalCode !== null);
  const ending = await new Promise((resolve) => child.on('close', (code, by) => resolve(by ?? code)));
  return { ending, output };
}

describeNative('a native run', () => {
  test('stands signals at any moment', async () => {
    const listener = join(folder(), 'listen.js');
    writeFileSync(listener, 'process.on("SIGWINCH", () => {});');
    const { ending, output } = await train(['--require', listener], 'SIGWINCH');
    expect({ ending, output }).toEqual({ ending: 0, output: expect.stringContaining('Trained 300 steps') });
  });

  test('can be profiled', async () => {
    const { ending, output } = await train(['--cpu-prof', '--cpu-prof-dir', 'profile']);
    expect({ ending, output }).toEqual({ ending: 0, output: expect.stringContaining('Trained 300 steps') });
    expect(readdirSync(join(folder(), 'profile'))).toHaveLength(1);
  });
});
