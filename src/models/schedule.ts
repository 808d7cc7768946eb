// Learning-rate schedules: options that any family may take, and the factor they give at a step.
import { choice, integer } from '../config/option';

/** For a family's options; spread them in. Their defaults leave the learning rate what it is. */
export const scheduleOptions = {
  schedule: choice(['constant', 'linear', 'cosine', 'cooldown', 'stages'], {
    description:
      'how the learning rate falls over --decay-steps: to 0, in the last tenth of them alone (cooldown), or to a tenth in eight stages (stages)',
    default: 'constant',
  }),
  decaySteps: integer({
    description: 'steps until the learning rate is there (default: the length that the run is started with)',
    min: 1,
    onlyWith: { schedule: ['linear', 'cosine', 'cooldown', 'stages'] },
    follows: 'length',
  }),
};

interface ScheduleValues {
  readonly schedule: 'constant' | 'linear' | 'cosine' | 'cooldown' | 'stages';
  /** Undefined before a run's length is known: then nothing decays. */
  readonly decaySteps: number | undefined;
}

/**
 * What the learning rate is multiplied by at training step `step`, in float64: with t = min(1, step / decaySteps),
 * 1 (constant), 1 − t (linear), (1 + cos πt) / 2 (cosine: Loshchilov & Hutter 2017, eq. 5, arxiv.org/abs/1608.03983,
 * one cycle down to 0), 1 up to t = 0.9 and then 1 − √(10 t − 9) (cooldown: Hägele et al. 2024, arxiv.org/abs/2405.18392,
 * the form that was best there), or 10^(−i/7) in stage i (stages).
 * @param step 0 is the first; call it from `Model.stepSizes`
 */
export function scheduleFactor({ schedule, decaySteps }: ScheduleValues, step: number): number {
  if (schedule === 'constant' || decaySteps === undefined) return 1;
  const done = Math.min(1, step / decaySteps);
  return falls[schedule](done);
}

/** The step from which on a schedule's learning rate is 0; undefined where there is none. @param options a family's */
export function firstAtRest(options: Readonly<Record<string, unknown>>): number | undefined {
  const values = options as unknown as ScheduleValues;
  const { decaySteps } = values;
  return decaySteps !== undefined && scheduleFactor(values, decaySteps) === 0 ? decaySteps : undefined;
}

/** By the share of the steps that is done. */
const falls: Readonly<Record<Exclude<ScheduleValues['schedule'], 'constant'>, (done: number) => number>> = {
  linear: (done) => 1 - done,
  cosine: (done) => (1 + Math.cos(Math.PI * done)) / 2,
  cooldown: (done) => 1 - Math.sqrt(Math.max(0, 10 * done - 9)),
  stages: (done) => 10 ** (-stageAt(done) / lastStage),
};

const lastStage = 7;

/** The stage 0 … 7 at a share of a run, each three times as long as the one before it: Burda et al. 2015, section 5,
 *  arxiv.org/abs/1509.00519, 3^i of 3,280 passes over the data at 0.001 · 10^(−i/7). */
function stageAt(done: number): number {
  const passes = done * ((3 ** (lastStage + 1) - 1) / 2);
  let stage = 0;
  while (stage < lastStage && passes >= (3 ** (stage + 1) - 1) / 2) stage++;
  return stage;
}
