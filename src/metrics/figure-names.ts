// How figures are called: those in features that no labels made say so, so that nobody mixes them with others.
import type { Estimates, FeatureSource, FigureSpec, Metric } from './metric';

/** What stands behind a figure's name: `fid@rotations`. */
const suffixes: Partial<Record<FeatureSource, string>> = { rotations: 'rotations' };

/** A figure as it is called where features come from such a source. */
export function figureIn(source: FeatureSource, metric: Metric, spec: FigureSpec): FigureSpec {
  const suffix = isInFeatures(metric) ? suffixes[source] : undefined;
  if (suffix === undefined) return spec;
  return { ...spec, name: `${spec.name}@${suffix}`, label: `${spec.label} @${suffix}` };
}

/** Estimates under the names that their figures have there. */
export function estimatesIn(source: FeatureSource, metric: Metric, estimates: Estimates): Estimates {
  return Object.fromEntries(
    metric.figures.flatMap((spec) => {
      const estimate = estimates[spec.name];
      return estimate ? [[figureIn(source, metric, spec).name, estimate]] : [];
    }),
  );
}

export function isInFeatures(metric: Metric): boolean {
  return metric.of === 'samples' && metric.reads === 'features';
}

export interface FigureName {
  /** As its metric declares it. */
  readonly figure: string;
  /** Whose features the name asks for; undefined where it asks for none. */
  readonly source: FeatureSource | undefined;
}

/** `fid@rotations` in its parts. A name with a suffix that nobody knows stays whole. */
export function parseFigureName(name: string): FigureName {
  const [figure = '', suffix] = name.split('@', 2);
  const [source] = Object.entries(suffixes).find(([, one]) => one === suffix) ?? [];
  return source === undefined
    ? { figure: name, source: undefined }
    : { figure, source: source as FeatureSource };
}
