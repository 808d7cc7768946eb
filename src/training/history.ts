// What the log of a run says to those who watch it: so a resumed run knows what an unbroken one does.
import { UsageError } from '../errors';
import { listCheckpoints } from '../run/checkpoint';
import type { EpochEvent, Figures } from '../run/events';
import type { Best } from '../run/run-folder';
import { readMetrics } from '../run/run-log';
import type { Session } from './open-session';
import { type BestFigure, type BestTracker, chooseBestFigure, createBestTracker } from './watch/best';
import { rememberedLosses } from './watch/losses';

/** What was logged up to a step, in order. */
export interface History {
  readonly epochs: readonly EpochEvent[];
  /** Of the last logged steps: as many as those who watch them remember. */
  readonly losses: readonly Figures[];
}

export async function readHistory({ folder }: Session, step: number): Promise<History> {
  const epochs: EpochEvent[] = [];
  let losses: Figures[] = [];
  for await (const { value } of readMetrics(folder.metrics)) {
    if (value === undefined || value.step > step) continue;
    // The schema's optional fields are absent where they are undefined.
    if (value.event === 'epoch') epochs.push(value as EpochEvent);
    else if (value.event === 'step') losses.push(value.losses);
    if (losses.length > 2 * rememberedLosses) losses = losses.slice(-rememberedLosses);
  }
  return { epochs, losses: losses.slice(-rememberedLosses) };
}

/** @param known the best that run.json names */
export async function createTracker(
  session: Session,
  history: History,
  known: Best | undefined,
): Promise<BestTracker> {
  const { values, stepsPerEpoch, folder } = session;
  return createBestTracker({
    figure: bestFigure(session),
    keep: values.keepBest !== 'none',
    patience: values.patience,
    stepsPerEpoch,
    earlier: history.epochs,
    known,
    stored: await listCheckpoints(folder.checkpoints),
  });
}

/** @throws UsageError when the run that is to be resumed has stopped early, and would again. One that was killed before
 *  that was on record is to end so. */
export async function checkPatience(session: Session, startStep: number): Promise<void> {
  const { folder, values, record } = session;
  if (record?.status !== 'finished') return;
  const tracker = await createTracker(session, await readHistory(session, startStep), record.best);
  if (!tracker.exhausted()) return;
  throw new UsageError(
    `The run in ${folder.path} has stopped at step ${startStep}: ` +
      `for ${values.patience} epochs the ${tracker.figure.label} had not become better.`,
    { hint: 'Train on with a larger --patience.' },
  );
}

export function bestFigure({ values, model, data }: Session): BestFigure {
  const choice = values.keepBest === 'none' ? 'auto' : values.keepBest;
  return chooseBestFigure(choice, model, data.test !== undefined);
}
