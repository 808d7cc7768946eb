// What `aigc evaluate` does once its options are known: opens, measures, reports.
import { type AnySet, type DataSet, isStored, type StoredSet } from '../../dataset/image-set';
import { inMemoryAlways, keepBy } from '../../dataset/keep';
import { fingerprintOf } from '../../dataset/load';
import { DataError, ThresholdError } from '../../errors';
import { compare } from '../../metrics/comparison';
import { drawSamples, type Samples } from '../../metrics/draw-samples';
import { type OpenFeatureNetwork, openFeatureNetwork } from '../../metrics/features/feature-network';
import { teacherOf } from '../../metrics/features/teacher';
import { estimatesIn } from '../../metrics/figure-names';
import type { Estimates, MeasuredStream, ModelMetric, Prospect, SampleMetric } from '../../metrics/metric';
import { measureStream, someOf } from '../../metrics/stream';
import { firing, type Threshold } from '../../metrics/thresholds';
import { verdictOf } from '../../metrics/verdict';
import type { Output } from '../../output';
import { preparedFor } from '../../use/inputs';
import type { SavedModel } from '../../use/open-model';
import { openForUse, startForUse, warnOfIdleWeights } from '../model-input';
import { chooseMetrics, isNamed, type Wanted } from './choose';
import { type GivenFeatures, readFeatures, readSamples } from './measured-images';
import type { EvaluateValues } from './options';
import { openReference, type Reference } from './reference';
import { openReport, type Report } from './report';

/** What is measured, against what. */
interface Session {
  readonly values: EvaluateValues;
  readonly saved: SavedModel | undefined;
  /** What --samples names. */
  readonly given: { readonly samples: AnySet; readonly features: GivenFeatures } | undefined;
  readonly reference: Reference;
}

/** @throws UsageError for a figure that cannot be had; ThresholdError when a condition of --fail-if holds */
export async function runEvaluation(values: EvaluateValues, wanted: Wanted, output: Output): Promise<void> {
  const saved = await openSubject(values, output);
  try {
    if (saved && wanted.namesWeights) warnOfIdleWeights(saved, output);
    const session = await openSession(values, saved, output);
    const { ofModel, ofSamples } = chooseMetrics(wanted, saved?.model, prospectOf(session));
    const report = await openReport({ ...session, ...session.reference }, output);
    try {
      const estimates = {
        ...(await measureModel(ofModel, session, report)),
        ...(await measureSamples(ofSamples, session, report, isNamed(wanted))),
      };
      checkThresholds(wanted.thresholds, estimates);
    } finally {
      report.close();
    }
  } finally {
    saved?.model.dispose();
  }
}

async function openSession(
  values: EvaluateValues,
  saved: SavedModel | undefined,
  output: Output,
): Promise<Session> {
  const reference = await openReference(values, saved, output);
  const { data, test } = reference;
  if (saved) {
    checkDrawable(saved, data);
    return { values, saved, reference, given: undefined };
  }
  const keep = values.features === undefined ? keepBy(values.stream) : inMemoryAlways;
  const samples = await readSamples(values.samples as string, data.train, keep);
  const features = await readFeatures(values, samples.count, test.count);
  return { values, saved, reference, given: { samples, features } };
}

function prospectOf({ values, given, reference, saved }: Session): Prospect {
  const areSamplesLabelled = saved ? saved.family.conditional === true : given?.samples.labels !== undefined;
  return {
    sampleCount: given?.samples.count ?? values.sampleCount,
    features: given?.features ? 'file' : teacherOf(reference.data.train),
    hasTraining: reference.hasTraining,
    image: reference.test,
    hasLabels: areSamplesLabelled && reference.test.labels !== undefined,
  };
}

async function openSubject(values: EvaluateValues, output: Output): Promise<SavedModel | undefined> {
  const { samples, checkpoint = './ckpt', model, backend, threads, drawSteps } = values;
  if (samples === undefined) return openForUse({ checkpoint, model, backend, threads, drawSteps }, output);
  await startForUse({ backend, threads }, output);
  return undefined;
}

async function measureModel(
  asked: readonly ModelMetric[],
  { values, saved, reference: { test, data } }: Session,
  report: Report,
): Promise<Estimates> {
  let all: Estimates = {};
  for (const metric of saved ? asked : []) {
    const { family, model } = saved as SavedModel;
    const set = preparedFor(saved as SavedModel, test, data.name);
    const estimates = await metric.measure({
      family,
      model,
      set,
      samplesPerImage: values.samplesPerImage,
      seed: values.evaluationSeed,
      onProgress: report.progressOf(metric.name, set.count),
    });
    report.ofModel(metric, estimates, set.count);
    all = { ...all, ...estimates };
  }
  return all;
}

