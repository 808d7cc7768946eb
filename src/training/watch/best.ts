// Which checkpoint of a run is the best so far, and whether the run still becomes better.
import type { TrainValues } from '../../config/train-options';
import type { Model } from '../../models/family';
import type { EpochEvent } from '../../run/events';
import type { Best } from '../../run/run-folder';

/** A figure of which more is better. */
export interface BestFigure {
  readonly name: string;
  /** For people: "test ELBO". */
  readonly label: string;
  /** Undefined in an epoch that was not measured. */
  of(event: EpochEvent): number | undefined;
}

/**
 * The figure that --keep-best names: the model's goal, without test images that of training; and the likeness of samples
 * for models that have none.
 * @param hasTest whether there are images to measure held-out figures on
 */
export function chooseBestFigure(
  choice: Exclude<TrainValues['keepBest'], 'none'>,
  { goal }: Pick<Model, 'goal'>,
  hasTest: boolean,
): BestFigure {
  if (choice === 'likeness' || !goal)
    return { name: 'likeness', label: 'likeness', of: ({ collapse }) => collapse?.likeness };
  const { name, label } = hasTest ? goal.heldOut : goal.training;
  if (hasTest) return { name, label: `test ${label}`, of: ({ heldOut }) => heldOut?.[name] };
  return { name, label, of: ({ losses }) => losses[name] };
}

export interface BestTracker {
  readonly figure: BestFigure;
  /** The best checkpoint. */
  readonly best: Best | undefined;
  /** @returns what the checkpoint at the end of this epoch is, if that is the best so far */
  observe(event: EpochEvent): Best | undefined;
  /** Whether the figure has not become better for `patience` epochs. */
  exhausted(): boolean;
}

interface Tracked {
  readonly figure: BestFigure;
  /** Whether there is to be a best checkpoint. */
  readonly keep: boolean;
  readonly patience: number | undefined;
  readonly stepsPerEpoch: number;
  /** The run's epochs before this call. */
  readonly earlier: readonly EpochEvent[];
  /** What was the best then, for a run whose log is gone. */
  readonly known: Best | undefined;
  /** The steps of which there are checkpoints. */
  readonly stored: readonly number[];
}

/** All it knows comes from the log of the run: a resumed run knows what an unbroken one does. */
export function createBestTracker(tracked: Tracked): BestTracker {
  const { figure, keep, patience, stepsPerEpoch, earlier, known, stored } = tracked;
  let best = keep && known?.figure === figure.name && stored.includes(known.step) ? known : undefined;
  /** The same, whether or not its checkpoint is there. */
  let reached = best;
  /** The newest step at which the figure was measured. */
  let measured = 0;
  const better = (event: EpochEvent, than: Best | undefined): Best | undefined => {
    const value = figure.of(event);
    if (value === undefined || (than && value <= than.value)) return undefined;
    return { step: event.step, figure: figure.name, value };
  };
  const observe = (event: EpochEvent, there = true): Best | undefined => {
    if (figure.of(event) !== undefined) measured = event.step;
    reached = better(event, reached) ?? reached;
    const found = keep && there ? better(event, best) : undefined;
    best = found ?? best;
    return found;
  };
  for (const event of earlier) observe(event, stored.includes(event.step));
  return {
    figure,
    get best() {
      return best;
    },
    observe,
    exhausted: () =>
      patience !== undefined && reached !== undefined && measured - reached.step >= patience * stepsPerEpoch,
  };
}
