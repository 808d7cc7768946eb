// `iwae`: the importance-weighted autoencoder, 784-200-200-50, or with a second latent layer 784-200-200-100-100-100-50.
import * as tf from '@tensorflow/tfjs-core';
import { choice, integer, number, type OptionValues } from '../../config/option';
import { createAdam } from '../adam-optimizer';
import {
  defineFamily,
  type FamilyRecipe,
  type Losses,
  type Model,
  type ModelSetting,
  type StepInputs,
} from '../family';
import { maxBatchSize, maxHiddenUnits, maxLatentDim } from '../limits';
import { Parameters } from '../parameters';
import { scheduleFactor, scheduleOptions } from '../schedule';
import { type Estimation, estimatorNames, weightedGradients } from './importance';
import { binaryNote } from './likelihood';
import { oneLayer } from './stochastic-layers';
import { twoLayers } from './two-layers';

const options = {
  layers: integer({
    description: 'latent layers',
    default: 1,
    min: 1,
    max: 2,
    why: 'Burda et al. 2015 have both, and 1.9 nats more of two',
  }),
  latentDim: integer({
    description: 'size of the latent vector; of two, of the upper one',
    default: 50,
    min: 1,
    max: maxLatentDim,
    search: { from: 8, to: 100, log: true },
    why: 'Burda et al. 2015, section 5',
  }),
  firstLatentDim: integer({
    description: 'size of the latent layer next to the pixels, of two',
    default: 100,
    min: 1,
    max: maxLatentDim,
    onlyWith: { layers: [2] },
    why: 'Burda et al. 2015, section 5',
  }),
  hiddenUnits: integer({
    description:
      'width of the two hidden layers of encoder and decoder; between two latent layers half of it',
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
  sampleSchedule: choice(['constant', 'growing'], {
    description:
      'how many samples a step takes: all of --importance-samples, or over --grow-steps 1, from 40 % of them on a tenth of all, and all in the last tenth (growing)',
    default: 'constant',
    why: 'most of what is to be learnt is learnt from one sample as well as from 50, at twenty times as many images a second',
  }),
  growSteps: integer({
    description: 'steps until all samples are taken (default: the length that the run is started with)',
    min: 1,
    onlyWith: { sampleSchedule: ['growing'] },
    follows: 'length',
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

const burda = {
  title: 'Burda, Grosse & Salakhutdinov 2015, Importance Weighted Autoencoders',
  url: 'https://arxiv.org/abs/1509.00519',
};

const recipes = [
  {
    name: 'iwae-long',
    summary:
      'two latent layers, and samples that grow from 1 to 50 in the course of the run: 68 minutes of native on one core',
    papers: [burda],
    options: { layers: 2, sampleSchedule: 'growing', schedule: 'cooldown', steps: 145_000 },
  },
] satisfies readonly FamilyRecipe[];

type Setting = ModelSetting<OptionValues<typeof options>>;

export const iwae = defineFamily({
  name: 'iwae',
  summary: 'importance-weighted autoencoder, pixels drawn as 0 or 1 anew in every step',
  papers: [
    burda,
    {
      title: 'Tucker, Lawson, Gu & Maddison 2018, Doubly Reparameterized Gradient Estimators',
      url: 'https://arxiv.org/abs/1810.04152',
    },
  ],
  options,
  defaultEpochs: 20,
  leastSteps: 500,
  recipes,
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

/** Trains the bound of src/models/vae/importance.ts. Departs from Burda et al. in drawing binary pixels anew in every step;
 *  their learning rate is --schedule stages. */
function createIwae(setting: Setting): Model {
  const { height, width, channels } = setting.image;
  const pixels = height * width * channels;
  const { learningRate, estimator } = setting.options;
  const parameters = new Parameters(setting.seed);
  const sizes = { ...setting.options, pixels, pixelMean: setting.pixelMean };
  const net = setting.options.layers === 1 ? oneLayer(parameters, sizes) : twoLayers(parameters, sizes);
  const { posterior, latentDim } = net;
  const trained = parameters.trainable();
  const adam = createAdam(parameters, '', { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-4 });
  const flat = (images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
  const bound = { name: 'bound', label: boundLabel(setting.options), unit: 'nats' };

  const noise = (batchSize: number, samples: number) => ({
    posterior: { shape: [batchSize, samples, latentDim], distribution: 'normal' as const },
    pixels: { shape: [batchSize, pixels], distribution: 'uniform' as const },
  });

  function step({ images, noise: random, scalars }: StepInputs): Losses {
    return tf.tidy(() => {
      const x = binarised(flat(images), random.pixels as tf.Tensor2D);
      const epsilon = random.posterior as tf.Tensor3D;
      const logWeights = (how: Estimation) => net.logWeights(x, epsilon, how);
      const { value, grads } = weightedGradients(estimator, logWeights, trained);
      adam.update(grads, scalars.stepSize as tf.Scalar);
      return { bound: tf.neg(value) };
    });
  }

  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: [bound],
    noise: (batchSize, at) => noise(batchSize, samplesAt(setting.options, at)),
    stepSizes: (at) => ({ stepSize: adam.stepSize(at) * scheduleFactor(setting.options, at) }),
    step,
    sample: (latents) =>
      tf.tidy(() => tf.reshape(tf.sigmoid(net.decode(latents)), [latents.shape[0], height, width, channels])),
    encode: (images) => tf.tidy(() => net.encode(flat(images))),
    ...(posterior && { posterior: (images) => tf.tidy(() => ({ ...posterior(flat(images)) })) }),
    latent: { dimension: latentDim, prior: 'normal' },
    goal: { heldOut: elbo, training: bound },
    heldOut: {
      figures,
      noise: (batchSize) => noise(batchSize, 1),
      measure: (images, random) =>
        tf.tidy(() => {
          const x = binarised(flat(images), random.pixels as tf.Tensor2D);
          return net.lowerBound(x, random.posterior as tf.Tensor3D);
        }),
    },
    density: {
      binary: true,
      logWeights: (images, epsilon) => tf.tidy(() => net.logWeights(flat(images), epsilon)),
    },
    dispose: () => parameters.dispose(),
  };
}

type SampleValues = Pick<OptionValues<typeof options>, 'importanceSamples' | 'sampleSchedule' | 'growSteps'>;

/** Samples an image at training step `step`, 0 being the first. */
function samplesAt({ importanceSamples, sampleSchedule, growSteps }: SampleValues, step: number): number {
  if (sampleSchedule === 'constant' || growSteps === undefined) return importanceSamples;
  const done = step / growSteps;
  if (done < 0.4) return 1;
  return done < 0.9 ? Math.max(1, Math.round(importanceSamples / 10)) : importanceSamples;
}

const boundLabel = ({ importanceSamples, sampleSchedule }: SampleValues) =>
  sampleSchedule === 'constant' ? `bound of ${importanceSamples} samples` : 'bound';

/** Each pixel is 1 with the probability that is its grey level: Salakhutdinov & Murray 2008, anew for every use. */
function binarised(pixels: tf.Tensor2D, uniform: tf.Tensor2D): tf.Tensor2D {
  return tf.cast(tf.less(uniform, pixels), 'float32');
}
