// The model that every generator-and-discriminator pair makes, and its training step.
import * as tf from '@tensorflow/tfjs-core';
import { createAverage } from '../average';
import type { Losses, LossSpec, Model, NoiseSpec, StepInputs } from '../family';
import { oneHot } from '../layers';
import { optimizers } from '../optimizers';
import type { Optimizer } from '../optimizers/optimizer';
import { scheduleFactor } from '../schedule';
import { augmentationNoise } from './augment';
import { discriminatorLoss, generatorLoss } from './losses';
import type { Networks } from './networks';
import { objectives } from './objectives';
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
    ...((trainers.average || trainers.generator.optimizer.mix) && {
      scalars: (at) => ({ ...trainers.average?.scalars(at), ...mixesAt(at, trainers, values) }),
    }),
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
  const { create, keepsAverage = false } = optimizers[values.optimizer];
  const average = generateAverage && createAverage(parameters, values.ema, { ofWeights: !keepsAverage });
  return {
    generator: {
      variables: parameters.trainable('generator.'),
      optimizer: create(parameters, 'generator.', generator),
    },
    discriminator: {
      variables: parameters.trainable('discriminator.'),
      optimizer: create(parameters, 'discriminator.', discriminator),
    },
    average: average && {
      scalars: (at: number) => ({ averageRate: average.rate(at) }),
      update: (inputs: StepInputs) => average.update(scalar(inputs, 'averageRate')),
    },
  };
}

/** The name of the step size of the discriminator's i-th update in a step. */
const criticStepSize = (i: number) => (i === 0 ? 'discriminatorStepSize' : `discriminatorStepSize${i + 1}`);

/** The updates of a training step: whose, by the name of which step size, and how many of its own came before it. */
function updatesAt(at: number, { generator, discriminator }: Trainers, { criticSteps }: CompletedValues) {
  const critic = Array.from({ length: criticSteps }, (_, i) => {
    return { optimizer: discriminator.optimizer, name: criticStepSize(i), earlier: at * criticSteps + i };
  });
  return [{ optimizer: generator.optimizer, name: 'generatorStepSize', earlier: at }, ...critic];
}

function stepSizesAt(at: number, trainers: Trainers, values: CompletedValues) {
  const factor = scheduleFactor(values, at);
  const updates = updatesAt(at, trainers, values);
  return Object.fromEntries(
    updates.map(({ optimizer, name, earlier }) => [name, optimizer.stepSize(earlier) * factor]),
  );
}

/** The name of what goes with a step size. */
const mixOf = (stepSize: string) => stepSize.replace('StepSize', 'Mix');

/** What the optimizers have besides step sizes, by the names of these. */
function mixesAt(at: number, trainers: Trainers, values: CompletedValues) {
  const mixes = updatesAt(at, trainers, values).flatMap(({ optimizer, name, earlier }) =>
    optimizer.mix ? [[mixOf(name), optimizer.mix(earlier)] as const] : [],
  );
  return Object.fromEntries(mixes);
}

/** One update by the scalars of a step. */
function update(
  { optimizer }: { readonly optimizer: Optimizer },
  grads: tf.NamedTensorMap,
  inputs: StepInputs,
  stepSize: string,
): void {
  const mix = optimizer.mix && scalar(inputs, mixOf(stepSize));
  optimizer.update(grads, scalar(inputs, stepSize), mix);
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
  const trainDiscriminator = (batch: Round, fake: tf.Tensor4D, round: number): Losses => {
    const real = augmented(batch.real, values.augment, batch.changeReal);
    let figures: Losses = {};
    const { grads } = tf.variableGrads(() => {
      const loss = discriminatorLoss(networks, values, batch, real, fake);
      figures = loss.figures;
      return loss.total;
    }, trainers.discriminator.variables);
    update(trainers.discriminator, grads, inputs, criticStepSize(round));
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
  update(trainers.generator, grads, inputs, 'generatorStepSize');
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
  const { discriminatorLabel = 'discriminator' } = objectives[loss];
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
