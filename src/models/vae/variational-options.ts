// The options that every VAE of one latent layer and one sample has.
import { choice, integer, number, type OptionValues } from '../../config/option';
import { binarise } from '../../dataset/binarise';
import type { ImageSet } from '../../dataset/image-set';
import { UsageError } from '../../errors';
import { maxBatchSize, maxLatentDim } from '../limits';
import { scheduleOptions } from '../schedule';
import { binaryNote, likelihoodNames, likelihoodNotes } from './likelihood';

interface Defaults {
  readonly latentDim: number;
  readonly latentWhy: string;
  readonly beta: number;
  readonly betaWhy: string;
  readonly klWarmupSteps: number;
}

export function variationalOptions(defaults: Defaults) {
  return {
    latentDim: integer({
      description: 'size of the latent vector',
      default: defaults.latentDim,
      min: 1,
      max: maxLatentDim,
      search: { from: 4, to: 64, log: true },
      why: defaults.latentWhy,
    }),
    batchSize: integer({ description: 'images in a training step', default: 128, min: 1, max: maxBatchSize }),
    learningRate: number({
      description: "Adam's learning rate",
      default: 1e-3,
      above: 0,
      search: { from: 2e-4, to: 5e-3, log: true },
      why: 'Kingma & Ba 2015, the default of Adam',
    }),
    likelihood: choice(likelihoodNames, {
      description: 'what the decoder says of a pixel: black or white, a Gaussian, a logistic over 256 levels',
      default: 'bernoulli',
    }),
    binarise: choice(['none', 'dynamic', 'static'], {
      description:
        'draw each pixel black or white from its grey level: anew in every step, or once and for all',
      default: 'none',
      why: 'only then is the Bernoulli likelihood one, and nats can be compared: Burda et al. 2015 use dynamic',
    }),
    beta: number({
      description: 'weight of the KL term in what is minimised',
      default: defaults.beta,
      before: 1,
      min: 0,
      why: defaults.betaWhy,
    }),
    klWarmupSteps: integer({
      description: 'steps in which the weight of the KL term rises from 0',
      notWith: { beta: [0] },
      default: defaults.klWarmupSteps,
      before: 0,
      min: 0,
      why: 'Sønderby et al. 2016, section 2.2: latents are not given up before the decoder has learnt to use them',
    }),
    ...scheduleOptions,
  };
}

export type VariationalValues = OptionValues<ReturnType<typeof variationalOptions>>;

/** @throws UsageError when two of the values exclude each other */
export function checkVariational<V extends VariationalValues>(values: V): V {
  if (values.binarise === 'none' || values.likelihood === 'bernoulli') return values;
  throw new UsageError(
    `--binarise ${values.binarise} makes pixels 0 or 1, and --likelihood ${values.likelihood} is not for those.`,
    {
      hint: 'Use --likelihood bernoulli with it.',
    },
  );
}

/** `Family.preprocess` of these families. */
export function preprocessVariational(
  set: ImageSet,
  {
    seed,
    options,
    first,
  }: { readonly seed: number; readonly options: VariationalValues; readonly first?: number },
): ImageSet {
  return options.binarise === 'static' ? binarise(set, seed, first) : set;
}

/** `Family.figuresNote` of these families. */
export function variationalNote({ likelihood, binarise: way }: VariationalValues): string {
  return way === 'none' ? likelihoodNotes[likelihood] : binaryNote;
}
