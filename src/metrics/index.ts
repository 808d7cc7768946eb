// The registry of metrics.
import { didYouMean, UsageError } from '../errors';
import { elbo } from './elbo';
import type { ModelMetric } from './metric';
import { nll } from './nll';

export const metrics: readonly ModelMetric[] = [nll, elbo];

export const metricNames: readonly string[] = metrics.map((metric) => metric.name);

/** @throws UsageError with the closest name when there is no such metric */
export function findMetric(name: string): ModelMetric {
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  throw new UsageError(`There is no metric "${name}".`, { hint: didYouMean(name, metricNames) });
}
