// `iwae`: the importance-weighted autoencoder with one stochastic layer, 784-200-200-50.
import * as tf from '@tensorflow/tfjs-core';
import { choice, integer, number, type OptionValues } from '../../config/option';
import { createAdam } from '../adam-optimizer';
import { defineFamily, type Losses, type Model, type ModelSetting, type StepInputs } from '../family';
import { dense } from '../layers';
import { maxBatchSize, maxHiddenUnits, maxLatentDim } from '../limits';
import { glorotUniform, type Initializer, Parameters } from '../parameters';
import { scheduleFactor, scheduleOptions } from '../schedule';
import { klDivergence, type Posterior } from './elbo';
import {
  bernoulliLogLikelihood,
  estimatorNames,
  importanceGradients,
  logPriorRatio,
  samplesOf,
} from './importance';
import { binaryNote } from './likelihood';

const options = {
  latentDim: integer({
    description: 'size of the latent vector',
    default: 50,
    min: 1,
    max: maxLatentDim,
    search: { from: 8, to: 100, log: true },
    why: 'Burda et al. 2015, section 5',
  }),
  hiddenUnits: integer({
    description: 'width of the two hidden layers of encoder and decoder',
    default: 200,
    min: 1,
    max: maxHiddenUnits,
    search: { from: 128, to: 512, log: true },
    why: 'Burda et al. 2015, section 5',
  }),
  importanceSamples: integer({
    description: 'samples of the latent vector an image (k); 1 is a VAE',
    default: 50,
    min: 1,
    max: 5000,
    why: 'Burda et al. 2015, table 1',
  }),
  estimator: choice(estimatorNames, {
    description: 'of the gradient: doubly reparameterised, or the plain one of the paper',
    default: 'dreg',
    why: 'Tucker et al. 2018: the same gradient in expectation with less variance',
  }),
  batchSize: integer({ description: 'images in a training step', default: 100, min: 1, max: maxBatchSize }),
  learningRate: number({
    description: "Adam's learning rate",
    default: 1e-3,
    above: 0,
    search: { from: 2e-4, to: 5e-3, log: true },
    why: 'Burda et al. 2015, where it falls in stages from 1e-3 to 1e-4',
  }),
  ...scheduleOptions,
};

type Setting = ModelSetting<OptionValues<typeof options>>;

export const iwae = defineFamily({
  name: 'iwae',
  summary: 'importance-weighted autoencoder, pixels drawn as 0 or 1 anew in every step',
  papers: [
    {
      title: 'Burda, Grosse & Salakhutdinov 2015, Importance Weighted Autoencoders',
      url: 'https://arxiv.org/abs/1509.00519',
    },
    {
      title: 'Tucker, Lawson, Gu & Maddison 2018, Doubly Reparameterized Gradient Estimators',
      url: 'https://arxiv.org/abs/1810.04152',
    },
  ],
  options,
  defaultEpochs: 20,
  leastSteps: 500,
  pixelRange: 'zero-one',
  figuresNote: () => binaryNote,
  create: (setting: Setting) => createIwae(setting),
});

const figures = [
  { name: 'elbo', label: 'ELBO', unit: 'nats' },
  { name: 'reconstruction', label: 'reconstruction', unit: 'nats' },
  { name: 'kl', label: 'KL', unit: 'nats' },
] as const;
const [elbo] = figures;

/** Trains the bound of src/models/vae/importance.ts. Departs from Burda et al. in the schedule, an option here and
 *  stages there, and in drawing binary pixels anew in every step. */
