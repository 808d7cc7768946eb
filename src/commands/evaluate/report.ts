// How `aigc evaluate` tells what it measures: lines, JSON events, and evaluations.jsonl in the run's folder.
import { closeSync } from 'node:fs';
import type { OpenFeatureNetwork } from '../../metrics/features/feature-network';
import { figureIn, isInFeatures } from '../../metrics/figure-names';
import type { Estimate, Estimates, FigureSpec, Metric } from '../../metrics/metric';
import { mostInMemory } from '../../metrics/stream';
import type { Verdict } from '../../metrics/verdict';
import type { Output } from '../../output';
import { openToAppend } from '../../read-file';
import { appendLines } from '../../run/json-lines';
import { runOfCheckpoint } from '../../run/run-folder';
import type { SavedModel } from '../../use/open-model';
import { grouped, listed, measured } from '../../words';
import { drawnProgress, throttle } from '../throttle';
import type { EvaluateValues } from './options';
import type { Reference } from './reference';

interface Reported extends Reference {
  readonly values: EvaluateValues;
  readonly saved: SavedModel | undefined;
}

export interface Report {
  ofModel(metric: Metric, estimates: Estimates, images: number): void;
  /** @param real the same figures of real images */
  ofSamples(metric: Metric, estimates: Estimates, real: Estimates | undefined, samples: number): void;
  /** Says once which feature network the figures depend on. */
  features(network: OpenFeatureNetwork | undefined, accuracy: number | undefined): void;
  readonly training: (step: number, steps: number, crossEntropy: number) => void;
  progressOf(metric: string, images: number): (done: number) => void;
  /** Says what is measured against what. @param samples their number */
  announce(samples: number): void;
  /** How many of them are drawn. */
  drawn(done: number, total: number): void;
  /** Says which metrics take all samples, of those that stay on disk. @param samples their number */
  streamed(ofAll: readonly string[], samples: number): void;
  /** Says why a metric is left out. */
  without(metric: Metric, reason: string): void;
  /** Ends with what the figures come to. */
  verdict(verdict: Verdict | undefined): void;
  warn(line: string): void;
  close(): void;
}

