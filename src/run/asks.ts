// What others ask of the process that trains in a run folder, also over a shared disk: a file each, whose being there is the
// question. The process takes it away when it does what it says.
import { rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, fileError } from '../file-error';
import type { RunFolder } from './run-folder';

/** `checkpoint`: write one after the step in hand, and go on. `stop`: end as SIGTERM does. */
export type Ask = 'checkpoint' | 'stop';

const asks: readonly Ask[] = ['checkpoint', 'stop'];

export function askFile({ path }: RunFolder, ask: Ask): string {
  return join(path, `ask-${ask}`);
}

/** Asks once more where it is asked already; a link in its place is not followed. @throws DataError when the disk refuses */
export async function askRun(folder: RunFolder, ask: Ask): Promise<void> {
  const file = askFile(folder, ask);
  await writeFile(file, '', { flag: 'wx' }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw fileError(error, file, 'write');
  });
}

/** What was asked of a process that is no more. For the owner of the folder. */
export function forgetAsks(folder: RunFolder): void {
  for (const ask of asks) rmSync(askFile(folder, ask), { force: true });
}

export interface Asked {
  /** Whether a checkpoint is wanted: says so once for each time that it is asked. */
  takeCheckpoint(): boolean;
  /** Whether the run is to end; from then on always. */
  stops(): boolean;
}

/** Two looks at a folder take some 10 µs. */
const lookEveryMs = 500;

/** For the owner of the folder, who asks it at each step; the folder is looked at twice a second.
 *  @param onStop told once that the run is to end */
export function createAsked(folder: RunFolder, onStop: () => void): Asked {
  let looked = performance.now();
  const found = { checkpoint: false, stop: false };
  const take = (ask: Ask): boolean => {
    const file = askFile(folder, ask);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return false;
    rmSync(file, { force: true, recursive: true });
    return true;
  };
  const look = () => {
    if (performance.now() - looked < lookEveryMs) return;
    looked = performance.now();
    found.checkpoint ||= take('checkpoint');
    if (found.stop || !take('stop')) return;
    found.stop = true;
    onStop();
  };
  return {
    takeCheckpoint: () => {
      look();
      const { checkpoint } = found;
      found.checkpoint = false;
      return checkpoint;
    },
    stops: () => {
      look();
      return found.stop;
    },
  };
}
