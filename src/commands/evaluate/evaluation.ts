// What `aigc evaluate` does once its options are known: opens, measures, reports.
import type { DataSet, ImageSet } from '../../dataset/image-set';
import { pickImages } from '../../dataset/split';
import { DataError, ThresholdError, UsageError } from '../../errors';
import type { ImageBytes } from '../../images/grid';
import { metrics } from '../../metrics';
import { compare } from '../../metrics/comparison';
import { drawSamples } from '../../metrics/draw-samples';
import { type OpenFeatureNetwork, openFeatureNetwork } from '../../metrics/features/feature-network';
import type { Estimates, Metric, ModelMetric, SampleEvaluation, SampleMetric } from '../../metrics/metric';
import { firing, type Threshold } from '../../metrics/thresholds';
import type { Output } from '../../output';
import { startBackend } from '../../tensor';
import type { SavedModel } from '../../use/open-model';
import { openForUse } from '../model-input';
import { loadNamedData, preparedFor } from '../picture-input';
import type { EvaluateValues } from './evaluate';
import { readFeatures, readSamples } from './measured-images';
import { openReport, type Report } from './report';

export interface Wanted {
  /** Undefined: the quick ones that there can be. */
  readonly asked: readonly Metric[] | undefined;
  readonly thresholds: readonly Threshold[];
}

/** What is being measured, and by what. */
interface Session {
  readonly values: EvaluateValues;
  readonly wanted: Wanted;
  readonly saved: SavedModel | undefined;
  readonly data: DataSet;
  /** The images of the test split that are measured on. */
  readonly test: ImageSet;
  readonly output: Output;
}

/** @throws ThresholdError when a condition of --fail-if holds */
export async function runEvaluation(values: EvaluateValues, wanted: Wanted, output: Output): Promise<void> {
  const saved = await openSubject(values, output);
  try {
    const data = await loadNamedData(values.data ?? saved?.manifest.dataset.name ?? '', output);
    if (saved && data.fingerprint !== saved.manifest.dataset.fingerprint)
      output.warn(`${data.name} is not the data that the model was trained on.`);
    const session = { values, wanted, saved, data, test: testSplit(data, values.count), output };
    const report = openReport(session);
    const estimates = {
      ...(await measureModel(session, report)),
      ...(await measureSamples(session, report)),
    };
    if (Object.keys(estimates).length === 0) {
      throw new UsageError('None of the metrics can be had here.', { hint: 'See `aigc evaluate --help`.' });
    }
    await report.close();
    checkThresholds(wanted.thresholds, estimates);
  } finally {
    saved?.model.dispose();
  }
}

async function openSubject(values: EvaluateValues, output: Output): Promise<SavedModel | undefined> {
  const { samples, checkpoint = './ckpt', backend, threads } = values;
  if (samples === undefined) return openForUse({ checkpoint, backend, threads }, output);
  const chosen = await startBackend(backend, threads);
  output.progress(`Backend: ${chosen.backend.name} (${chosen.detail})`);
  return undefined;
}

function testSplit(data: DataSet, count: number | undefined): ImageSet {
  if (!data.test) {
    throw new DataError(`${data.name} has no test split.`, {
      hint: 'Name a data set with one: --data NAME.',
    });
  }
  const { test } = data;
  if (count === undefined || count >= test.count) return test;
  return pickImages(
    test,
    Array.from({ length: count }, (_, i) => i),
  );
}

/** Whether each metric was asked for, not all that there are. */
function isNamed({ asked }: Wanted): boolean {
  return asked !== undefined && asked !== metrics;
}

/** What was asked for of one kind. @throws UsageError when it was named and cannot be had */
function chosen<M extends Metric>(
  wanted: Wanted,
  isOfKind: (metric: Metric) => metric is M,
  refusalOf: (metric: M) => string | undefined,
): readonly M[] {
  const candidates = (wanted.asked ?? metrics.filter(({ slow }) => !slow)).filter(isOfKind);
  return candidates.filter((metric) => {
    const refusal = refusalOf(metric);
    if (refusal === undefined) return true;
    if (!isNamed(wanted)) return false;
    throw new UsageError(`There is no ${metric.name} here: ${refusal}.`, {
      hint: 'Leave --metrics out for those that there are.',
    });
  });
}

