// Makes the plan of a search from what was asked for, and says what cannot be had before anything is trained.
import type { Option, Options, OptionValues } from '../config/option';
import { idleBecause } from '../config/resolve';
import { planBatches } from '../dataset/batches';
import type { DataSet } from '../dataset/image-set';
import { DataError, UsageError } from '../errors';
import { findFigure, findMetric, metrics } from '../metrics';
import { teacherOf } from '../metrics/features/teacher';
import { figureIn, parseFigureName } from '../metrics/figure-names';
import type { FigureSpec, Metric } from '../metrics/metric';
import { familyOptions } from '../models';
import { type Family, imagesOfStep, type Model } from '../models/family';
import { startBackend } from '../tensor';
import type { Configuration, Space } from './space';
import type { TunePlan } from './tune-folder';

/**
 * The options that a configuration stands for.
 * @param trainCount training images
 * @throws UsageError when they exclude each other, or one of its steps reads more images than there are
 */
export function checkedOptions(
  family: Family,
  trainCount: number,
  configuration: Configuration,
): OptionValues<Options> {
  const options = familyOptions(family, {}, configuration);
  planBatches(trainCount, imagesOfStep(family, options), 0);
  return options;
}

/** A configuration without the options that do nothing beside the others. @returns undefined when it cannot be trained */
export function usableConfiguration(
  family: Family,
  trainCount: number,
  configuration: Configuration,
): Configuration | undefined {
  try {
    const options = checkedOptions(family, trainCount, configuration);
    const entries = Object.entries(configuration);
    return Object.fromEntries(
      entries.filter(([name]) => idleBecause(family.options[name] as Option, options) === undefined),
    );
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/**
 * What the objective's nats mean among these configurations, where they do not all mean the same; none otherwise.
 * @returns one for each meaning: "pixels as Bernoulli means …"
 */
export function unlikeNats(
  family: Family,
  { metric }: Pick<Objective, 'metric'>,
  configurations: readonly Configuration[],
): string[] {
  if (findMetric(metric).of !== 'model') return [];
  const notes = configurations.map((one) => family.figuresNote?.(familyOptions(family, {}, one)));
  const unlike = [...new Set(notes)].filter((note) => note !== undefined);
  return unlike.length > 1 ? unlike : [];
}

/** The family's defaults of the options that are searched: the first trial, to be beaten by the others. */
export function defaultsOf(family: Family, space: Space): Configuration | undefined {
  const values = familyOptions(family, {}, {});
  const entries = Object.keys(space).map((name) => [name, values[name]] as const);
  return entries.some(([, value]) => value === undefined)
    ? undefined
    : (Object.fromEntries(entries) as Configuration);
}

export type Objective = Pick<TunePlan, 'figure' | 'metric' | 'source'>;

/**
 * Which figure the search goes by, and where it comes from.
 * @param asked the name of a figure
 * @throws UsageError when there is no such figure, the family cannot have it, or it has no better side
 */
export async function chooseObjective(
  family: Family,
  data: DataSet,
  asked: string | undefined,
  unit: TunePlan['unit'],
): Promise<Objective> {
  const model = await sketch(family, data);
  try {
    const found = asked === undefined ? preferredFigure(model, data) : findFigure(asked);
    if (!found) throw nothingToGoBy(family, model);
    const { metric } = found;
    const figure = figureIn(teacherOf(data.train), metric, found.figure);
    checkNamed(asked, figure, data);
    if (metric.of === 'model' && !data.test) throw seenImages(data, figure);
    if (metric.of === 'model' && !canMeasure(metric, model))
      throw new UsageError(`There is no ${metric.name} of a ${family.name}: ${metric.refusal(model)}.`, {
        hint: hintOfFigures(model),
      });
    const { better } = figure;
    if (better === undefined)
      throw new UsageError(`${figure.label} has no better side to search for.`, {
        hint: hintOfFigures(model),
      });
    const isHeldOut = unit === 'epochs' && model.heldOut?.figures.some(({ name }) => name === figure.name);
    return {
      figure: { ...figure, better },
      metric: metric.name,
      source: isHeldOut ? 'held-out' : 'evaluate',
    };
  } finally {
    model.dispose();
  }
}

/** @throws UsageError for a figure by the name that it has in other features than those of this data */
function checkNamed(asked: string | undefined, { name }: FigureSpec, data: DataSet): void {
  if (asked === undefined || parseFigureName(asked).source === undefined || asked === name) return;
  throw new UsageError(
    `There is no ${asked} of ${data.name}: its feature network is a classifier of labels.`,
    {
      hint: `Name ${name}.`,
    },
  );
}

/** A model's own figures want images that it has not seen, where those of samples do with a held-out share. */
function seenImages({ name }: DataSet, { label }: FigureSpec): DataError {
  return new DataError(`${name} has no test split, which ${label} is measured on.`, {
    hint: 'Name a data set with one: --data NAME, or a figure of samples: --metric fid.',
  });
}

interface Found {
  readonly metric: Metric;
  readonly figure: FigureSpec;
}

function allFigures(): Found[] {
  return metrics.flatMap((metric) => metric.figures.map((figure) => ({ metric, figure })));
}

/** Where nothing is asked for: the model's goal, which training measures anyway, or else what judges samples. */
function preferredFigure({ goal, ...model }: Model, { test }: DataSet): Found | undefined {
  const all = allFigures().filter(({ metric }) => canMeasure(metric, model));
  return (
    (test && all.find(({ figure }) => figure.name === goal?.heldOut.name)) ??
    all.find(({ metric }) => metric.judgesSamples)
  );
}

function canMeasure(metric: Metric, model: Model): boolean {
  return metric.of === 'samples' || metric.refusal(model) === undefined;
}

function nothingToGoBy(family: Family, model: Model): UsageError {
  return new UsageError(`No figure is known that tells a good ${family.name} from a bad one.`, {
    hint: hintOfFigures(model),
  });
}

function hintOfFigures(model: Model): string {
  const names = metrics
    .filter((metric) => canMeasure(metric, model))
    .flatMap(({ figures }) => figures.filter(({ better }) => better !== undefined).map(({ name }) => name));
  return names.length > 0
    ? `Name one with --metric: ${names.join(', ')}.`
    : 'Tune another family: see `aigc models`.';
}

/** A model that is never trained, to ask what it can be measured by. */
async function sketch(family: Family, { train }: DataSet): Promise<Model> {
  await startBackend('cpu');
  const { height, width, channels, classCount } = train;
  if (family.conditional && train.labels === undefined) {
    throw new DataError(`${family.name} learns classes, and the data has no labels.`, {
      hint: 'Tune a model without classes: see `aigc models`.',
    });
  }
  return family.create({
    image: { height, width, channels },
    classCount,
    pixelMean: 0.5,
    seed: 1,
    options: familyOptions(family, {}, {}),
  });
}
