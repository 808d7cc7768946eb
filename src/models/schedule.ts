// Learning-rate schedules: options that any family may take, and the factor they give at a step; and the scale of the
// step sizes that the watchdog lowers.
import { choice, integer, type OptionValue } from '../config/option';

/** For a family's options; spread them in. Their defaults leave the learning rate what it is. */
export const scheduleOptions = {
  schedule: choice(['constant', 'linear', 'cosine'], {
    description: 'how the learning rate falls to 0 over --decay-steps',
    default: 'constant',
  }),
  decaySteps: integer({
    description: 'steps until the learning rate is 0 (default: the length that the run is started with)',
    min: 1,
    onlyWith: { schedule: ['linear', 'cosine'] },
  }),
};

interface ScheduleValues {
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Undefined before a run's length is known: then nothing decays. */
  readonly decaySteps: number | undefined;
}

/**
 * What the learning rate is multiplied by at training step `step`, in float64: with t = min(1, step / decaySteps),
 * 1 (constant), 1 − t (linear) or (1 + cos πt) / 2 (cosine: Loshchilov & Hutter 2017, eq. 5, arxiv.org/abs/1608.03983,
 * one cycle down to 0).
 * @param step 0 is the first; call it from `Model.scalars`
 */
export function scheduleFactor({ schedule, decaySteps }: ScheduleValues, step: number): number {
  if (schedule === 'constant' || decaySteps === undefined) return 1;
  const done = Math.min(1, step / decaySteps);
  return schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
}

/** The options of a run that is to have `endStep` steps: a decay whose length was not given takes all of them. A run
 *  that is resumed has the length on record, and keeps it. */
export function withDecaySteps<V extends Readonly<Record<string, OptionValue | undefined>>>(
  options: V,
  endStep: number,
): V {
  const decays = options.schedule !== undefined && options.schedule !== 'constant';
  return decays && options.decaySteps === undefined ? { ...options, decaySteps: endStep } : options;
}

/**
 * A step's scalars with the learning rate scaled: those whose name ends in `stepSize`, and a number, are step sizes.
 * So no family has to know of it, and a compiled step, which is fed its scalars, is not compiled anew.
 * @param scalars what `Model.scalars` gives
 * @param learningRateScale 1 leaves every bit as it is
 */
export function scaleStepSizes(
  scalars: Readonly<Record<string, number>>,
  learningRateScale: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [
      name,
      /stepSize\d*$/i.test(name) ? value * learningRateScale : value,
    ]),
  );
}
