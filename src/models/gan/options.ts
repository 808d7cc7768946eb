// The options that every GAN has, with the defaults that a family may change, and what follows from the objective.
import { choice, flagName, integer, number, type OptionValues } from '../../config/option';
import { UsageError } from '../../errors';
import { maxBatchSize, maxLatentDim } from '../limits';
import { optimizerNames, optimizers } from '../optimizers';
import type { OptimizerSetting } from '../optimizers/optimizer';
import { scheduleOptions } from '../schedule';
import { augmentations } from './augment';
import {
  type Normalisation,
  normalisations,
  type ObjectiveName,
  objectiveNames,
  objectives,
  type Recipe,
} from './objectives';

interface Defaults {
  readonly loss: ObjectiveName;
  readonly latentDim: number;
  readonly batchSize: number;
  readonly generatorLearningRate: number;
  readonly discriminatorLearningRate: number;
  readonly beta1: number;
  readonly beta1Why: string;
  /** Of cross-entropy and least squares. */
  readonly normalisation: Normalisation;
  readonly why: string;
}

const lossDescription =
  'objective: cross-entropy (bce), least squares (mse), Wasserstein with gradient penalty (wgan-gp), ' +
  'hinge with spectral norm (sngan), relativistic pairs with R1 and R2 (relativistic)';

/** "5e-4, wgan-gp 1e-4": a default and the objectives that have another. */
function byLoss(field: keyof Recipe, fallback: number | string): string {
  const others = objectiveNames.flatMap((name) => {
    const { recipe } = objectives[name];
    const value = recipe?.[field];
    return value === undefined || value === fallback ? [] : [`${name} ${value}`];
  });
  return ` (default: ${[String(fallback), ...others].join(', ')})`;
}

export function adversarialOptions(defaults: Defaults) {
  const { why } = defaults;
  const rates = (field: 'generatorLearningRate' | 'discriminatorLearningRate') =>
    byLoss(field, defaults[field]);
  return {
    loss: choice(objectiveNames, {
      description: lossDescription,
      why: 'each brings the settings of its paper; relativistic, Huang et al. 2024, is the modern baseline',
      default: defaults.loss,
    }),
    latentDim: integer({
      description: 'size of the latent vector',
      default: defaults.latentDim,
      min: 1,
      max: maxLatentDim,
      search: { from: 16, to: 128, log: true },
      why,
    }),
    batchSize: integer({
      description: 'images in a batch',
      default: defaults.batchSize,
      min: 2,
      max: maxBatchSize,
      why,
    }),
    generatorLearningRate: number({
      description: `the generator's Adam learning rate${rates('generatorLearningRate')}`,
      above: 0,
      search: { from: 1e-4, to: 3e-3, log: true },
      onlyWith: { learningRate: [undefined] },
      why,
    }),
    discriminatorLearningRate: number({
      description: `the discriminator's Adam learning rate${rates('discriminatorLearningRate')}`,
      above: 0,
      search: { from: 5e-5, to: 2e-3, log: true },
      onlyWith: { learningRate: [undefined] },
      why: 'Heusel et al. 2017: the two may differ, the discriminator often the faster',
    }),
    optimizer: choice(optimizerNames, {
      description:
        'what moves the weights: Adam, Muon (orthogonal momentum; ten times the default learning rates), Adam without a schedule',
      default: 'adam',
      why: 'docs/optimizers.md: what the others gave here',
    }),
    learningRate: number({ description: 'both learning rates at once', above: 0 }),
    beta1: number({
      description: `Adam's decay of the first moment, Muon's of its momentum${byLoss('beta1', defaults.beta1)}`,
      min: 0,
      max: 0.999,
      search: { among: [0, 0.5] },
      why: defaults.beta1Why,
    }),
    beta2: number({
      description: `Adam's decay of the second moment${byLoss('beta2', 0.999)}`,
      min: 0,
      max: 0.999999,
    }),
    criticSteps: integer({
      description: `updates of the discriminator for one of the generator${byLoss('criticSteps', 1)}`,
      min: 1,
      max: 100,
    }),
    normalisation: choice(normalisations, {
      description: `what the discriminator's layers have${byLoss('normalisation', defaults.normalisation)}`,
      why: 'batch norm mixes images, so a penalty on the gradient of each excludes it',
    }),
    generatorNormalisation: choice(['batch', 'none'], {
      description:
        "what the generator's layers have; without any, its weights start as He et al. 2015 have it",
      default: 'batch',
      why: 'Radford et al. 2016; Huang et al. 2024 train without any: --recipe r3',
    }),
    gradientPenalty: number({
      description: `λ of the gradient penalty between real and generated images${byLoss('gradientPenalty', 0)}`,
      min: 0,
    }),
    r1: number({ description: `γ of the gradient penalty on real images${byLoss('r1', 0)}`, min: 0 }),
    r2: number({ description: `γ of the gradient penalty on generated images${byLoss('r2', 0)}`, min: 0 }),
    ema: number({
      description:
        "decay of the average of the generator's weights, which samples are drawn with; 0 keeps none",
      default: 0.999,
      before: 0,
      min: 0,
      max: 0.999999,
      why: 'Yazıcı et al. 2019; it starts lower, so that short runs gain from it too',
    }),
    ...scheduleOptions,
    augment: choice(augmentations, {
      description: 'random changes to all images that the discriminator sees, for small sets',
      default: 'none',
      why: 'Zhao et al. 2020: with under a few thousand images the discriminator otherwise learns them by heart',
    }),
  };
}