/** Each figure goes to the run's evaluations.jsonl when it is measured, whatever comes of the next. */
export async function openReport(reported: Reported, output: Output): Promise<Report> {
  const { values, saved, data, test, against } = reported;
  const log = saved && (await openLog(saved.folder));
  const note = saved?.family.figuresNote?.(saved.options);
  let begun = false;
  let network: OpenFeatureNetwork | undefined;
  const subject = saved
    ? {
        family: saved.family.name,
        step: saved.manifest.step,
        checkpoint: saved.folder,
        weights: values.weights,
        ...(saved.options.drawSteps !== undefined && { drawSteps: saved.options.drawSteps }),
      }
    : { samples: values.samples };
  const protocol = {
    data: data.name,
    fingerprint: data.fingerprint,
    testImages: test.count,
    ...(against !== undefined && { against }),
    evaluationSeed: values.evaluationSeed,
  };
  const emit = (
    metric: Metric,
    spec: FigureSpec,
    estimate: Estimate,
    more: Readonly<Record<string, unknown>>,
    line: string,
  ) => {
    const { name, unit = '', better } = spec;
    const event = {
      event: 'metric',
      metric: metric.name,
      figure: name,
      ...estimate,
      unit,
      ...(better && { better }),
      ...more,
      ...subject,
      ...protocol,
    };
    begun = true;
    log?.append(event);
    output.result(event, line);
  };
  const throttled = throttle();
  return {
    ofModel: (metric, estimates, images) => {
      if (note && !begun) output.progress(`Nats: ${note}.`);
      const how = metric.name === 'nll' ? { samplesPerImage: values.samplesPerImage } : {};
      for (const [spec, estimate] of present(metric, estimates))
        emit(metric, spec, estimate, { images, ...how, ...(note && { note }) }, lineOf(spec, estimate));
    },
    ofSamples: (metric, estimates, real, samples) => {
      for (const [declared, estimate] of present(metric, estimates)) {
        const floor = real?.[declared.name];
        const spec = network ? figureIn(network.teacher, metric, declared) : declared;
        const beside = floor ? `   real images ${inWords(spec, floor)}` : '';
        const more = {
          sampleCount: samples,
          ...(floor && { real: floor }),
          ...(network && readsNetwork(metric, network) ? { featureNetwork: network.sha256 } : {}),
        };
        emit(metric, spec, estimate, more, lineOf(spec, estimate) + beside);
      }
    },
    features: (opened, accuracy) => {
      if (opened === undefined) return;
      network = opened;
      const { sha256, teacher } = opened;
      const right =
        accuracy === undefined ? '' : `, ${(100 * accuracy).toFixed(2)} % of ${reported.words} right`;
      const taught = teacher === 'labels' ? '' : `, taught without labels by ${teacher}`;
      output.progress(`Feature network ${sha256.slice(0, 12)}${taught}${right}.`, {
        event: 'feature-network',
        sha256,
        teacher,
        ...(accuracy !== undefined && { accuracy }),
      });
    },
    training: (step, steps, crossEntropy) =>
      throttled(step === steps, () =>
        output.progress(
          `Training the feature network of ${data.name}, once: step ${step} of ${steps} · cross-entropy ${crossEntropy.toFixed(3)}`,
        ),
      ),
    progressOf: (metric, images) => (done) =>
      throttled(false, () => output.progress(`${metric}: ${done} of ${images} images`)),
    drawn: drawnProgress(output),
    announce: (samples) => {
      const subject = saved
        ? `samples of the ${saved.family.name} at step ${saved.manifest.step}`
        : `images of ${values.samples}`;
      output.progress(`Measuring ${grouped(samples)} ${subject} against ${reported.words}.`);
      if (samples >= fewSamples) return;
      output.warn(
        `${samples} are few: FID, recall, coverage and classifier score depend on how many they are, and the errors are themselves rough. The protocol has 10,000.`,
      );
    },
    streamed: (ofAll, samples) => {
      if (samples <= mostInMemory) return;
      const some = `${grouped(mostInMemory)} of them, drawn by the seed ${values.evaluationSeed}`;
      const all = ofAll.length > 0 ? `${listed(ofAll)} of all ${grouped(samples)}; other figures` : 'Figures';
      output.progress(`The images stay on disk: ${all} of ${some}.`);
    },
    without: (metric, reason) => output.warn(`no ${metric.name}: ${reason}`),
    verdict: (verdict) => {
      if (!verdict) return;
      const { sentences, ...shares } = verdict;
      output.result({ event: 'verdict', ...shares, words: sentences.join(' '), ...subject, ...protocol }, [
        ...sentences,
      ]);
    },
    warn: output.warn,
    close: () => log?.close(),
  };
}

/** Whether its figures depend on the network. */
function readsNetwork(metric: Metric, { teacher }: OpenFeatureNetwork): boolean {
  return (
    isInFeatures(metric) || (metric.of === 'samples' && metric.reads === 'classes' && teacher === 'labels')
  );
}

/** With fewer samples, what their number does to a figure hides what the model does. */
const fewSamples = 1000;

function present(metric: Metric, estimates: Estimates): [FigureSpec, Estimate][] {
  return metric.figures.flatMap((spec): [FigureSpec, Estimate][] => {
    const estimate = estimates[spec.name];
    return estimate === undefined ? [] : [[spec, estimate]];
  });
}

const inWords = ({ unit }: FigureSpec, { mean, standardError }: Estimate) =>
  measured(mean, standardError, unit);

function lineOf(spec: FigureSpec, estimate: Estimate): string {
  return `${spec.label.padEnd(18)} ${inWords(spec, estimate)}`;
}

/** Beside run.json, when the checkpoint lies in a run's folder. */
async function openLog(checkpoint: string) {
  const folder = await runOfCheckpoint(checkpoint);
  if (!folder) return undefined;
  const path = folder.evaluations;
  const file = openToAppend(path);
  return {
    append: (event: object) => appendLines(file, path, [event]),
    close: () => closeSync(file),
  };
}