/** @param named whether each metric was: data on which one means nothing ends the evaluation only then */
async function measureSamples(
  asked: readonly SampleMetric[],
  session: Session,
  report: Report,
  named: boolean,
): Promise<Estimates> {
  if (asked.length === 0) return {};
  const { values, given, reference } = session;
  const { data, test, hasTraining } = reference;
  const { features } = prospectOf(session);
  const seed = values.evaluationSeed;
  const stored = given && isStored(given.samples) ? given.samples : undefined;
  const samples = stored
    ? someOf(stored, seed)
    : given
      ? (given.samples as Samples)
      : await drawnSamples(session, report);
  report.announce((stored ?? samples).count);
  const network = await networkFor(asked, session, report);
  try {
    const setting = { data, test, samples, seed, hasTraining, network, given: given?.features };
    const { ofSamples, ofReal, accuracy } = await compare(setting);
    report.features(network, accuracy);
    const stream = stored && (await streamOf(asked, stored, network, report));
    let [all, plain, ofRealImages]: [Estimates, Estimates, Estimates] = [{}, {}, {}];
    for (const metric of asked) {
      const ofAll = stream && metric.measureAll?.({ samples: stream, test: ofSamples.test });
      const measured = (ofAll ?? metric.measure(ofSamples)).then((found) => checkedEstimates(metric, found));
      const estimates = await measured.catch((error: unknown) => {
        if (!(error instanceof DataError) || named) throw error;
        report.without(metric, error.message);
      });
      if (!estimates) continue;
      const real = ofReal && metric.hasRealFloor ? await metric.measure(ofReal) : undefined;
      report.ofSamples(metric, estimates, real, ofAll && stream ? stream.count : samples.count);
      all = { ...all, ...estimatesIn(features, metric, estimates) };
      plain = { ...plain, ...estimates };
      ofRealImages = { ...ofRealImages, ...real };
    }
    report.verdict(verdictOf(ofSamples, plain, ofRealImages));
    return all;
  } finally {
    network?.dispose();
  }
}

/** What the network says of all samples, for the metrics that take all. */
async function streamOf(
  asked: readonly SampleMetric[],
  stored: StoredSet,
  network: OpenFeatureNetwork | undefined,
  report: Report,
): Promise<MeasuredStream | undefined> {
  const ofAll = asked.filter(({ measureAll }) => measureAll).map(({ name }) => name);
  report.streamed(network ? ofAll : [], stored.count);
  if (!network || ofAll.length === 0) return undefined;
  return measureStream(stored, network, report.progressOf('features', stored.count));
}

/** A figure that is no number is none. @throws DataError */
function checkedEstimates(metric: SampleMetric, estimates: Estimates): Estimates {
  const [name] = Object.entries(estimates).find(([, { mean }]) => !Number.isFinite(mean)) ?? [];
  if (name === undefined) return estimates;
  throw new DataError(`The ${name} of these images comes to no finite number.`, {
    hint: `Measure by other --metrics than ${metric.name}, or other images.`,
  });
}

/** @throws DataError when what the model draws cannot be held against the data */
function checkDrawable(saved: SavedModel, data: DataSet): void {
  const { family, manifest } = saved;
  preparedFor(saved, { ...data.train, count: 0, pixels: new Uint8Array(0), labels: undefined }, data.name);
  if (family.conditional && manifest.setting.classCount !== data.train.classCount) {
    throw new DataError(`${data.name} has other classes than the model.`, {
      hint: 'Name the data that it was trained on with --data.',
    });
  }
}

function drawnSamples({ values, saved, reference }: Session, report: Report): Promise<Samples> {
  const { family, model } = saved as SavedModel;
  return drawSamples({
    family,
    model,
    train: reference.data.train,
    count: values.sampleCount,
    seed: values.evaluationSeed,
    lastWeights: values.weights === 'last',
    onDrawn: report.drawn,
  });
}

async function networkFor(
  asked: readonly SampleMetric[],
  { reference: { data, against }, given }: Session,
  report: Report,
): Promise<OpenFeatureNetwork | undefined> {
  const isClassifier = teacherOf(data.train) === 'labels';
  const isRead = asked.some(({ reads }) => reads === 'features' || (reads === 'classes' && isClassifier));
  if (!isRead || given?.features) return undefined;
  // Without its held-out share a set is another, with a network of its own.
  const fingerprint = against === 'held-out' ? fingerprintOf(data.train) : data.fingerprint;
  return openFeatureNetwork({ data: { ...data, fingerprint }, onStep: report.training, warn: report.warn });
}

function checkThresholds(thresholds: readonly Threshold[], estimates: Estimates): void {
  const sentences = firing(thresholds, estimates);
  if (sentences.length === 0) return;
  throw new ThresholdError(`--fail-if ${sentences.join('; ')}.`, {
    hint: 'Train longer or otherwise, or change the bound.',
  });
}
