// Takes a run that went wrong back to its last good epoch, with half the learning rate.
import { CollapsedError, DataError, DivergedError } from '../../errors';
import {
  type Checkpoint,
  checkpointFolder,
  listCheckpoints,
  readCheckpoint,
  removeAfter,
  writeCheckpoint,
} from '../../run/checkpoint';
import type { Figures, Rollback } from '../../run/events';
import { rewindMetricsFile } from '../../run/metrics-file';
import { restoreVariables } from '../../run/variables';
import type { HeldSession } from '../open-session';
import type { RunFile } from '../run-file';
import { checkpointHead, isRollbackStep, weightsAt } from '../save';

export interface RolledBack {
  readonly rollback: Rollback;
  /** Losses of the epoch so far: none, for it goes back to an epoch's end. */
  readonly earlierLosses: readonly Figures[];
}

/**
 * A kill at any moment does no harm. Until run.json names the roll-back, the run that is resumed is the old one at the
 * step where the roll-back would go: it fails again, as it must, and is rolled back then. From there on it is the
 * rolled-back one, and the log is put right when it is resumed.
 * @param error why
 * @throws that error, when it is not to be rolled back, or has been so too often
 */
export async function rollBack(session: HeldSession, runFile: RunFile, error: unknown): Promise<RolledBack> {
  if (!(error instanceof DivergedError)) throw error;
  const collapsed = error instanceof CollapsedError;
  const { folder, values, stepsPerReport } = session;
  if (collapsed && values.onCollapse !== 'rollback') throw error;
  if (runFile.rollbacks.length >= values.rollbacks) throw exhausted(error, runFile.rollbacks.length);
  session.lock.check();
  const checkpoint = await findTarget(session, collapsed);
  const toStep = checkpoint.manifest.step;
  restoreVariables(session.model, checkpoint);
  await removeAfter(folder.checkpoints, toStep);
  if (runFile.best && runFile.best.step > toStep) runFile.setBest(undefined);
  const rollback = await runFile.addRollback({ step: error.step, toStep, reason: error.message });
  return {
    rollback,
    earlierLosses: await rewindMetricsFile(folder.metrics, toStep, stepsPerReport, runFile.rollbacks),
  };
}

/** The newest whole checkpoint of an epoch's end; without one the initial weights, as a checkpoint of step 0. */
async function findTarget(session: HeldSession, afterCollapse: boolean): Promise<Checkpoint> {
  const { checkpoints } = session.folder;
  for (const step of await listCheckpoints(checkpoints)) {
    if (!isRollbackStep(session, step)) continue;
    try {
      const checkpoint = await readCheckpoint(checkpointFolder(checkpoints, step));
      if (!afterCollapse || !checkpoint.manifest.collapsed) return checkpoint;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      session.output.warn(`${error.message} Rolling back to an earlier checkpoint.`);
    }
  }
  const fresh = session.family.create(session.setting);
  try {
    const weights = await weightsAt(session, 0, fresh);
    return readCheckpoint(await writeCheckpoint(checkpoints, checkpointHead(session, 0), weights));
  } finally {
    fresh.dispose();
  }
}

function exhausted(error: DivergedError, count: number): DivergedError {
  if (count === 0) return error;
  const times = count === 1 ? 'once' : `${count} times`;
  const message = `${error.message} It was rolled back ${times}; the learning rate is 1/${2 ** count} of what it was.`;
  const details = { step: error.step, cause: error, ...(error.hint !== undefined && { hint: error.hint }) };
  return error instanceof CollapsedError
    ? new CollapsedError(message, details)
    : new DivergedError(message, details);
}
