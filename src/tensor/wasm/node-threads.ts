// Worker threads under Node, and how many of them pay: the cores that this process may use.

import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Shared } from './engine';

export interface Workers {
  /** Hands a worker that was started what it needs. */
  give(shared: Shared, slot: number): void;
  terminate(): Promise<void>;
}

/** Starts workers at once, 80 ms before they can work. They end with the process and keep it from ending never. */
export function startWorkers(count: number): Workers {
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(workerFile());
    worker.unref();
    return worker;
  });
  return {
    give: (shared, slot) => workers[slot - 1]?.postMessage({ ...shared, slot }),
    terminate: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Beside this file when that is compiled; tests run it from src, and the worker from what was built. */
function workerFile(): string {
  const beside = join(__dirname, 'worker.js');
  return existsSync(beside) ? beside : join(__dirname, '../../../dist/tensor/wasm/worker.js');
}

/** Node 20 has relaxed SIMD behind a flag, which later versions complain of. Workers follow it. */
export function allowRelaxedSimd(): void {
  if (Number(process.versions.node.split('.')[0]) < 22)
    setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** The cores that this process may use: its affinity, and what its control groups grant it, rounded up. */
export function usableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(grantedCores())));
}

/** The least that the control group of this process, version 2, or one above it grants; Infinity when none limits it. */
function grantedCores(root = '/sys/fs/cgroup'): number {
  let least = Number.POSITIVE_INFINITY;
  try {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
    for (let group = own; ; group = dirname(group)) {
      const file = join(root, group, 'cpu.max');
      if (existsSync(file)) {
        const [quota, period] = readFileSync(file, 'utf8').split(' ').map(Number) as [number, number];
        if (quota > 0) least = Math.min(least, quota / period); // "max" is no number
      }
      if (group === dirname(group)) return least;
    }
  } catch {
    return least; // not Linux
  }
}
