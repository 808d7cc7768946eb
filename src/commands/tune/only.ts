// `--only N`: one trial of a search, for the engine whose task this is; or by hand.
import { constants } from 'node:os';
import type { SearchValues } from '../../config/tune-options';
import { DataError, DivergedError, InterruptedError } from '../../errors';
import type { Family } from '../../models/family';
import { onStopSignal } from '../../training/stop';
import { runTask } from '../../tune/trial-task';
import { type TuneFolder, type TunePlan, trialName } from '../../tune/tune-folder';

/** @throws DivergedError, DataError for a trial without a figure; InterruptedError when a signal stopped it */
export async function runOnly(
  plan: TunePlan,
  folder: TuneFolder,
  family: Family,
  { only = 1, rung, backend }: SearchValues,
): Promise<void> {
  const stop = onStopSignal(() => undefined);
  try {
    const task = { folder, plan, family, trial: only, rung, stopping: () => stop.requested };
    const outcome = await runTask({ ...task, backend: backend === 'auto' ? undefined : backend });
    const name = `Trial ${trialName(only)}`;
    if (!outcome && stop.signal)
      throw new InterruptedError(
        constants.signals[stop.signal],
        `${stop.signal}: ${name} has written its checkpoint.`,
      );
    if (outcome?.status === 'diverged')
      throw new DivergedError(`${name} diverged. ${outcome.reason ?? ''}`.trim());
    if (outcome?.status === 'failed') throw new DataError(`${name} failed. ${outcome.reason ?? ''}`.trim());
  } finally {
    stop.release();
  }
}
