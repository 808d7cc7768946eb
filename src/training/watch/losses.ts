// Notices losses that are no longer finite numbers, or explode.
import { DivergedError } from '../../errors';
import type { Figures } from '../../run/events';
import { divergedHint } from '../../run/variables';
import { median } from '../../stats/median';
import { minus } from '../../words';

/** A loss this many times what it used to be is no fluctuation. Healthy losses grow slowly enough for the median to
 *  follow, be they those of a critic, which drift to hundreds. */
const explosion = 1e4;
/** Losses near 0 may grow by any factor: a critic's starts there. */
const leastMagnitude = 1;
/** The median is over so many logged steps. */
export const rememberedLosses = 100;
/** With fewer there is no median to trust; a sum over an image's pixels is what a loss may be then. */
const fewest = 5;

/** @throws DivergedError when the losses of a step are not finite, or explode */
export type LossWatch = (losses: Figures, step: number) => void;

/**
 * Watches each loss by the running median of its magnitude.
 * @param pixelCount values in an image
 * @param earlier    losses that were logged before, in order: a resumed run sees what an unbroken one does
 */
export function createLossWatch(pixelCount: number, earlier: readonly Figures[]): LossWatch {
  const magnitudes = new Map<string, number[]>();
  const remember = (losses: Figures) => {
    for (const [name, value] of Object.entries(losses)) {
      magnitudes.set(name, [...(magnitudes.get(name) ?? []), Math.abs(value)].slice(-rememberedLosses));
    }
  };
  for (const losses of earlier.slice(-rememberedLosses)) remember(losses);
  return (losses, step) => {
    checkFiniteFigures(losses, step);
    for (const [name, value] of Object.entries(losses)) {
      const before = magnitudes.get(name) ?? [];
      const usual = before.length < fewest ? pixelCount : median(before);
      if (Math.abs(value) <= explosion * Math.max(leastMagnitude, usual)) continue;
      const words = minus(value.toExponential(1).replace('+', ''));
      throw new DivergedError(`Training diverged: at step ${step} the ${name} explodes to ${words}.`, {
        hint: divergedHint,
        step,
      });
    }
    remember(losses);
  };
}

/** @throws DivergedError when a figure is not finite */
export function checkFiniteFigures(figures: Figures, step: number): void {
  const [name] = Object.entries(figures).find(([, value]) => !Number.isFinite(value)) ?? [];
  if (name === undefined) return;
  throw new DivergedError(`Training diverged: at step ${step} the ${name} is ${figures[name]}.`, {
    hint: divergedHint,
    step,
  });
}
