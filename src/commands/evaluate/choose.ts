// Which metrics an evaluation measures; what cannot be had is refused before anything is drawn.
import { UsageError } from '../../errors';
import { metrics } from '../../metrics';
import { figureIn, parseFigureName } from '../../metrics/figure-names';
import type { FigureSpec, Metric, ModelMetric, Prospect, SampleMetric } from '../../metrics/metric';
import type { Threshold } from '../../metrics/thresholds';
import type { Model } from '../../models/family';

export interface Wanted {
  /** Undefined: the quick ones that there can be. */
  readonly asked: readonly Metric[] | undefined;
  readonly thresholds: readonly Threshold[];
  /** Whether --weights was given. */
  readonly namesWeights: boolean;
}

export interface Chosen {
  readonly ofModel: readonly ModelMetric[];
  readonly ofSamples: readonly SampleMetric[];
}

/** Whether each metric was asked for, not all that there are. */
export function isNamed({ asked }: Wanted): boolean {
  return asked !== undefined && asked !== metrics;
}

/**
 * @param model undefined where images are measured that no model of ours drew
 * @throws UsageError for a metric that was named, or whose figure --fail-if names, and that cannot be had; and when there
 *   is none at all
 */
export function chooseMetrics(wanted: Wanted, model: Model | undefined, prospect: Prospect): Chosen {
  const refusalOf = (metric: Metric, figure?: string) => {
    if (metric.of === 'samples') return metric.refusal?.(prospect);
    return model ? metric.refusal(model, figure) : 'it is of a model, and --samples are only images';
  };
  for (const { text, metric, figure } of wanted.thresholds) {
    const declared = parseFigureName(figure);
    const refusal = refusalOf(metric, declared.figure);
    if (refusal !== undefined) {
      throw new UsageError(`--fail-if ${text}: there is no ${figure} here: ${refusal}.`, {
        hint: 'Leave the condition out.',
      });
    }
    const spec = metric.figures.find(({ name }) => name === declared.figure) as FigureSpec;
    const { name } = figureIn(prospect.features, metric, spec);
    if (name === figure) continue;
    throw new UsageError(`--fail-if ${text}: there is no ${figure} here: ${whoseFeatures(prospect)}.`, {
      hint: `Its figure here is ${name}, which has bounds of its own.`,
    });
  }
  const possible = (wanted.asked ?? metrics.filter(({ slow }) => !slow)).filter((metric) => {
    const refusal = refusalOf(metric);
    if (refusal === undefined || !isNamed(wanted)) return refusal === undefined;
    throw new UsageError(`There is no ${metric.name} here: ${refusal}.`, {
      hint: 'Leave --metrics out for those that there are.',
    });
  });
  if (possible.length === 0)
    throw new UsageError('None of the metrics can be had here.', { hint: 'See `aigc evaluate --help`.' });
  return {
    ofModel: possible.filter((metric) => metric.of === 'model'),
    ofSamples: possible.filter((metric) => metric.of === 'samples'),
  };
}

function whoseFeatures({ features }: Prospect): string {
  if (features === 'file') return 'the features are those of the files';
  return features === 'labels'
    ? 'the feature network is a classifier of the labels'
    : `without labels the feature network is taught by ${features}`;
}
