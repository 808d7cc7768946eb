// Scales: where a value lies between the two ends of an axis.
import { linearTicks, logTicks, tickLabel } from './ticks';

export interface Scale {
  /** 0 at the low end, 1 at the high one; beyond them for values that lie outside. */
  at(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** @param count about how many ticks */
export function linearScale([low, high]: Domain, count: number): Scale {
  const ticks = linearTicks(low, high, count);
  const step = ticks.length > 1 ? (ticks[1] as number) - (ticks[0] as number) : Math.abs(low) || 1;
  return {
    at: (value) => (value - low) / (high - low || 1),
    ticks: ticks.map((value) => ({ value, label: tickLabel(value, step) })),
  };
}

/** Both ends are above 0. */
export function logScale([low, high]: Domain): Scale {
  const [from, to] = [Math.log(low), Math.log(high)];
  return {
    at: (value) => (Math.log(value) - from) / (to - from || 1),
    ticks: logTicks(low, high).map((value) => ({ value, label: tickLabel(value) })),
  };
}

export type Domain = readonly [low: number, high: number];

/** The ends of an axis that shows these values with a margin of 4 %; never of no width. */
export function domainOf(values: readonly number[], margin = 0.04): Domain {
  const [low, high] = extent(values);
  const room = high > low ? (high - low) * margin : Math.abs(low) * 0.05 || 1;
  return [low - room, high + room];
}

/**
 * As `domainOf`, but the few extreme values that would press all others into a line are cut: the axis reaches at most
 * half the width of the middle 96 % beyond it.
 */
export function robustDomain(values: readonly number[]): Domain {
  if (values.length < 25) return domainOf(values);
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
  const [low, high] = [at(0.02), at(0.98)];
  const reach = (high - low) / 2;
  return domainOf([Math.max(at(0), low - reach), Math.min(at(1), high + reach)]);
}

/** As `domainOf`, for an axis of logarithms: the margin is a factor. */
export function logDomain(values: readonly number[]): Domain {
  const [low, high] = extent(values);
  const factor = high > low ? (high / low) ** 0.06 : 1.5;
  return [low / factor, high * factor];
}

function extent(values: readonly number[]): Domain {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}
