// What `aigc backend install` and `pack` share: a line a stage, a bar, and what Ctrl-C does to them.
import type { SingleBar } from 'cli-progress';
import type { InstallProgress } from '../../backend-install/progress';
import { InterruptedError } from '../../errors';
import type { Output } from '../../output';
import { fileSize } from '../../words';

/** Ctrl-C and a kill stop the work in good order: what it began is removed. */
export async function whileInterruptible<T>(
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let received: number | undefined;
  const stop = (_name: string, number: number) => {
    received = number;
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (received === undefined) throw error;
    throw new InterruptedError(received, `The ${what} was stopped; nothing of it is left.`, { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

export interface Display extends InstallProgress {
  stop(): void;
}

/** A line a stage, and for a person at a terminal a bar under it. */
export function openDisplay(output: Output): Display {
  const bars = output.openBars();
  let label = '';
  let bar: SingleBar | undefined;
  const drop = () => {
    if (bar) bars?.remove(bar);
    bar = undefined;
  };
  return {
    stage: (next) => {
      drop();
      label = next;
      output.progress(label, { event: 'stage', label });
    },
    bytes: (done, total) => {
      bar ??= bars?.create(label, total ?? 2 ** 30);
      bar?.update(done, { words: fileSize(done) });
    },
    stop: () => bars?.close(),
  };
}
