// How figures read to a person: one line an epoch, shared by bars and plain output.
import type { LossSpec } from '../../models/family';
import type {
  CollapseEvent,
  EpochEvent,
  Figures,
  RollbackEvent,
  StepEvent,
  TrainingEvent,
} from '../../run/events';
import { duration, figure, imageRate } from '../../words';

export interface EpochLayout {
  readonly losses: readonly LossSpec[];
  readonly heldOut: readonly LossSpec[];
  readonly epochs: number;
}

/** `Epoch 3/100 · generator 0.913 · discriminator 1.204 · 41,200 images/s · 12 s`
 *  @param trends small curves behind the losses, by name */
export function epochLine(
  event: EpochEvent,
  layout: EpochLayout,
  trends: Readonly<Record<string, string>> = {},
): string {
  const heldOut = layout.heldOut.filter(({ name }) => name === layout.heldOut[0]?.name);
  return [
    `Epoch ${event.epoch}/${layout.epochs}`,
    ...figureWords(event.losses, layout.losses, trends),
    ...figureWords(event.heldOut ?? {}, heldOut).map((words) => `test ${words}`),
    ...(event.collapse ? [`likeness ${figure(event.collapse.likeness)}`] : []),
    imageRate(event.imagesPerSecond),
    duration(event.seconds),
  ].join(' · ');
}

/** `Step 120 · generator 0.913 · discriminator 1.204 · 41,200 images/s`: for what is not a whole epoch. */
export function stepLine(event: StepEvent, layout: EpochLayout): string {
  const words = figureWords(event.losses, layout.losses);
  return [`Step ${event.step}`, ...words, imageRate(event.imagesPerSecond)].join(' · ');
}

/** What the first Ctrl-C is answered with. */
export const stoppingLine = 'Finishing this step and writing a checkpoint; Ctrl-C again stops at once.';

/** Whether it is to be said loudly: what ends the run or rolls it back is said by that. */
export function isAlarm(event: TrainingEvent): event is RollbackEvent | CollapseEvent {
  return event.event === 'rollback' || (event.event === 'collapse' && event.outcome === 'warn');
}

/** What must not be missed. */
export function alarmLine(event: RollbackEvent | CollapseEvent): string {
  if (event.event === 'collapse') return event.message;
  const { reason, toStep, learningRateScale } = event;
  return `${reason} Going back to step ${toStep}, with 1/${1 / learningRateScale} of the learning rate.`;
}

/** `generator 0.913`, `ELBO −104.21 nats`, for those figures that there are. */
export function figureWords(
  figures: Figures,
  specs: readonly LossSpec[],
  trends: Readonly<Record<string, string>> = {},
): string[] {
  return specs
    .filter(({ name }) => figures[name] !== undefined)
    .map(({ name, label, unit }) =>
      [label, figure(figures[name] as number), unit, trends[name]].filter(Boolean).join(' '),
    );
}
