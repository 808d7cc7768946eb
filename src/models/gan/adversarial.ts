// The model that every generator-and-discriminator pair makes, and its training step.
import * as tf from '@tensorflow/tfjs-core';
import { createAdam } from '../adam-optimizer';
import { createAverage } from '../average';
import type { Losses, LossSpec, Model, NoiseSpec, StepInputs } from '../family';
import { oneHot } from '../layers';
import { scheduleFactor } from '../schedule';
import { augmentationNoise } from './augment';
import { discriminatorLoss, generatorLoss } from './losses';
import type { Networks } from './networks';
import { type Objective, objectives } from './objectives';
import { type AdversarialValues, type CompletedValues, optimizersOf } from './options';
import { augmented, type Round, roundsOf } from './rounds';

/** A model that trains the discriminator, `criticSteps` times on a batch each, and then the generator once. The
 *  discriminator's last batch of generated images is also what the generator learns from.
 *  @param asked completed */
export function createAdversarialModel(networks: Networks, asked: AdversarialValues): Model {
  const values = asked as CompletedValues;
  const { parameters, latentDim } = networks;
  const trainers = createTrainers(networks, values);
  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: {
      generator: parameters.count('generator.'),
      discriminator: parameters.count('discriminator.'),
    },
    losses: lossesOf(networks, values),
    noise: (imageCount) => noiseOf(imageCount, latentDim, values),
    stepSizes: (at) => stepSizesAt(at, trainers, values),
    ...(trainers.average && { scalars: trainers.average.scalars }),
    step: (inputs) => tf.tidy(() => trainPair(inputs, networks, trainers, values)),
    sample: (latents, { labels, classShares, lastWeights = false } = {}) =>
      tf.tidy(() => {
        const generate = (!lastWeights && networks.generateAverage) || networks.generate;
        const classes =
          networks.classCount > 0
            ? (classShares ?? (labels && oneHot(labels, networks.classCount)))
            : undefined;
        return tf.mul(tf.add(generate(latents, 'infer', classes), 1), 0.5);
      }),
    latent: { dimension: latentDim, prior: 'normal' },
    dispose: () => parameters.dispose(),
  };
}

type Trainers = ReturnType<typeof createTrainers>;

/** The optimizers, and what they train. */
function createTrainers({ parameters, generateAverage }: Networks, values: CompletedValues) {
  const { generator, discriminator } = optimizersOf(values);
  const average = generateAverage && createAverage(parameters, values.ema);
  return {
    generator: {
      variables: parameters.trainable('generator.'),
      adam: createAdam(parameters, 'generator.', generator),
    },
    discriminator: {
      variables: parameters.trainable('discriminator.'),
      adam: createAdam(parameters, 'discriminator.', discriminator),
    },
    average: average && {
      scalars: (at: number) => ({ averageRate: average.rate(at) }),
      update: (inputs: StepInputs) => average.update(scalar(inputs, 'averageRate')),
    },
  };
}

/** The name of the step size of the discriminator's i-th update in a step. */
const criticStepSize = (i: number) => (i === 0 ? 'discriminatorStepSize' : `discriminatorStepSize${i + 1}`);

function stepSizesAt(at: number, { generator, discriminator }: Trainers, values: CompletedValues) {
  const { criticSteps } = values;
  const factor = scheduleFactor(values, at);
  const critic = Array.from({ length: criticSteps }, (_, i) => [
    criticStepSize(i),
    discriminator.adam.stepSize(at * criticSteps + i) * factor,
  ]);
  return { generatorStepSize: generator.adam.stepSize(at) * factor, ...Object.fromEntries(critic) };
}

/** The discriminator's last update is inside the generator's tape: one forward pass of the generator serves both.
 *  Only the path from the generator's variables to its own loss is followed back, so neither trains the other. */
function trainPair(
  inputs: StepInputs,
  networks: Networks,
  trainers: Trainers,
  values: CompletedValues,
): Losses {
  const rounds = roundsOf(inputs, values.criticSteps, networks.classCount);
  const last = rounds.pop() as Round;
  const generated = ({ latents, classes, changeFake }: Round) =>
    augmented(networks.generate(latents, 'train', classes), values.augment, changeFake);
  const trainDiscriminator = (round: Round, fake: tf.Tensor4D, update: number): Losses => {
    const real = augmented(round.real, values.augment, round.changeReal);
    let figures: Losses = {};
    const { grads } = tf.variableGrads(() => {
      const loss = discriminatorLoss(networks, values, round, real, fake);
      figures = loss.figures;
      return loss.total;
    }, trainers.discriminator.variables);
    trainers.discriminator.adam.update(grads, scalar(inputs, criticStepSize(update)));
    return figures;
  };

  networks.refresh?.();
  rounds.forEach((round, i) => {
    tf.dispose(trainDiscriminator(round, generated(round), i));
    networks.refresh?.();
  });
  let losses: Losses = {};
  const { value, grads } = tf.variableGrads(() => {
    const fake = generated(last);
    losses = trainDiscriminator(last, fake, values.criticSteps - 1);
    return generatorLoss(networks, values, last, fake);
  }, trainers.generator.variables);
  trainers.generator.adam.update(grads, scalar(inputs, 'generatorStepSize'));
  trainers.average?.update(inputs);
  return { ...losses, generator: value };
}

function noiseOf(imageCount: number, latentDim: number, { gradientPenalty, augment }: CompletedValues) {
  const specs: Record<string, NoiseSpec> = {
    latents: { shape: [imageCount, latentDim], distribution: 'normal' },
  };
  if (gradientPenalty > 0) specs.mix = { shape: [imageCount, 1, 1, 1], distribution: 'uniform' };
  if (augment !== 'none') {
    specs.changeReal = augmentationNoise(imageCount);
    specs.changeFake = augmentationNoise(imageCount);
  }
  return specs;
}

function lossesOf({ classifies }: Networks, { loss, gradientPenalty }: CompletedValues): LossSpec[] {
  const { discriminatorLabel = 'discriminator' }: Objective = objectives[loss];
  return [
    { name: 'generator', label: 'generator' },
    { name: 'discriminator', label: discriminatorLabel },
    ...(gradientPenalty > 0 ? [{ name: 'gradientNorm', label: 'gradient norm' }] : []),
    ...(classifies ? [{ name: 'classifier', label: 'class error' }] : []),
  ];
}

function scalar(inputs: StepInputs, name: string): tf.Scalar {
  const value = inputs.scalars[name];
  if (!value) throw new Error(`the step was not given ${name}`);
  return value;
}
