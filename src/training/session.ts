// One call of `aigc train`: the run folder is locked, trained in, and left in good order.
import { BusyError, lockFolder } from '../run/lock';
import { readRun } from '../run/run-folder';
import { openSession, type TrainingRequest } from './open-session';
import { trainInFolder } from './train-in-folder';
import { describePlan } from './train-plan';

export type { TrainingRequest } from './open-session';

/**
 * Trains, and leaves the run folder whole whatever happens.
 * @throws InterruptedError when a signal stopped it, after the checkpoint; BusyError when another process is at work
 *   there; DivergedError; DataError; UsageError
 */
export async function startTraining(request: TrainingRequest): Promise<void> {
  const session = await openSession(request);
  try {
    if (request.call.dryRun) {
      const { event, lines } = describePlan(session);
      request.output.result(event, lines);
      return;
    }
    const lock = await lockFolder(request.folder.path, request.output);
    try {
      await checkUntouched(request);
      await trainInFolder({ ...session, lock });
    } finally {
      lock.release();
    }
  } finally {
    session.model.dispose();
  }
}

/** Between the check of the folder and its lock another run may have come and gone there. */
async function checkUntouched({ folder, seen, call }: TrainingRequest): Promise<void> {
  if (call.force) return;
  const now = await readRun(folder);
  if (JSON.stringify(now) === JSON.stringify(seen)) return;
  throw new BusyError(`Another aigc has trained in ${folder.path} while this one was starting.`, {
    hint: 'Go on with its run with --resume, or choose another --out.',
  });
}
