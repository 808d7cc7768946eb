// Looks at a model for mode collapse: the same latents each time, against a fixed part of the training images.
import type { TrainValues } from '../../config/train-options';
import { classesOf, presentClasses } from '../../dataset/classes';
import type { AnySet, DataSet } from '../../dataset/image-set';
import { pickImages } from '../../dataset/split';
import type { ImageBytes } from '../../images/grid';
import type { Family, Model, ModelSetting } from '../../models/family';
import { permutation, randomStream } from '../../rng';
import type { CollapseEvent, CollapseFigures, EpochEvent } from '../../run/events';
import { median } from '../../stats/median';
import { type Points, pixelPoints } from '../../stats/points';
import { drawImages, latentsAt } from '../../use/draw';
import {
  createReference,
  judgeCollapse,
  leastSeparation,
  measureCollapse,
  type Reference,
  verdictOf,
} from './collapse';

interface Watched {
  readonly family: Family;
  readonly model: Model;
  readonly setting: ModelSetting;
  readonly data: DataSet;
}

/** Three batches of `drawImages`. */
const sampleCount = 192;
/** Enough for a nearest neighbour to tell nine of ten MNIST digits right. */
const mostReal = 2000;
/** So that large images make no large matrices: values in all. */
const mostValues = 8_000_000;

export const collapsedHint =
  'The checkpoints are from before it. Train on with --resume --on-collapse warn, or anew with other options: --force.';

/** Measures the model as it is. */
export type CollapseMeasure = () => Promise<CollapseFigures>;

/** Its streams of random numbers are its own: training is the same with it and without. */
export function createCollapseMeasure({ family, model, setting, data }: Watched): CollapseMeasure {
  const set = data.train;
  const { seed } = setting;
  const classes = presentClasses(classesOf(data));
  const latents = latentsAt(model, seed, 0, sampleCount);
  const labels = family.conditional
    ? Int32Array.from({ length: sampleCount }, (_, i) => classes[i % classes.length] as number)
    : undefined;
  let reference: Promise<Reference> | undefined;
  return async () => {
    reference ??= pickReference(set, seed);
    return measureCollapse(await reference, pointsOf(await drawImages(model, latents, { labels })));
  };
}

export interface CollapseWatch {
  /** Undefined in epochs that are not looked at. The last of a run is, so that it can be the best. */
  measure(epoch: number, isLast: boolean): Promise<CollapseFigures | undefined>;
  /** How good the samples are at the end of a call, half a sentence; undefined where that cannot be told. */
  verdict(step: number): Promise<string | undefined>;
  /** @returns what is wrong with an epoch that was measured */
  judge(event: EpochEvent): Omit<CollapseEvent, 'outcome'> | undefined;
}

interface Planned {
  readonly model: Model;
  readonly values: TrainValues;
  readonly stepsPerEpoch: number;
}

/** Samples are no further apart than their latents: 192 points of a plane, as of `--latent-dim 2`, lie near each other. */
function separationLimit(model: Model, seed: number): number {
  const { dimension } = model.latent;
  const latents = latentsAt(model, seed, 0, sampleCount);
  const distance = (a: number, b: number) => {
    let sum = 0;
    for (let j = 0; j < dimension; j++)
      sum += ((latents[a * dimension + j] as number) - (latents[b * dimension + j] as number)) ** 2;
    return Math.sqrt(sum);
  };
  const samples = [...Array(sampleCount).keys()];
  const nearest = samples.map((a) =>
    samples.reduce(
      (least, b) => (a === b ? least : Math.min(least, distance(a, b))),
      Number.POSITIVE_INFINITY,
    ),
  );
  const typical = median(nearest);
  return leastSeparation * Math.min(1, typical / (wideApart * Math.sqrt(2 * dimension)));
}

/** The nearest of 192 latents of many dimensions is half as far as others, or more. */
const wideApart = 0.5;

interface WatchSetting {
  readonly everyEpochs: number;
  /** Before this step nothing is judged: samples of a model that has just begun look alike. */
  readonly fromStep: number;
  /** See `judgeCollapse`. */
  readonly leastSeparation?: number;
}

/** Small sets have epochs of a few steps: what comes after these is not worth a look. */
const leastSteps = 100;
/** Healthy models are out of it well before: docs/watchdog.md. */
const judgedFromStep = 400;

export function watchSetting({ model, values, stepsPerEpoch }: Planned): WatchSetting {
  const { reportEveryEpochs = 1 } = values;
  const reports = Math.ceil(leastSteps / stepsPerEpoch / reportEveryEpochs);
  return {
    everyEpochs: values.watchEveryEpochs ?? reports * reportEveryEpochs,
    fromStep: judgedFromStep,
    leastSeparation: separationLimit(model, values.seed),
  };
}

/** @param earlier the run's epochs before this call */
export function createCollapseWatch(
  measure: CollapseMeasure,
  { everyEpochs, fromStep, leastSeparation: least = leastSeparation }: WatchSetting,
  earlier: readonly EpochEvent[],
): CollapseWatch {
  let since: number | undefined;
  const judge = ({ step, epoch, collapse }: EpochEvent) => {
    if (!collapse) return undefined;
    const problem = step < fromStep ? undefined : judgeCollapse(collapse, least);
    since = problem === undefined ? undefined : (since ?? epoch);
    if (problem === undefined || since === undefined) return undefined;
    const message = `${problem}, ${since === epoch ? 'at' : 'since'} epoch ${since}.`;
    return { event: 'collapse' as const, step, epoch, sinceEpoch: since, message };
  };
  for (const event of earlier) judge(event);
  let latest: { readonly step: number; readonly figures: CollapseFigures } | undefined;
  return {
    verdict: async (step) => {
      if (step < fromStep) return undefined;
      return verdictOf(latest?.step === step ? latest.figures : await measure(), least);
    },
    measure: async (epoch, isLast) =>
      epoch % everyEpochs === 0 || (isLast && epoch > everyEpochs) ? measure() : undefined,
    judge: (event) => {
      if (event.collapse) latest = { step: event.step, figures: event.collapse };
      return judge(event);
    },
  };
}

function pickReference(set: AnySet, seed: number): Promise<Reference> {
  const size = set.height * set.width * set.channels;
  const count = Math.min(set.count, mostReal, Math.ceil(mostValues / size));
  const order = permutation(randomStream(seed, 'watch'), set.count).subarray(0, count);
  const picked = pickImages(set, order);
  return createReference(pointsOf(picked), picked.labels, sampleCount);
}

function pointsOf({ pixels, count }: ImageBytes): Points {
  return pixelPoints(pixels, count);
}
