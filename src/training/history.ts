// What the log of a run says to those who watch it: so a resumed run knows what an unbroken one does.
import { UsageError } from '../errors';
import { listCheckpoints } from '../run/checkpoint';
import type { EpochEvent, Figures } from '../run/events';
import { type MetricsEvent, readMetricsFile } from '../run/metrics-file';
import type { Best } from '../run/run-folder';
import type { Session } from './open-session';
import { type BestFigure, type BestTracker, chooseBestFigure, createBestTracker } from './watch/best';

/** @returns what was logged up to a step, in order */
export async function readHistory({ folder }: Session, step: number): Promise<MetricsEvent[]> {
  return (await readMetricsFile(folder.metrics)).filter((event) => event.step <= step);
}

export function epochsOf(history: readonly MetricsEvent[]): EpochEvent[] {
  return history.filter((event) => event.event === 'epoch');
}

export function lossesOf(history: readonly MetricsEvent[]): Figures[] {
  return history.flatMap((event) => (event.event === 'step' ? [event.losses] : []));
}

/** @param known the best that run.json names */
export async function createTracker(
  session: Session,
  history: readonly MetricsEvent[],
  known: Best | undefined,
): Promise<BestTracker> {
  const { values, stepsPerEpoch, folder } = session;
  return createBestTracker({
    figure: bestFigure(session),
    keep: values.keepBest !== 'none',
    patience: values.patience,
    stepsPerEpoch,
    earlier: epochsOf(history),
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
