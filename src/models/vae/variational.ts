// The training step and figures that every VAE of one latent layer and one sample shares, and their options.
import * as tf from '@tensorflow/tfjs-core';
import { choice, integer, number, type OptionValues } from '../../config/option';
import { binarise } from '../../dataset/binarise';
import type { ImageSet, ImageShape } from '../../dataset/image-set';
import { UsageError } from '../../errors';
import { createAdam } from '../adam-optimizer';
import type { Losses, Model, NoiseSpec, StepInputs } from '../family';
import { oneHot } from '../layers';
import { maxBatchSize, maxLatentDim } from '../limits';
import type { Parameters } from '../parameters';
import { scheduleFactor, scheduleOptions } from '../schedule';
import { klDivergence, type Posterior, reparameterise } from './elbo';
import { bernoulliLogLikelihood, logPriorRatio, samplesOf } from './importance';
import { binaryNote, likelihoodNames, likelihoodNotes, likelihoods } from './likelihood';

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
  { seed, options }: { readonly seed: number; readonly options: VariationalValues },
): ImageSet {
  return options.binarise === 'static' ? binarise(set, seed) : set;
}

/** An encoder and a decoder. Their variables are in `parameters` under "encoder." and "decoder.". */
export interface VariationalNetworks {
  readonly parameters: Parameters;
  readonly image: ImageShape;
  /** 0 when the networks know no classes. */
  readonly classCount: number;
  /** @param x [batch, pixels] in [0, 1] @param classes one-hot [batch, classCount] */
  encode(x: tf.Tensor2D, classes: tf.Tensor2D | undefined): Posterior;
  /** @returns the likelihood's parameter of each pixel, [batch, pixels]; its sigmoid is the pixel's mean */
  decode(z: tf.Tensor2D, classes: tf.Tensor2D | undefined): tf.Tensor2D;
}

const figures = [
  { name: 'elbo', label: 'ELBO', unit: 'nats' },
  { name: 'reconstruction', label: 'reconstruction', unit: 'nats' },
  { name: 'kl', label: 'KL', unit: 'nats' },
] as const;
const [elbo] = figures;

/** `Family.figuresNote` of these families. */
export function variationalNote({ likelihood, binarise: way }: VariationalValues): string {
  return way === 'none' ? likelihoodNotes[likelihood] : binaryNote;
}

/**
 * log p(x) ≥ ELBO = E_q log p(x|z) − KL(q(z|x) ‖ p(z)), Kingma & Welling 2013, eq. 3, one sample of z an image.
 * What is minimised is the batch mean of reconstruction + β w(t) KL, each summed over its dimensions, in nats: β as in
 * Higgins et al. 2017, eq. 4, and w(t) rising from 0 to 1. The figures are the unweighted ones.
 */
export function createVariationalModel(networks: VariationalNetworks, values: VariationalValues): Model {
  const { parameters, image, classCount } = networks;
  const { height, width, channels } = image;
  const pixels = height * width * channels;
  const { latentDim, learningRate, beta, klWarmupSteps } = values;
  const dynamic = values.binarise === 'dynamic';
  const weighted = beta !== 1 || klWarmupSteps > 0;
  const likelihood = likelihoods[values.likelihood](parameters);
  const trained = parameters.trainable();
  const adam = createAdam(parameters, '', { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const rows = (images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
  const classesOf = (labels: tf.Tensor1D | undefined) =>
    classCount > 0 && labels ? oneHot(labels, classCount) : undefined;

  function noise(batchSize: number): Record<string, NoiseSpec> {
    const specs: Record<string, NoiseSpec> = {
      posterior: { shape: [batchSize, latentDim], distribution: 'normal' },
    };
    if (dynamic) specs.pixels = { shape: [batchSize, pixels], distribution: 'uniform' };
    return specs;
  }

  /** The halves of −ELBO of each image. */
  function bound(images: tf.Tensor4D, random: StepInputs['noise'], labels: tf.Tensor1D | undefined) {
    const grey = rows(images);
    const x = dynamic ? (tf.cast(tf.less(random.pixels as tf.Tensor, grey), 'float32') as tf.Tensor2D) : grey;
    const classes = classesOf(labels);
    const posterior = networks.encode(x, classes);
    const outputs = networks.decode(reparameterise(posterior, random.posterior as tf.Tensor2D), classes);
    return { reconstruction: likelihood.reconstruction(outputs, x), kl: klDivergence(posterior) }; // [batch] each
  }

  function step(inputs: StepInputs): Losses {
    return tf.tidy(() => {
      let halves: { reconstruction: tf.Scalar; kl: tf.Scalar } | undefined;
      const { value, grads } = tf.variableGrads(() => {
        const { reconstruction, kl } = bound(inputs.images, inputs.noise, inputs.labels);
        halves = { reconstruction: tf.keep(tf.mean(reconstruction)), kl: tf.keep(tf.mean(kl)) };
        const cost = weighted ? tf.mul(halves.kl, inputs.scalars.klWeight as tf.Scalar) : halves.kl;
        return tf.add(halves.reconstruction, cost) as tf.Scalar;
      }, trained);
      adam.update(grads, inputs.scalars.stepSize as tf.Scalar);
      const { reconstruction, kl } = halves as { reconstruction: tf.Scalar; kl: tf.Scalar };
      return { elbo: tf.neg(weighted ? tf.add(reconstruction, kl) : value), reconstruction, kl };
    });
  }

  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: figures,
    noise,
    stepSizes: (at) => ({ stepSize: adam.stepSize(at) * scheduleFactor(values, at) }),
    ...(weighted && {
      scalars: (at: number) => ({ klWeight: beta * Math.min(1, (at + 1) / Math.max(1, klWarmupSteps)) }),
    }),
    step,
    sample: (latents, { labels } = {}) =>
      tf.tidy(() => {
        const means = tf.sigmoid(networks.decode(latents, classesOf(labels)));
        return tf.reshape(means, [latents.shape[0], height, width, channels]);
      }),
    encode: (images, labels) => tf.tidy(() => networks.encode(rows(images), classesOf(labels)).mean),
    latent: { dimension: latentDim, prior: 'normal' },
    density: {
      binary: values.likelihood === 'bernoulli',
      logWeights: (images, epsilon, labels) =>
        tf.tidy(() => {
          const x = rows(images);
          const [batch, samples] = epsilon.shape;
          const classes = classesOf(labels);
          const repeat = (y: tf.Tensor2D) =>
            tf.reshape(tf.tile(tf.reshape(y, [batch, 1, -1]), [1, samples, 1]), [
              batch * samples,
              -1,
            ]) as tf.Tensor2D;
          const posterior = networks.encode(x, classes);
          const z = samplesOf(posterior, epsilon);
          const outputs = networks.decode(
            tf.reshape(z, [batch * samples, latentDim]) as tf.Tensor2D,
            classes && repeat(classes),
          );
          const logLikelihood =
            values.likelihood === 'bernoulli'
              ? bernoulliLogLikelihood(outputs, x, samples)
              : tf.reshape(tf.neg(likelihood.reconstruction(outputs, repeat(x))), [batch, samples]);
          return tf.add(logLikelihood, logPriorRatio(z, epsilon, posterior)) as tf.Tensor2D;
        }),
    },
    goal: { heldOut: elbo, training: elbo },
    heldOut: {
      figures,
      noise,
      measure: (images, random, labels) =>
        tf.tidy(() => {
          const { reconstruction, kl } = bound(images, random, labels);
          return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
        }),
    },
    dispose: () => parameters.dispose(),
  };
}
