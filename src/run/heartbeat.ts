// Renews a lock while its owner lives: from a thread of its own, for a step or a measurement may keep the main one busy
// for minutes.
import { Worker } from 'node:worker_threads';

/** Digits of the count, so that each beat writes over the last. */
export const beatDigits = 10;

interface Beating {
  /** A file that ends with a line of so many digits. */
  readonly path: string;
  /** Where that line begins. */
  readonly offset: number;
  readonly everyMs: number;
}

/** What the thread runs. The file is opened anew each time, and never made: once it is gone it is no longer ours. */
const program = `
const { openSync, writeSync, closeSync } = require('node:fs');
const { path, offset, everyMs, digits } = require('node:worker_threads').workerData;
let beats = 0;
const timer = setInterval(() => {
  beats += 1;
  let file;
  try {
    file = openSync(path, 'r+');
    writeSync(file, String(beats).padStart(digits, '0'), offset);
  } catch (error) {
    if (error.code === 'ENOENT') clearInterval(timer);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}, everyMs);
`;

/** @returns what stops it */
export function startHeartbeat(beating: Beating): () => void {
  const worker = new Worker(program, {
    eval: true,
    workerData: { ...beating, digits: beatDigits },
    // What Node was started with is for the main thread: a profile, a module to load first.
    execArgv: [],
    env: {},
  });
  worker.unref();
  // Without the thread the lock only grows old, and the owner notices when another takes it.
  worker.on('error', () => undefined);
  return () => void worker.terminate();
}
