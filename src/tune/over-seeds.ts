// What each configuration of a sweep comes to over its seeds.
import type { Configuration } from './space';
import type { TrialResult, TunePlan } from './tune-folder';

export interface OverSeeds {
  readonly options: Configuration;
  /** Seeds with a figure. */
  readonly count: number;
  /** Undefined where no seed has one. */
  readonly mean: number | undefined;
  /** Of one seed, with n − 1; undefined of fewer than two. */
  readonly deviation: number | undefined;
}

/** Best mean first, those without one last; of equals, in the order of the sweep. */
export function overSeeds(results: readonly TrialResult[], plan: TunePlan): OverSeeds[] {
  const { configurations = [] } = plan;
  const rows = configurations.map((options, i): OverSeeds => {
    const values = results.flatMap(({ trial, value }) =>
      (trial - 1) % configurations.length === i && value !== undefined ? [value] : [],
    );
    const count = values.length;
    const mean = count > 0 ? values.reduce((sum, value) => sum + value, 0) / count : undefined;
    const squares = values.reduce((sum, value) => sum + (value - (mean as number)) ** 2, 0);
    return { options, count, mean, deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : undefined };
  });
  const sign = plan.figure.better === 'lower' ? 1 : -1;
  const cost = ({ mean }: OverSeeds) => (mean === undefined ? Number.POSITIVE_INFINITY : sign * mean);
  return rows.sort((a, b) => (cost(a) === cost(b) ? 0 : cost(a) - cost(b)));
}
