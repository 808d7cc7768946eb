// The trials of a search and the rungs that they climb: all of it follows from the plan.
import type { Family } from '../models/family';
import { halvingRungs, type Rung } from './halving';
import { type Configuration, drawConfigurations } from './space';
import type { TunePlan } from './tune-folder';
import { usableConfiguration } from './tune-plan';

/** A bracket's rungs, and the trials that it starts with: their numbers follow on those of the bracket before. */
export interface Bracket {
  readonly number: number;
  readonly rungs: readonly Rung[];
  readonly trials: readonly Trial[];
}

export interface Trial {
  readonly number: number;
  readonly configuration: Configuration;
  /** It is trained with. */
  readonly seed: number;
}

/** The configurations of the first trials. @returns fewer than `count` when the space holds no more */
export function configurationsOf(plan: TunePlan, family: Family, count: number): Configuration[] {
  const { configurations: listed, seeds = [] } = plan;
  if (listed) return seeds.flatMap(() => listed).slice(0, count);
  return drawConfigurations(plan.space, count, plan.first ? [plan.first] : [], {
    seed: plan.seed,
    options: family.options,
    usable: (drawn) => usableConfiguration(family, plan.trainCount, drawn),
  });
}

/** Follows from the plan alone. Its trials are fewer than planned, or none, when the trials asked for or the space are
 *  used up. */
export function bracketAt(plan: TunePlan, family: Family, number: number): Bracket {
  const before = (number - 1) * plan.bracket;
  const upTo = Math.min(before + plan.bracket, plan.trials ?? Number.POSITIVE_INFINITY);
  const trials = configurationsOf(plan, family, Math.max(0, upTo))
    .slice(before)
    .map((configuration, i) => ({ number: before + i + 1, configuration, seed: seedOf(plan, before + i) }));
  const rungs =
    plan.eta === undefined
      ? [{ trials: trials.length, length: plan.length }]
      : halvingRungs(Math.max(1, trials.length), plan.length, plan.eta);
  return { number, rungs, trials };
}

/** A sweep trains all of its configurations with one seed, then all with the next. @param index of a trial, from 0 */
function seedOf({ configurations = [], seeds = [], seed }: TunePlan, index: number): number {
  return seeds[Math.floor(index / configurations.length)] ?? seed;
}