async function measureModel(session: Session, report: Report): Promise<Estimates> {
  const { values, wanted, saved, test, data } = session;
  const isModelMetric = (metric: Metric): metric is ModelMetric => metric.of === 'model';
  const asked = chosen(wanted, isModelMetric, (metric) =>
    saved ? metric.refusal(saved.model) : 'it is of a model, and --samples are only images',
  );
  if (!saved) return {};
  let all: Estimates = {};
  for (const metric of asked) {
    const { family, model } = saved;
    const set = preparedFor(saved, test, data.name);
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

async function measureSamples(session: Session, report: Report): Promise<Estimates> {
  const { values, wanted, data, test } = session;
  const isSampleMetric = (metric: Metric): metric is SampleMetric => metric.of === 'samples';
  const candidates = chosen(wanted, isSampleMetric, () => undefined);
  if (candidates.length === 0) return {};
  const samples = await samplesOf(session);
  announce(session, samples.count);
  const given = await readFeatures(values, samples.count, test.count);
  const network = await networkFor(candidates, data, given !== undefined, report);
  try {
    const { evaluationSeed: seed } = values;
    const { ofSamples, ofReal, accuracy } = await compare({ data, test, samples, seed, network, given });
    report.features(network?.sha256, accuracy);
    let all: Estimates = {};
    for (const metric of chosen(wanted, isSampleMetric, (one) => one.refusal?.(ofSamples))) {
      const estimates = await measureOrSkip(metric, ofSamples, session);
      if (estimates === undefined) continue;
      const real = ofReal && metric.hasRealFloor ? await metric.measure(ofReal) : undefined;
      report.ofSamples(metric, estimates, real, samples.count);
      all = { ...all, ...estimates };
    }
    return all;
  } finally {
    network?.dispose();
  }
}

/** With fewer samples, what their number does to a figure hides what the model does. */
const fewSamples = 1000;

function announce({ values, saved, data, test, output }: Session, count: number): void {
  const subject = saved
    ? `samples of the ${saved.family.name} at step ${saved.manifest.step}`
    : `images of ${values.samples}`;
  output.progress(`Measuring ${count} ${subject} against the ${test.count} test images of ${data.name}.`);
  if (count >= fewSamples) return;
  output.warn(
    `${count} are few: FID, recall, coverage and classifier score depend on how many they are, and the errors are themselves rough. The protocol has 10,000.`,
  );
}

/** Data on which a metric means nothing ends the evaluation only where that metric was asked for by name. */
async function measureOrSkip(
  metric: SampleMetric,
  evaluation: SampleEvaluation,
  { wanted, output }: Session,
): Promise<Estimates | undefined> {
  try {
    return await metric.measure(evaluation);
  } catch (error) {
    if (!(error instanceof DataError) || isNamed(wanted)) throw error;
    output.warn(`no ${metric.name}: ${error.message}`);
    return undefined;
  }
}

function samplesOf({ values, saved, data }: Session): Promise<ImageBytes> {
  if (!saved) return readSamples(values.samples as string, data.train);
  const { family, model, manifest } = saved;
  preparedFor(saved, { ...data.train, count: 0, pixels: new Uint8Array(0), labels: undefined }, data.name);
  if (family.conditional && manifest.setting.classCount !== data.train.classCount) {
    throw new DataError(`${data.name} has other classes than the model.`, {
      hint: 'Name the data that it was trained on with --data.',
    });
  }
  return drawSamples({
    family,
    model,
    train: data.train,
    count: values.sampleCount,
    seed: values.evaluationSeed,
    lastWeights: values.weights === 'last',
  });
}

async function networkFor(
  candidates: readonly SampleMetric[],
  data: DataSet,
  given: boolean,
  report: Report,
): Promise<OpenFeatureNetwork | undefined> {
  const reads = candidates.some(({ readsFeatures }) => readsFeatures);
  if (!reads || given || data.train.labels === undefined) return undefined;
  return openFeatureNetwork({ data, onStep: report.training });
}

function checkThresholds(thresholds: readonly Threshold[], estimates: Estimates): void {
  const sentences = firing(thresholds, estimates);
  if (sentences.length === 0) return;
  throw new ThresholdError(`--fail-if ${sentences.join('; ')}.`, {
    hint: 'Train longer or otherwise, or change the bound.',
  });
}