export type AdversarialValues = OptionValues<ReturnType<typeof adversarialOptions>>;

/** With all that follows from the objective. */
export type CompletedValues = AdversarialValues & Required<Recipe>;

/** The values with those filled in that follow from the objective. @throws UsageError when two exclude each other */
export function completeOptions<V extends AdversarialValues>(
  values: V,
  defaults: Defaults,
): V & Required<Recipe> {
  const { recipe = {} } = objectives[values.loss];
  const penalties = {
    gradientPenalty: values.gradientPenalty ?? recipe.gradientPenalty ?? 0,
    r1: values.r1 ?? recipe.r1 ?? 0,
    r2: values.r2 ?? recipe.r2 ?? 0,
  };
  const penalised = Object.entries(penalties).flatMap(([name, weight]) =>
    weight > 0 ? [`${flagName(name)} ${weight}`] : [],
  );
  checkAverage(values);
  const normalisation =
    values.normalisation ??
    recipe.normalisation ??
    (penalised.length > 0 && defaults.normalisation === 'batch' ? 'none' : defaults.normalisation);
  if (penalised.length > 0 && normalisation === 'batch') {
    const source = `${penalised.join(', ')} of --loss ${values.loss}`;
    throw new UsageError(
      `--normalisation batch mixes the images of a batch, and a gradient penalty is on each (${source}).`,
      { hint: 'Use --normalisation none or spectral, or set --gradient-penalty, --r1 and --r2 to 0.' },
    );
  }
  const { beta1, rateFactor = 1 } = optimizers[values.optimizer];
  const rate = (name: 'generatorLearningRate' | 'discriminatorLearningRate') =>
    values.learningRate ?? values[name] ?? rateFactor * (recipe[name] ?? defaults[name]);
  return {
    ...values,
    generatorLearningRate: rate('generatorLearningRate'),
    discriminatorLearningRate: rate('discriminatorLearningRate'),
    beta1: values.beta1 ?? beta1 ?? recipe.beta1 ?? defaults.beta1,
    beta2: values.beta2 ?? recipe.beta2 ?? 0.999,
    criticSteps: values.criticSteps ?? recipe.criticSteps ?? 1,
    normalisation,
    ...penalties,
  };
}

/** Of an optimizer that keeps the average itself: it is in the place of a schedule, and it is what draws. */
function checkAverage({ optimizer, schedule, ema }: AdversarialValues): void {
  if (!optimizers[optimizer].keepsAverage || (schedule === 'constant' && ema > 0)) return;
  const other = ema > 0 ? `--schedule ${schedule}` : '--ema 0';
  throw new UsageError(
    `--optimizer ${optimizer} draws with the average that it keeps, in place of a schedule: ${other} is not for it.`,
    { hint: `Leave ${other} out, or use --optimizer adam.` },
  );
}

/** The two optimizers that a completed set of options asks for. */
export function optimizersOf(values: CompletedValues): {
  generator: OptimizerSetting;
  discriminator: OptimizerSetting;
} {
  const { beta1, beta2, generatorLearningRate, discriminatorLearningRate } = values;
  const shared = { beta1, beta2, epsilon: 1e-8 };
  return {
    generator: { learningRate: generatorLearningRate, ...shared },
    discriminator: { learningRate: discriminatorLearningRate, ...shared },
  };
}
