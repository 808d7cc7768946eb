// The training step and figures that every VAE of one latent layer and one sample shares.
import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../../dataset/image-set';
import { createAdam } from '../adam-optimizer';
import type { Losses, Model, NoiseSpec, StepInputs } from '../family';
import { oneHot } from '../layers';
import type { Parameters } from '../parameters';
import { scheduleFactor } from '../schedule';
import { klDivergence, type Posterior, reparameterise } from './elbo';
import { bernoulliLogLikelihood, importanceWeights, repeated } from './importance';
import { type Likelihood, likelihoods } from './likelihood';
import type { VariationalValues } from './variational-options';

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

/**
 * log p(x) ≥ ELBO = E_q log p(x|z) − KL(q(z|x) ‖ p(z)), Kingma & Welling 2013, eq. 3, one sample of z an image.
 * What is minimised is the batch mean of reconstruction + β w(t) KL, each summed over its dimensions, in nats: β as in
 * Higgins et al. 2017, eq. 4, and w(t) rising from 0 to 1. The figures are the unweighted ones.
 */
export function createVariationalModel(networks: VariationalNetworks, values: VariationalValues): Model {
  const { parameters, image } = networks;
  const { height, width, channels } = image;
  const parts: Parts = { networks, values, likelihood: likelihoods[values.likelihood](parameters) };
  const trainer = createTrainer(parts);
  const noise = (batchSize: number) => noiseOf(batchSize, parts);
  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: figures,
    noise,
    ...trainer,
    sample: (latents, { labels, classShares } = {}) =>
      tf.tidy(() => {
        const means = tf.sigmoid(networks.decode(latents, classShares ?? classesOf(networks, labels)));
        return tf.reshape(means, [latents.shape[0], height, width, channels]);
      }),
    encode: (images, labels) =>
      tf.tidy(() => networks.encode(rowsOf(images), classesOf(networks, labels)).mean),
    posterior: (images, labels) =>
      tf.tidy(() => ({ ...networks.encode(rowsOf(images), classesOf(networks, labels)) })),
    latent: { dimension: values.latentDim, prior: 'normal' },
    density: {
      binary: values.likelihood === 'bernoulli',
      logWeights: (images, epsilon, labels) => tf.tidy(() => logWeights(images, epsilon, labels, parts)),
    },
    goal: { heldOut: elbo, training: elbo },
    heldOut: {
      figures,
      noise,
      measure: (images, random, labels) =>
        tf.tidy(() => {
          const { reconstruction, kl } = bound(images, random, labels, parts);
          return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
        }),
    },
    dispose: () => parameters.dispose(),
  };
}

interface Parts {
  readonly networks: VariationalNetworks;
  readonly values: VariationalValues;
  readonly likelihood: Likelihood;
}

/** [batch, pixels] */
const rowsOf = (images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], -1]) as tf.Tensor2D;

/** One-hot, [batch, classCount], of networks that know classes. */
function classesOf({ classCount }: VariationalNetworks, labels: tf.Tensor1D | undefined) {
  return classCount > 0 && labels ? oneHot(labels, classCount) : undefined;
}

function noiseOf(batchSize: number, { networks, values }: Parts): Record<string, NoiseSpec> {
  const { height, width, channels } = networks.image;
  const specs: Record<string, NoiseSpec> = {
    posterior: { shape: [batchSize, values.latentDim], distribution: 'normal' },
  };
  if (values.binarise === 'dynamic')
    specs.pixels = { shape: [batchSize, height * width * channels], distribution: 'uniform' };
  return specs;
}

/** The halves of −ELBO of each image. */
function bound(
  images: tf.Tensor4D,
  random: StepInputs['noise'],
  labels: tf.Tensor1D | undefined,
  { networks, values, likelihood }: Parts,
) {
  const grey = rowsOf(images);
  const x =
    values.binarise === 'dynamic'
      ? (tf.cast(tf.less(random.pixels as tf.Tensor, grey), 'float32') as tf.Tensor2D)
      : grey;
  const classes = classesOf(networks, labels);
  const posterior = networks.encode(x, classes);
  const outputs = networks.decode(reparameterise(posterior, random.posterior as tf.Tensor2D), classes);
  return { reconstruction: likelihood.reconstruction(outputs, x), kl: klDivergence(posterior) }; // [batch] each
}

/** The step, and the numbers that it reads. */
function createTrainer(parts: Parts): Pick<Model, 'step' | 'stepSizes' | 'scalars'> {
  const { values, networks } = parts;
  const { beta, klWarmupSteps, learningRate } = values;
  const weighted = beta !== 1 || klWarmupSteps > 0;
  const trained = networks.parameters.trainable();
  const adam = createAdam(networks.parameters, '', {
    learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  });

  function step(inputs: StepInputs): Losses {
    let halves: { reconstruction: tf.Scalar; kl: tf.Scalar } | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const { reconstruction, kl } = bound(inputs.images, inputs.noise, inputs.labels, parts);
      halves = { reconstruction: tf.keep(tf.mean(reconstruction)), kl: tf.keep(tf.mean(kl)) };
      const cost = weighted ? tf.mul(halves.kl, inputs.scalars.klWeight as tf.Scalar) : halves.kl;
      return tf.add(halves.reconstruction, cost) as tf.Scalar;
    }, trained);
    adam.update(grads, inputs.scalars.stepSize as tf.Scalar);
    const { reconstruction, kl } = halves as { reconstruction: tf.Scalar; kl: tf.Scalar };
    return { elbo: tf.neg(weighted ? tf.add(reconstruction, kl) : value), reconstruction, kl };
  }

  return {
    step: (inputs) => tf.tidy(() => step(inputs)),
    stepSizes: (at) => ({ stepSize: adam.stepSize(at) * scheduleFactor(values, at) }),
    ...(weighted && {
      scalars: (at: number) => ({ klWeight: beta * Math.min(1, (at + 1) / Math.max(1, klWarmupSteps)) }),
    }),
  };
}

/** `Density.logWeights` of these models. */
function logWeights(
  images: tf.Tensor4D,
  epsilon: tf.Tensor3D,
  labels: tf.Tensor1D | undefined,
  { networks, values, likelihood }: Parts,
): tf.Tensor2D {
  const x = rowsOf(images);
  const [batch, samples] = epsilon.shape;
  const classes = classesOf(networks, labels);
  return importanceWeights(networks.encode(x, classes), epsilon, (z) => {
    const outputs = networks.decode(z, classes && repeated(classes, samples));
    return values.likelihood === 'bernoulli'
      ? bernoulliLogLikelihood(outputs, x, samples)
      : tf.reshape(tf.neg(likelihood.reconstruction(outputs, repeated(x, samples))), [batch, samples]);
  });
}
