// `aigc evaluate`: measures a trained model on the test split.
import type { Command } from 'commander';
import { integer, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { backendOption, environmentValues } from '../config/shared-options';
import { defaultDataFolder } from '../dataset';
import type { ImageSet } from '../dataset/image-set';
import { loadDataSet } from '../dataset/load';
import { DataError, UsageError } from '../errors';
import { findMetric, metrics } from '../metrics';
import type { ModelMetric } from '../metrics/metric';
import type { Model } from '../models/family';
import { startBackend } from '../tensor';
import { openModel, type SavedModel } from '../training/saved-model';
import { addOutputFlags, type CommandModule, type Output, openOutput } from './command';
import { openDownloadDisplay } from './download-progress';
import { addOptionFlags } from './options';

const evaluateOptions = {
  checkpoint: text({
    placeholder: 'DIR',
    description: 'a run folder, or one checkpoint of it',
    default: './ckpt',
  }),
  metrics: text({
    placeholder: 'NAMES',
    description: `which, with commas: ${metrics.map(({ name, summary }) => `${name} (${summary})`).join('; ')}; all that the model has when left out`,
  }),
  data: text({
    placeholder: 'NAME|DIR',
    description: 'whose test split; that of the training data when left out',
  }),
  samplesPerImage: integer({
    description: 'importance samples for nll',
    default: 5000,
    min: 1,
    max: 1_000_000,
    why: 'Burda et al. 2015, section 5',
  }),
  count: integer({ description: 'only the first N images of the test split', min: 1 }),
  evaluationSeed: integer({
    description: "of the protocol's random streams; leave it for figures to compare",
    default: 1,
    min: 0,
  }),
  backend: backendOption,
} as const;

export const evaluate: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), evaluateOptions);
    command.addHelpText('after', '\nExample:\n  $ aigc evaluate --checkpoint ./ckpt --metrics nll');
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(evaluateOptions, flags, environmentValues());
      const asked = values.metrics?.split(',').map((name) => findMetric(name.trim()));
      const saved = await openModel(values.checkpoint, output.warn, async () => {
        const { backend, detail } = await startBackend(values.backend);
        output.progress(`Backend: ${backend.name} (${detail})`);
      });
      try {
        const wanted = chooseMetrics(asked, saved.model, saved.manifest.family);
        const display = openDownloadDisplay(context, output);
        const named = values.data ?? saved.manifest.dataset.name;
        const data = await loadDataSet(named, {
          dataFolder: defaultDataFolder,
          onProgress: display.onProgress,
        }).finally(() => display.stop());
        if (!data.test) {
          throw new DataError(`${data.name} has no test split.`, {
            hint: 'Name a data set with one: --data NAME.',
          });
        }
        if (data.fingerprint !== saved.manifest.dataset.fingerprint)
          output.warn(`${data.name} is not the data that the model was trained on.`);
        await report(wanted, saved, testImages(data.test, saved, values.count), values, output);
      } finally {
        saved.model.dispose();
      }
    });
  },
};

/** @throws UsageError when one was asked for that the model does not have */
function chooseMetrics(
  asked: readonly ModelMetric[] | undefined,
  model: Model,
  family: string,
): readonly ModelMetric[] {
  for (const metric of asked ?? []) {
    const refusal = metric.refusal(model);
    if (refusal === undefined) continue;
    throw new UsageError(`There is no ${metric.name} of a ${family}: ${refusal}.`, {
      hint: 'Leave --metrics out for those that there are.',
    });
  }
  const found = asked ?? metrics.filter((metric) => metric.refusal(model) === undefined);
  if (found.length > 0) return found;
  throw new UsageError(`None of the metrics can be had of a ${family}.`, {
    hint: 'Evaluate a variational autoencoder: see `aigc models`.',
  });
}

/** The first `count` images, as the family wants them. */
function testImages(set: ImageSet, { family, options, manifest }: SavedModel, count = set.count): ImageSet {
  const { image, seed } = manifest.setting;
  if (set.height !== image.height || set.width !== image.width || set.channels !== image.channels) {
    throw new DataError(
      `The images are ${set.height}×${set.width}×${set.channels}, the model's ${image.height}×${image.width}×${image.channels}.`,
      { hint: 'Name the data that it was trained on with --data.' },
    );
  }
  const whole = family.preprocess?.(set, { seed, options }) ?? set;
  if (count >= whole.count) return whole;
  const size = image.height * image.width * image.channels;
  return {
    ...whole,
    count,
    pixels: whole.pixels.subarray(0, count * size),
    labels: whole.labels?.subarray(0, count),
  };
}

async function report(
  wanted: readonly ModelMetric[],
  { model, family, options, manifest, folder }: SavedModel,
  set: ImageSet,
  { samplesPerImage, evaluationSeed }: OptionValues<typeof evaluateOptions>,
  output: Output,
): Promise<void> {
  const note = family.figuresNote?.(options);
  if (note) output.progress(`Nats: ${note}.`);
  for (const metric of wanted) {
    const figures = await metric.measure({ family, model, set, samplesPerImage, seed: evaluationSeed });
    const ofSamples = metric.name === 'nll' ? { samplesPerImage } : {};
    for (const { name, label, unit = '' } of metric.figures) {
      const { mean, standardError } = figures[name] ?? {};
      if (mean === undefined || standardError === undefined) continue;
      output.result(
        {
          event: 'metric',
          metric: metric.name,
          figure: name,
          mean,
          standardError,
          unit,
          images: set.count,
          ...ofSamples,
          family: family.name,
          step: manifest.step,
          checkpoint: folder,
          ...(note && { note }),
        },
        `${label} ${mean.toFixed(2)} ± ${standardError.toFixed(2)} ${unit} (${set.count} images, step ${manifest.step})`,
      );
    }
  }
}
