// `--fail-if`: bounds on figures, for scripts that must stop when a model gets worse.
import { UsageError } from '../errors';
import { findFigure } from './index';
import type { Estimates, Metric } from './metric';

export interface Threshold {
  readonly text: string;
  readonly figure: string;
  readonly metric: Metric;
  /** Whether a value of the figure makes it fire. */
  fires(value: number): boolean;
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '>': (value, bound) => value > bound,
  '<=': (value, bound) => value <= bound,
  '>=': (value, bound) => value >= bound,
};

/**
 * Reads conditions such as `fid>20,coverage<0.5`.
 * @throws UsageError for one that cannot be read, or whose figure no metric gives
 */
export function parseThresholds(list: string): readonly Threshold[] {
  return list.split(',').map((part) => {
    const text = part.trim();
    const [, figure = '', sign = '', bound] = /^([\w@]+)\s*(<=|>=|<|>)\s*([-+.\deE]+)$/.exec(text) ?? [];
    const compare = comparisons[sign];
    if (!compare || bound === undefined || Number.isNaN(Number(bound))) {
      throw new UsageError(`--fail-if "${text}": expected a figure, <, <=, > or >=, and a number.`, {
        hint: "For example: --fail-if 'fid>20,coverage<0.5', in quotes.",
      });
    }
    const { metric } = findFigure(figure);
    return { text, figure, metric, fires: (value) => compare(value, Number(bound)) };
  });
}

/** Those that fire, as sentences. A figure that is not a number fires too. */
export function firing(thresholds: readonly Threshold[], estimates: Estimates): readonly string[] {
  return thresholds.flatMap(({ text, figure, fires }) => {
    const estimate = estimates[figure];
    if (estimate === undefined) return [`${text}: there is no ${figure}`];
    return Number.isNaN(estimate.mean) || fires(estimate.mean)
      ? [`${text}: it is ${estimate.mean.toPrecision(5)}`]
      : [];
  });
}
