// The registry of metrics.
import { didYouMean, UsageError } from '../errors';
import { classifierScore } from './classifier-score';
import { densityCoverage } from './density-coverage';
import { elbo } from './elbo';
import { fid } from './frechet';
import { labelHistogram } from './label-histogram';
import { memorisation } from './memorisation';
import type { ModelMetric, SampleMetric } from './metric';
import { msSsim } from './ms-ssim';
import { nll } from './nll';
import { parzen } from './parzen';
import { precisionRecall } from './precision-recall';

export const metrics: readonly ModelMetric[] = [nll, elbo];

export const sampleMetrics: readonly SampleMetric[] = [
  fid,
  precisionRecall,
  densityCoverage,
  classifierScore,
  labelHistogram,
  msSsim,
  memorisation,
  parzen,
];

export const metricNames: readonly string[] = metrics.map((metric) => metric.name);

/** @throws UsageError with the closest name when there is no such metric */
export function findMetric(name: string): ModelMetric {
  const metric = metrics.find((candidate) => candidate.name === name);
  if (metric) return metric;
  throw new UsageError(`There is no metric "${name}".`, { hint: didYouMean(name, metricNames) });
}
