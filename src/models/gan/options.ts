// The options that every GAN has, with the defaults that a family may change.
import { choice, integer, number } from '../../config/option';
import type { AdamSetting } from '../adam';
import { maxBatchSize, maxLatentDim } from '../limits';
import { objectiveNames } from './objectives';

interface Defaults {
  readonly latentDim: number;
  readonly batchSize: number;
  readonly generatorLearningRate: number;
  readonly discriminatorLearningRate: number;
  readonly why: string;
}

export function adversarialOptions(defaults: Defaults) {
  const { why } = defaults;
  return {
    loss: choice(objectiveNames, {
      description: 'objective: non-saturating cross-entropy (bce) or least squares (mse)',
      why: 'Goodfellow et al. 2014; least squares, Mao et al. 2017, is the steadier of the two',
      default: 'bce',
    }),
    latentDim: integer({
      description: 'size of the latent vector',
      default: defaults.latentDim,
      min: 1,
      max: maxLatentDim,
      why,
    }),
    batchSize: integer({
      description: 'images in a training step',
      default: defaults.batchSize,
      min: 2,
      max: maxBatchSize,
      why,
    }),
    generatorLearningRate: number({
      description: "the generator's Adam learning rate",
      default: defaults.generatorLearningRate,
      above: 0,
      why,
    }),
    discriminatorLearningRate: number({
      description: "the discriminator's Adam learning rate",
      default: defaults.discriminatorLearningRate,
      above: 0,
      why,
    }),
    learningRate: number({ description: 'both learning rates at once', above: 0 }),
    beta1: number({
      description: "Adam's decay of the first moment",
      default: 0.5,
      min: 0,
      max: 0.999,
      why: 'Radford et al. 2016: 0.9 makes GAN training oscillate',
    }),
    beta2: number({
      description: "Adam's decay of the second moment",
      default: 0.999,
      min: 0,
      max: 0.999999,
    }),
  };
}

interface AdversarialValues {
  readonly generatorLearningRate: number;
  readonly discriminatorLearningRate: number;
  readonly learningRate: number | undefined;
  readonly beta1: number;
  readonly beta2: number;
}

/** The two optimizers that a set of options asks for. */
export function optimizersOf(options: AdversarialValues): {
  generator: AdamSetting;
  discriminator: AdamSetting;
} {
  const { learningRate, beta1, beta2 } = options;
  const shared = { beta1, beta2, epsilon: 1e-8 };
  return {
    generator: { learningRate: learningRate ?? options.generatorLearningRate, ...shared },
    discriminator: { learningRate: learningRate ?? options.discriminatorLearningRate, ...shared },
  };
}
