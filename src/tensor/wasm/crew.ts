// Threads that work on one job together: a job is a number of tasks, which any of them may do in any order. The one that
// sets the job works too, and is done when all tasks are. Nothing here is Node's own.

/** Does task `task` of the job that `numbers` describe. `slot` tells the threads that work at the same time apart. */
export type Perform = (job: number, numbers: Float64Array, task: number, slot: number) => void;

/** What the threads share, over one SharedArrayBuffer. */
export interface Control {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly text: Uint8Array;
}

/** Words of the control block. */
const at = {
  /** The job's number in the low bits of what `next` has in its high ones. Workers wait for it to change. */
  generation: 0,
  /** generation · maxTasks + the next task that nobody has taken. */
  next: 1,
  tasks: 2,
  done: 3,
  job: 4,
  /** Bytes of the message of a task that failed; 0 when none did. */
  failure: 5,
  /** Workers that wait, and so have to be woken. */
  sleeping: 6,
  /** 1 when the workers are to end. */
  ended: 7,
} as const;

/** A job may have one task less than this. */
export const maxTasks = 4096;
const generations = 2 ** 31 / maxTasks;

const wordBytes = 64;
const numberBytes = 512;
const textBytes = 1024;

export const controlBytes = wordBytes + numberBytes + textBytes;

/** @param buffer of `controlBytes` zeros */
export function controlOver(buffer: ArrayBufferLike): Control {
  return {
    words: new Int32Array(buffer, 0, wordBytes / 4),
    numbers: new Float64Array(buffer, wordBytes, numberBytes / 8),
    text: new Uint8Array(buffer, wordBytes + numberBytes, textBytes),
  };
}

/** How often a thread looks before it sleeps: some 50 µs. */
const looks = 2000;

/** Sets a job, works on it, and returns when all of its tasks are done. @throws Error when one of them failed */
export function runJob(
  control: Control,
  job: number,
  taskCount: number,
  numbers: readonly number[],
  perform: Perform,
): void {
  const { words } = control;
  const generation = ((words[at.generation] as number) + 1) % generations;
  // No task can be taken while the job is written: a worker that is late must not mix the old one with the new.
  Atomics.store(words, at.next, generation * maxTasks + maxTasks - 1);
  control.numbers.set(numbers);
  words[at.job] = job;
  words[at.failure] = 0;
  Atomics.store(words, at.tasks, taskCount);
  Atomics.store(words, at.done, 0);
  Atomics.store(words, at.next, generation * maxTasks);
  Atomics.store(words, at.generation, generation);
  if (Atomics.load(words, at.sleeping) > 0) Atomics.notify(words, at.generation);
  work(control, generation, 0, perform);
  waitUntilDone(words, taskCount);
  if (words[at.failure]) throw new Error(readFailure(control));
}

/** The others' last tasks take no longer than ours, unless other programs have taken their cores: then it sleeps. */
function waitUntilDone(words: Int32Array, taskCount: number): void {
  for (let look = 0; ; look++) {
    const done = Atomics.load(words, at.done);
    if (done >= taskCount) return;
    if (look > looks && maySleep) Atomics.wait(words, at.done, done, 1);
  }
}

/** A browser's own thread may not. */
const maySleep = 'process' in globalThis;

/** What a worker does until it is ended. @param slot from 1 on; 0 is the thread that sets the jobs */
export function serve(control: Control, slot: number, perform: Perform): void {
  const { words } = control;
  let seen = 0;
  for (;;) {
    seen = waitForJob(words, seen);
    if (Atomics.load(words, at.ended)) return;
    work(control, seen, slot, perform);
  }
}

/** Tells workers to return from `serve`. */
export function endWorkers({ words }: Control): void {
  Atomics.store(words, at.ended, 1);
  Atomics.store(words, at.generation, ((words[at.generation] as number) + 1) % generations);
  Atomics.notify(words, at.generation);
}

function waitForJob(words: Int32Array, seen: number): number {
  for (let look = 0; look < looks; look++) {
    const generation = Atomics.load(words, at.generation);
    if (generation !== seen) return generation;
  }
  Atomics.add(words, at.sleeping, 1);
  Atomics.wait(words, at.generation, seen);
  Atomics.sub(words, at.sleeping, 1);
  return Atomics.load(words, at.generation);
}

/** Takes tasks of one job while there are any. A task that is taken keeps the job, and so `numbers`, in place. */
function work(control: Control, generation: number, slot: number, perform: Perform): void {
  const { words, numbers } = control;
  for (;;) {
    const next = Atomics.load(words, at.next);
    const task = next % maxTasks;
    if (next - task !== generation * maxTasks || task >= Atomics.load(words, at.tasks)) return;
    if (Atomics.compareExchange(words, at.next, next, next + 1) !== next) continue;
    try {
      perform(words[at.job] as number, numbers, task, slot);
    } catch (error) {
      writeFailure(control, error);
    }
    if (Atomics.add(words, at.done, 1) + 1 === words[at.tasks] && slot > 0) Atomics.notify(words, at.done);
  }
}

function writeFailure({ words, text }: Control, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const bytes = new TextEncoder().encode(message).subarray(0, text.length);
  text.set(bytes);
  Atomics.store(words, at.failure, Math.max(1, bytes.length));
}

function readFailure({ words, text }: Control): string {
  // A decoder takes no shared memory.
  return new TextDecoder().decode(text.slice(0, words[at.failure]));
}
