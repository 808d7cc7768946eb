// Successive halving: many configurations for a short while, the best of them for longer, and so on.

/** A stage of a bracket: how many trials reach it, and how long they have then been trained in all. */
export interface Rung {
  readonly trials: number;
  /** In whole epochs or steps, whichever the search counts in. */
  readonly length: number;
}

/**
 * The rungs of one bracket of successive halving (Jamieson & Talwalkar 2016, arxiv.org/abs/1502.07943), as Hyperband has
 * them (Li et al. 2018, arxiv.org/abs/1603.06560, algorithm 1): rung i trains ⌊n η^−i⌋ configurations to R η^(i−s), with
 * s = ⌊log_η n⌋. Lengths are rounded; there are fewer rungs when the first would be shorter than one, or as long as the
 * second.
 * @param trials n @param longest R @param eta η, from 2
 */
export function halvingRungs(trials: number, longest: number, eta: number): Rung[] {
  for (let last = Math.floor(Math.log(trials) / Math.log(eta) + 1e-9); last > 0; last--) {
    const rungs = Array.from({ length: last + 1 }, (_, i) => ({
      trials: Math.floor(trials / eta ** i + 1e-9),
      length: Math.round(longest / eta ** (last - i)),
    }));
    if (rungs.every(({ length }, i) => length > (rungs[i - 1]?.length ?? 0))) return rungs;
  }
  return [{ trials, length: longest }];
}

/** What a bracket trains in all, in its unit: no trial does anything twice. */
export function bracketCost(rungs: readonly Rung[]): number {
  return rungs.reduce(
    (sum, { trials, length }, i) => sum + trials * (length - (rungs[i - 1]?.length ?? 0)),
    0,
  );
}

/** What a trial came to at a rung. */
export interface Scored {
  readonly trial: number;
  /** Undefined for one that diverged or failed: it is the worst there is, and is not trained on. */
  readonly value?: number | undefined;
}

/** Best first; of equals, the one with the smaller number; those without a value last. */
export function ranked<T extends Scored>(results: readonly T[], better: 'lower' | 'higher'): T[] {
  const cost = ({ value }: Scored) =>
    value === undefined ? Number.POSITIVE_INFINITY : better === 'lower' ? value : -value;
  return [...results].sort((a, b) => {
    const [left, right] = [cost(a), cost(b)];
    return left === right ? a.trial - b.trial : left - right;
  });
}
