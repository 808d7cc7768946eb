// The training step that every generator-and-discriminator pair shares.
import * as tf from '@tensorflow/tfjs-core';
import { logSoftmax } from '../../tensor/ops/log-softmax';
import { createAdam } from '../adam-optimizer';
import { createAverage } from '../average';
import type { Losses, LossSpec, Model, NoiseSpec, StepInputs } from '../family';
import { type Mode, oneHot } from '../layers';
import type { Parameters } from '../parameters';
import { scheduleFactor } from '../schedule';
import { augment, augmentationNoise } from './augment';
import { type Objective, objectives } from './objectives';
import { type AdversarialValues, optimizersOf } from './options';
import { type Critic, wassersteinPenalty, zeroCentredPenalty } from './penalties';

/** What a discriminator says of a batch of images. */
export interface Verdict {
  /** [batch, 1] */
  readonly logits: tf.Tensor2D;
  /** [batch, classCount], of a discriminator that also tells classes apart. */
  readonly classLogits?: tf.Tensor2D;
}

/** [batch, latentDim], classes one-hot [batch, classCount] → [batch, height, width, channels] in [−1, 1] */
export type Generate = (latents: tf.Tensor2D, mode: Mode, classes: tf.Tensor2D | undefined) => tf.Tensor4D;

/** A pair of networks. Their variables are in `parameters` under "generator." and "discriminator.". */
export interface Networks {
  readonly parameters: Parameters;
  readonly latentDim: number;
  /** 0 when the networks know no classes. */
  readonly classCount: number;
  readonly generate: Generate;
  /** Whether the discriminator tells classes apart: its verdicts have `classLogits`. */
  readonly classifies: boolean;
  /** The same network from averaged weights, when some are kept. */
  readonly generateAverage?: Generate | undefined;
  /** [batch, height, width, channels] in [−1, 1] */
  discriminate(images: tf.Tensor4D, classes: tf.Tensor2D | undefined): Verdict;
  /** Whether one pass may hold real and generated images: not with batch norm, whose statistics must not mix them
   *  (Radford et al. 2016 and its code). */
  readonly judgesTogether: boolean;
  /** Once a step, before the discriminator is used. */
  refresh?(): void;
  /** See `Objective.discriminator`. */
  readonly realTarget?: number;
}

/** One batch for the discriminator. */
interface Round {
  readonly real: tf.Tensor4D;
  readonly classes: tf.Tensor2D | undefined;
  readonly latents: tf.Tensor2D;
  /** [batch, 1, 1, 1], for the gradient penalty. */
  readonly mix: tf.Tensor | undefined;
  readonly changeReal: tf.Tensor2D | undefined;
  readonly changeFake: tf.Tensor2D | undefined;
}

/** A model that trains the discriminator, `criticSteps` times on a batch each, and then the generator once. The
 *  discriminator's last batch of generated images is also what the generator learns from. */
