// Reads the images of the next steps from disk while the present one is trained: from a thread of its own, because a step
// keeps the main one busy.
import { Worker } from 'node:worker_threads';
import type { BatchPlan } from './batches';
import type { RowPlace, StoredRows } from './image-set';
import { checkUnchanged } from './row-file';

export interface ReadAhead {
  /** The images of a step, as bytes; and those of the steps behind it are asked for. A new array each time.
   *  @throws DataError when the file has changed, or cannot be read */
  take(step: number): Uint8Array;
  close(): void;
}

/** In all slots together. */
const mostBytes = 2 ** 26;
const mostSlots = 8;
/** A thread that does not answer for so long is given up, and the main one reads by itself. */
const patienceMs = 30_000;

/** What becomes of a slot. */
const asked = 1;
const failed = 3;

/** What the thread runs: it fills one slot after the other, each with the rows that it is asked for. */
const program = `
const { fstatSync, readSync } = require('node:fs');
const { memory, slots, batch, rowBytes, offset, file, seen } = require('node:worker_threads').workerData;
const state = new Int32Array(memory, 0, slots);
const rows = new Uint32Array(memory, 4 * slots, slots * batch);
const pixels = new Uint8Array(memory, 4 * (slots + slots * batch));
function fill(slot) {
  if (seen) {
    const { nlink, size, mtimeMs } = fstatSync(file);
    if (nlink === 0 || size !== seen.bytes || mtimeMs !== seen.modifiedMs) return 3;
  }
  for (let i = slot * batch; i < (slot + 1) * batch; i++)
    for (let done = 0; done < rowBytes; ) {
      const at = i * rowBytes + done;
      const count = readSync(file, pixels, at, rowBytes - done, offset + rows[i] * rowBytes + done);
      if (count === 0) return 3;
      done += count;
    }
  return 2;
}
for (let slot = 0; ; slot = (slot + 1) % slots) {
  for (let now; (now = Atomics.load(state, slot)) !== 1; ) Atomics.wait(state, slot, now);
  let filled = 3;
  try { filled = fill(slot); } catch {}
  Atomics.store(state, slot, filled);
  Atomics.notify(state, slot);
}
`;

/** @param rows of the training set that the plan is of */
export function openReadAhead(rows: StoredRows, plan: BatchPlan): ReadAhead {
  const { place } = rows;
  if (!place) return { take: (step) => rows.read(plan.indicesOf(step)), close: () => undefined };
  const bytes = plan.batchSize * place.rowBytes;
  const slots = Math.min(mostSlots, Math.max(2, Math.floor(mostBytes / bytes)));
  let ring: Ring | undefined;
  let gaveUp = false;

  const alone = (step: number) => {
    ring?.close();
    ring = undefined;
    return rows.read(plan.indicesOf(step));
  };

  return {
    take: (step) => {
      if (gaveUp) return alone(step);
      if (ring?.next !== step) {
        ring?.close();
        ring = startRing(place, plan, slots, step);
      }
      const taken = ring.take();
      if (taken) return taken;
      // What went wrong is said by who reads without the thread.
      checkUnchanged(place.opened);
      gaveUp = true;
      return alone(step);
    },
    close: () => ring?.close(),
  };
}

interface Ring {
  /** The step that the next call takes. */
  readonly next: number;
  /** @returns undefined when the thread could not read it */
  take(): Uint8Array | undefined;
  close(): void;
}

/** Slots in turn: the one that was emptied is asked to be filled for the step after all the others. */
function startRing(place: RowPlace, plan: BatchPlan, slots: number, first: number): Ring {
  const { batchSize: batch } = plan;
  const { rowBytes, offset, opened } = place;
  const head = slots + slots * batch;
  const memory = new SharedArrayBuffer(4 * head + slots * batch * rowBytes);
  const state = new Int32Array(memory, 0, slots);
  const wanted = new Uint32Array(memory, 4 * slots, slots * batch);
  const pixels = new Uint8Array(memory, 4 * head);
  const ask = (step: number) => {
    const slot = (step - first) % slots;
    wanted.set(plan.indicesOf(step), slot * batch);
    Atomics.store(state, slot, asked);
    Atomics.notify(state, slot);
  };
  for (let step = first; step < first + slots; step++) ask(step);
  const worker = new Worker(program, {
    eval: true,
    workerData: { memory, slots, batch, rowBytes, offset, file: opened.file, seen: opened.seen },
    // What Node was started with is for the main thread: a profile, a module to load first.
    execArgv: [],
    env: {},
  });
  worker.unref();
  worker.on('error', () => undefined); // It answers no more, and is given up.
  let next = first;
  return {
    get next() {
      return next;
    },
    take: () => {
      const slot = (next - first) % slots;
      if (Atomics.wait(state, slot, asked, patienceMs) === 'timed-out') return undefined;
      if (Atomics.load(state, slot) === failed) return undefined;
      const bytes = pixels.slice(slot * batch * rowBytes, (slot + 1) * batch * rowBytes);
      ask(next + slots);
      next++;
      return bytes;
    },
    close: () => void worker.terminate(),
  };
}
