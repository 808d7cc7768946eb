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
const { parentPort } = require('node:worker_threads');
const timers = new Map();
function beat({ path, offset, everyMs, digits }) {
  let beats = 0;
  timers.set(path, setInterval(() => {
    beats += 1;
    let file;
    try {
      file = openSync(path, 'r+');
      writeSync(file, String(beats).padStart(digits, '0'), offset);
    } catch (error) {
      if (error.code === 'ENOENT') stop(path);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }, everyMs));
}
function stop(path) {
  clearInterval(timers.get(path));
  timers.delete(path);
}
parentPort.on('message', ({ start, end }) => start ? beat(start) : stop(end));
`;

/** One thread beats for all locks of this process: those of a thousand trials come and go. */
let thread: { readonly worker: Worker; beating: number } | undefined;

/** @returns what stops it */
export function startHeartbeat(beating: Beating): () => void {
  thread ??= { worker: startThread(), beating: 0 };
  const own = thread;
  own.beating++;
  own.worker.postMessage({ start: { ...beating, digits: beatDigits } });
  let isStopped = false;
  return () => {
    if (isStopped) return;
    isStopped = true;
    own.beating--;
    if (own.beating > 0) own.worker.postMessage({ end: beating.path });
    else {
      if (thread === own) thread = undefined;
      void own.worker.terminate();
    }
  };
}

function startThread(): Worker {
  // What Node was started with is for the main thread: a profile, a module to load first.
  const worker = new Worker(program, { eval: true, execArgv: [], env: {} });
  worker.unref();
  // Without the thread the locks only grow old, and their owner notices when another takes them.
  worker.on('error', () => undefined);
  return worker;
}