export function createAdversarialModel(networks: Networks, values: AdversarialValues): Model {
  const { parameters, latentDim, classCount } = networks;
  const objective: Objective = objectives[values.loss];
  const criticSteps = values.criticSteps as number;
  const [gradientPenalty, r1, r2] = [values.gradientPenalty, values.r1, values.r2] as [
    number,
    number,
    number,
  ];
  const generatorVariables = parameters.trainable('generator.');
  const discriminatorVariables = parameters.trainable('discriminator.');
  const { generator, discriminator } = optimizersOf(values);
  const generatorAdam = createAdam(parameters, 'generator.', generator);
  const discriminatorAdam = createAdam(parameters, 'discriminator.', discriminator);
  const average = networks.generateAverage && createAverage(parameters, 'generator.', values.ema);

  function judgePair(real: tf.Tensor4D, fake: tf.Tensor4D, classes: tf.Tensor2D | undefined) {
    if (!networks.judgesTogether)
      return [networks.discriminate(real, classes), networks.discriminate(fake, classes)] as const;
    const both = networks.discriminate(
      tf.concat4d([real, fake], 0),
      classes && tf.concat2d([classes, classes], 0),
    );
    const [realLogits, fakeLogits] = tf.split(both.logits, 2) as [tf.Tensor2D, tf.Tensor2D];
    if (!both.classLogits) return [{ logits: realLogits }, { logits: fakeLogits }] as const;
    const [realClasses, fakeClasses] = tf.split(both.classLogits, 2) as [tf.Tensor2D, tf.Tensor2D];
    return [
      { logits: realLogits, classLogits: realClasses },
      { logits: fakeLogits, classLogits: fakeClasses },
    ] as const;
  }

  /** The penalties that the options ask for, times their weights, and figures of them to keep. */
  function penalise({ classes, mix }: Round, real: tf.Tensor4D, fake: tf.Tensor4D) {
    const critic: Critic = (images) => networks.discriminate(images, classes).logits;
    const terms: tf.Scalar[] = [];
    const figures: Record<string, tf.Scalar> = {};
    if (gradientPenalty > 0) {
      const { penalty, gradientNorm } = wassersteinPenalty(critic, real, fake, mix as tf.Tensor);
      terms.push(tf.mul(penalty, gradientPenalty));
      figures.gradientNorm = tf.keep(gradientNorm);
    }
    if (r1 > 0) terms.push(tf.mul(zeroCentredPenalty(critic, real), r1));
    if (r2 > 0) terms.push(tf.mul(zeroCentredPenalty(critic, fake), r2));
    return { terms, figures };
  }

  /** @param fake [batch, …], what the generator made of the round's latents, augmented */
  function trainDiscriminator(round: Round, fake: tf.Tensor4D, stepSize: tf.Scalar): Losses {
    const real = augmented(round.real, round.changeReal);
    const kept: Record<string, tf.Scalar> = {};
    const { grads } = tf.variableGrads(() => {
      const [ofReal, ofFake] = judgePair(real, fake, round.classes);
      const loss = objective.discriminator(ofReal.logits, ofFake.logits, networks.realTarget);
      kept.discriminator = tf.keep(loss);
      const { terms, figures } = penalise(round, real, fake);
      Object.assign(kept, figures);
      if (ofReal.classLogits && ofFake.classLogits) {
        const classes = round.classes as tf.Tensor2D;
        const ofClasses = classError(ofReal.classLogits, classes);
        kept.classifier = tf.keep(ofClasses);
        terms.push(ofClasses, classError(ofFake.classLogits, classes));
      }
      return terms.reduce((sum, term) => tf.add(sum, term), loss);
    }, discriminatorVariables);
    discriminatorAdam.update(grads, stepSize);
    return kept;
  }

  function augmented(images: tf.Tensor4D, noise: tf.Tensor2D | undefined): tf.Tensor4D {
    return noise ? augment(images, values.augment, noise) : images;
  }

  function generatorLoss(round: Round, fake: tf.Tensor4D): tf.Scalar {
    const real = objective.comparesPairs
      ? networks.discriminate(augmented(round.real, round.changeReal), round.classes).logits
      : undefined;
    const { logits, classLogits } = networks.discriminate(fake, round.classes);
    const loss = objective.generator(logits, real);
    return classLogits ? tf.add(loss, classError(classLogits, round.classes as tf.Tensor2D)) : loss;
  }

  /** The discriminator's last update is inside the generator's tape: one forward pass of the generator serves both.
   *  Only the path from the generator's variables to its own loss is followed back, so neither trains the other. */
  function step(inputs: StepInputs): Losses {
    return tf.tidy(() => {
      const rounds = roundsOf(inputs, criticSteps, classCount);
      const last = rounds.pop() as Round;
      networks.refresh?.();
      rounds.forEach((round, i) => {
        const fake = augmented(networks.generate(round.latents, 'train', round.classes), round.changeFake);
        tf.dispose(trainDiscriminator(round, fake, scalar(inputs, criticStepSize(i))));
        networks.refresh?.();
      });
      let losses: Losses = {};
      const { value, grads } = tf.variableGrads(() => {
        const fake = augmented(networks.generate(last.latents, 'train', last.classes), last.changeFake);
        losses = trainDiscriminator(last, fake, scalar(inputs, criticStepSize(criticSteps - 1)));
        return generatorLoss(last, fake);
      }, generatorVariables);
      generatorAdam.update(grads, scalar(inputs, 'generatorStepSize'));
      average?.update(scalar(inputs, 'averageRate'));
      return { ...losses, generator: value };
    });
  }

  function noise(imageCount: number): Record<string, NoiseSpec> {
    const specs: Record<string, NoiseSpec> = {
      latents: { shape: [imageCount, latentDim], distribution: 'normal' },
    };
    if (gradientPenalty > 0) specs.mix = { shape: [imageCount, 1, 1, 1], distribution: 'uniform' };
    if (values.augment !== 'none') {
      specs.changeReal = augmentationNoise(imageCount);
      specs.changeFake = augmentationNoise(imageCount);
    }
    return specs;
  }

  const losses: LossSpec[] = [
    { name: 'generator', label: 'generator' },
    { name: 'discriminator', label: values.loss === 'wgan-gp' ? 'critic' : 'discriminator' },
  ];
  if (gradientPenalty > 0) losses.push({ name: 'gradientNorm', label: 'gradient norm' });
  if (networks.classifies) losses.push({ name: 'classifier', label: 'class error' });

  return {
    variables: parameters.variables,
    parameterCounts: {
      generator: parameters.count('generator.'),
      discriminator: parameters.count('discriminator.'),
    },
    losses,
    noise,
    scalars: (at) => ({
      generatorStepSize: generatorAdam.stepSize(at) * scheduleFactor(values, at),
      ...Object.fromEntries(
        Array.from({ length: criticSteps }, (_, i) => [
          criticStepSize(i),
          discriminatorAdam.stepSize(at * criticSteps + i) * scheduleFactor(values, at),
        ]),
      ),
      ...(average && { averageRate: average.rate(at) }),
    }),
    step,
    sample: (latents, { labels, lastWeights = false } = {}) =>
      tf.tidy(() => {
        const generate = (!lastWeights && networks.generateAverage) || networks.generate;
        const classes = classCount > 0 && labels ? oneHot(labels, classCount) : undefined;
        return tf.mul(tf.add(generate(latents, 'infer', classes), 1), 0.5);
      }),
    latent: { dimension: latentDim, prior: 'normal' },
    dispose: () => parameters.dispose(),
  };
}

