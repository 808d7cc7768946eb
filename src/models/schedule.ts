// Learning-rate schedules: options that any family may take, and the factor they give at a step.
import { choice, integer } from '../config/option';

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
    follows: 'length',
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
 * @param step 0 is the first; call it from `Model.stepSizes`
 */
export function scheduleFactor({ schedule, decaySteps }: ScheduleValues, step: number): number {
  if (schedule === 'constant' || decaySteps === undefined) return 1;
  const done = Math.min(1, step / decaySteps);
  return schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
}
