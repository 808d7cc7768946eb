// Our guard of TensorFlow's threads: those that compute block the signals that one thread, which never does, handles.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findInstallation } from '../../../src/tensor/native/location';
import { scratchFolder } from '../../scratch';

// Skipped where `aigc backend install` has not been run, and where no /proc tells what a thread blocks.
const describeNative = findInstallation() && process.platform === 'linux' ? describe : describe.skip;

const folder = scratchFolder();
const program = join(__dirname, '..', '..', '..', 'bin', 'aigc.js');
const training = 'train --model vae --data digits --steps 300 --backend native --out run'.split(' ');
const windowChange = 28n; // SIGWINCH: what a terminal that is resized sends.

/** How many threads of a process block a signal, and how many do not. */
function threadsOf(pid: number, signal: bigint): { blocking: number; open: number } {
  const masks = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  });
  const blocking = masks.filter((mask) => (mask >> (signal - 1n)) & 1n).length;
  return { blocking, open: masks.length - blocking };
}

describeNative('a native run', () => {
  test('leaves signals to threads that never compute', async () => {
    const child = spawn(process.execPath, [program, ...training, '--json'], {
      cwd: folder(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const main = () => readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const found = await new Promise<{ blocking: number; open: number; main: string }>((resolve) => {
      child.stdout.on('data', (chunk) => {
        if (!String(chunk).includes('"event":"step"')) return;
        resolve({ ...threadsOf(child.pid as number, windowChange), main: main() });
        child.stdout.removeAllListeners('data').resume();
      });
    });
    const ending = await new Promise((resolve) => child.on('close', resolve));
    const mask = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(found.main)?.[1]}`);
    expect((mask >> (windowChange - 1n)) & 1n).toBe(1n);
    expect(found.blocking).toBeGreaterThan(1);
    expect(ending).toBe(0);
  });
});
