// The registry of metrics.
import { didYouMean, UsageError } from '../errors';
import { accuracyScore } from './accuracy-score';
import { classifierScore } from './classifier-score';
import { clippedDensityCoverage } from './clipped-density-coverage';
import { dataCopying } from './data-copying';
import { densityCoverage } from './density-coverage';
import { elbo } from './elbo';
import { figureIn, parseFigureName } from './figure-names';
import { fid } from './frechet';
import { fidInfinity } from './frechet-limit';
import { kid } from './kernel-distance';
import { labelHistogram } from './label-histogram';
import { memorisation } from './memorisation';
import type { FigureSpec, Metric } from './metric';
import { msSsim } from './ms-ssim';
import { nll } from './nll';
import { parzen } from './parzen';
import { precisionRecall } from './precision-recall';
import { reconstructions } from './reconstructions';
import { mind } from './sliced-distance';
import { stackedModes } from './stacked-modes';
import { vendi } from './vendi';

export const metrics: readonly Metric[] = [
  nll,
  elbo,
  reconstructions,
  fid,
  fidInfinity,
  kid,
  mind,
  precisionRecall,
  densityCoverage,
  clippedDensityCoverage,
  classifierScore,
  accuracyScore,
  labelHistogram,
  vendi,
  msSsim,
  memorisation,
  dataCopying,
  parzen,
  stackedModes,
];

export const metricNames: readonly string[] = metrics.map((metric) => metric.name);

/** The metric of this name, or that gives the figure of this name. @throws UsageError with the closest name */
export function findMetric(name: string): Metric {
  const { figure: asked } = parseFigureName(name);
  const metric =
    metrics.find((candidate) => candidate.name === asked) ??
    metrics.find(({ figures }) => figures.some((figure) => figure.name === asked));
  if (metric) return metric;
  throw new UsageError(`There is no metric "${name}".`, { hint: didYouMean(name, metricNames) });
}

/** What figures of such a name are, the features that it asks for included; undefined where no metric gives them. */
export function figureCalled(name: string): FigureSpec | undefined {
  const { figure, source } = parseFigureName(name);
  for (const metric of metrics) {
    const spec = metric.figures.find((candidate) => candidate.name === figure);
    if (spec) return source === undefined ? spec : figureIn(source, metric, spec);
  }
  return undefined;
}

/** A figure and the metric that gives it, whichever features its name asks for.
 *  @throws UsageError with the closest name when there is no such figure */
export function findFigure(name: string): { readonly metric: Metric; readonly figure: FigureSpec } {
  const { figure: asked } = parseFigureName(name);
  for (const metric of metrics) {
    const figure = metric.figures.find((candidate) => candidate.name === asked);
    if (figure) return { metric, figure };
  }
  const names = metrics.flatMap(({ figures }) => figures.map((figure) => figure.name));
  throw new UsageError(`There is no figure "${name}".`, { hint: didYouMean(name, names) });
}
