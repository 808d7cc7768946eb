// Which of the searched options mattered: hints, not proofs, from trials that were all trained equally long.
import type { OptionValue } from '../config/option';
import { ranked } from './halving';
import type { Configuration } from './space';

export interface ScoredConfiguration {
  readonly trial: number;
  readonly value?: number | undefined;
  readonly options: Configuration;
}

export interface Importance {
  readonly name: string;
  /** Spearman's ρ between the option's value and how good the trial is: +1 when larger was always better. Undefined for
   *  options that are no numbers, or did not vary. */
  readonly correlation: number | undefined;
  /** The values in the best third of the trials, and in the worst, in the order of their rank; undefined where the
   *  option does nothing beside the others. */
  readonly best: readonly (OptionValue | undefined)[];
  readonly worst: readonly (OptionValue | undefined)[];
}

/** The strongest correlation first. */
export function importances(
  trials: readonly ScoredConfiguration[],
  names: readonly string[],
  better: 'lower' | 'higher',
): Importance[] {
  const order = ranked(trials, better);
  const third = Math.max(1, Math.floor(order.length / 3));
  return names
    .map((name) => {
      const values = order.map(({ options }) => options[name]);
      return {
        name,
        correlation: correlationWith(values),
        best: values.slice(0, third),
        worst: values.slice(-third),
      };
    })
    .sort((a, b) => Math.abs(b.correlation ?? 0) - Math.abs(a.correlation ?? 0));

  /** Trials that diverged are all equally bad. */
  function correlationWith(values: readonly (OptionValue | undefined)[]): number | undefined {
    if (!values.every((value) => typeof value === 'number')) return undefined;
    const lowest = Number.NEGATIVE_INFINITY;
    const goodness = order.map(({ value }) =>
      value === undefined ? lowest : better === 'higher' ? value : -value,
    );
    return spearman(values as number[], goodness);
  }
}

/** Spearman's rank correlation: Pearson's of the ranks, equals sharing the mean of theirs. Undefined when either side
 *  does not vary. */
export function spearman(a: readonly number[], b: readonly number[]): number | undefined {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length + 1) / 2;
  let [product, squaresX, squaresY] = [0, 0, 0];
  for (const [i, rank] of x.entries()) {
    const [dx, dy] = [rank - middle, (y[i] as number) - middle];
    product += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  return squaresX === 0 || squaresY === 0 ? undefined : product / Math.sqrt(squaresX * squaresY);
}

/** From 1. */
function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