/** The name of the step size of the discriminator's i-th update in a step. */
const criticStepSize = (i: number) => (i === 0 ? 'discriminatorStepSize' : `discriminatorStepSize${i + 1}`);

/** −E log p(class), in nats. @param classes one-hot */
function classError(logits: tf.Tensor2D, classes: tf.Tensor2D): tf.Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(classes, logSoftmax(logits)), 1)));
}

/** A step's inputs, a batch for each of the discriminator's updates. */
function roundsOf(inputs: StepInputs, count: number, classCount: number): Round[] {
  const parts = <T extends tf.Tensor>(x: T | undefined): (T | undefined)[] =>
    x === undefined ? Array(count).fill(undefined) : count === 1 ? [x] : (tf.split(x, count) as T[]);
  const classes =
    classCount > 0 && inputs.labels ? oneHot(inputs.labels as tf.Tensor1D, classCount) : undefined;
  const real = parts(inputs.images);
  const each = {
    classes: parts(classes),
    latents: parts(inputs.noise.latents as tf.Tensor2D),
    mix: parts(inputs.noise.mix),
    changeReal: parts(inputs.noise.changeReal as tf.Tensor2D | undefined),
    changeFake: parts(inputs.noise.changeFake as tf.Tensor2D | undefined),
  };
  return real.map((images, i) => ({
    real: images as tf.Tensor4D,
    classes: each.classes[i],
    latents: each.latents[i] as tf.Tensor2D,
    mix: each.mix[i],
    changeReal: each.changeReal[i],
    changeFake: each.changeFake[i],
  }));
}

function scalar(inputs: StepInputs, name: string): tf.Scalar {
  const value = inputs.scalars[name];
  if (!value) throw new Error(`the step was not given ${name}`);
  return value;
}