function createIwae(setting: Setting): Model {
  const { height, width, channels } = setting.image;
  const pixels = height * width * channels;
  const { latentDim, importanceSamples, learningRate, estimator } = setting.options;
  const parameters = new Parameters(setting.seed);
  const encode = createEncoder(parameters, pixels, setting.options);
  const decode = createDecoder(parameters, pixels, setting);
  const trained = parameters.trainable();
  const adam = createAdam(parameters, '', { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-4 });
  const flat = (images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
  const bound = { name: 'bound', label: `bound of ${importanceSamples} samples`, unit: 'nats' };

  const noise = (samples: number) => (batchSize: number) => ({
    posterior: { shape: [batchSize, samples, latentDim], distribution: 'normal' as const },
    pixels: { shape: [batchSize, pixels], distribution: 'uniform' as const },
  });

  function step({ images, noise: random, scalars }: StepInputs): Losses {
    return tf.tidy(() => {
      const x = binarised(flat(images), random.pixels as tf.Tensor2D);
      const { value, grads } = importanceGradients(
        estimator,
        () => encode(x),
        random.posterior as tf.Tensor3D,
        (z) => bernoulliLogLikelihood(decode(z), x, importanceSamples),
        trained,
      );
      adam.update(grads, scalars.stepSize as tf.Scalar);
      return { bound: tf.neg(value) };
    });
  }

  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: [bound],
    noise: noise(importanceSamples),
    stepSizes: (at) => ({ stepSize: adam.stepSize(at) * scheduleFactor(setting.options, at) }),
    step,
    sample: (latents) =>
      tf.tidy(() => tf.reshape(tf.sigmoid(decode(latents)), [latents.shape[0], height, width, channels])),
    encode: (images) => tf.tidy(() => encode(flat(images)).mean),
    posterior: (images) => tf.tidy(() => ({ ...encode(flat(images)) })),
    latent: { dimension: latentDim, prior: 'normal' },
    goal: { heldOut: elbo, training: bound },
    heldOut: {
      figures,
      noise: noise(1),
      measure: (images, random) =>
        tf.tidy(() => {
          const x = binarised(flat(images), random.pixels as tf.Tensor2D);
          const posterior = encode(x);
          const z = tf.squeeze(samplesOf(posterior, random.posterior as tf.Tensor3D), [1]) as tf.Tensor2D;
          const reconstruction = tf.neg(
            tf.squeeze(bernoulliLogLikelihood(decode(z), x, 1), [1]),
          ) as tf.Tensor1D;
          const kl = klDivergence(posterior);
          return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
        }),
    },
    density: {
      binary: true,
      logWeights: (images, epsilon) =>
        tf.tidy(() => {
          const x = flat(images);
          const [batch, samples] = epsilon.shape;
          const posterior = encode(x);
          const z = samplesOf(posterior, epsilon);
          const logits = decode(tf.reshape(z, [batch * samples, latentDim]));
          return tf.add(bernoulliLogLikelihood(logits, x, samples), logPriorRatio(z, epsilon, posterior));
        }),
    },
    dispose: () => parameters.dispose(),
  };
}

/** Each pixel is 1 with the probability that is its grey level: Salakhutdinov & Murray 2008, anew for every use. */
function binarised(pixels: tf.Tensor2D, uniform: tf.Tensor2D): tf.Tensor2D {
  return tf.cast(tf.less(uniform, pixels), 'float32');
}

/** x → hidden, tanh → hidden, tanh → μ and log σ² */
function createEncoder(parameters: Parameters, pixels: number, values: Setting['options']) {
  const { hiddenUnits, latentDim } = values;
  const layer = layers(parameters, 'encoder');
  const first = layer('hidden1', pixels, hiddenUnits);
  const second = layer('hidden2', hiddenUnits, hiddenUnits);
  const mean = layer('mean', hiddenUnits, latentDim);
  const logVariance = layer('log-variance', hiddenUnits, latentDim);
  return (x: tf.Tensor2D): Posterior => {
    const h = tf.tanh(second(tf.tanh(first(x)))); // [batch, hidden]
    return { mean: mean(h), logVariance: logVariance(h) }; // [batch, latentDim] each
  };
}

/** z → hidden, tanh → hidden, tanh → logits of the pixels, which start at the mean pixel's */
function createDecoder(parameters: Parameters, pixels: number, { options: values, pixelMean }: Setting) {
  const { hiddenUnits, latentDim } = values;
  const layer = layers(parameters, 'decoder');
  const mean = Math.min(0.999, Math.max(0.001, pixelMean));
  const first = layer('hidden1', latentDim, hiddenUnits);
  const second = layer('hidden2', hiddenUnits, hiddenUnits);
  const output = layer('output', hiddenUnits, pixels, {
    kind: 'constant',
    value: Math.log(mean / (1 - mean)),
  });
  return (z: tf.Tensor2D): tf.Tensor2D => output(tf.tanh(second(tf.tanh(first(z))))); // [batch, pixels]
}

function layers(parameters: Parameters, network: string) {
  return (name: string, inputs: number, outputs: number, bias?: Initializer) =>
    dense(parameters, `${network}.${name}`, {
      inputs,
      outputs,
      kernel: glorotUniform(inputs, outputs),
      ...(bias && { bias }),
    });
}
