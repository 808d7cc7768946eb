// `vae`: the reference variational autoencoder, 784-400-20.
import * as tf from '@tensorflow/tfjs-core';
import { integer, number, type OptionValues } from '../../config/option';
import { createAdam } from '../adam';
import { defineFamily, type Losses, type Model, type ModelSetting, type StepInputs } from '../family';
import { dense } from '../layers';
import { maxBatchSize, maxHiddenUnits, maxLatentDim } from '../limits';
import { fanInUniform, Parameters } from '../parameters';
import { bernoulliReconstruction, klDivergence, type Posterior, reparameterise } from './elbo';
import { bernoulliLogLikelihood, logPriorRatio, samplesOf } from './importance';

const options = {
  latentDim: integer({
    description: 'size of the latent vector',
    default: 20,
    min: 1,
    max: maxLatentDim,
    why: 'the 784-400-20 reference network',
  }),
  hiddenUnits: integer({
    description: 'width of the hidden layer of encoder and decoder',
    default: 400,
    min: 1,
    max: maxHiddenUnits,
    why: 'Kingma & Welling 2013 use 500; 400 is the widespread reference',
  }),
  batchSize: integer({ description: 'images in a training step', default: 128, min: 1, max: maxBatchSize }),
  learningRate: number({
    description: "Adam's learning rate",
    default: 1e-3,
    above: 0,
    why: 'Kingma & Ba 2015, the default of Adam',
  }),
};

type Setting = ModelSetting<OptionValues<typeof options>>;

export const vae = defineFamily({
  name: 'vae',
  summary: 'variational autoencoder of multilayer perceptrons, pixels as Bernoulli means',
  papers: [
    {
      title: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
      url: 'https://arxiv.org/abs/1312.6114',
    },
  ],
  options,
  defaultEpochs: 20,
  pixelRange: 'zero-one',
  create: (setting: Setting) => createVae(setting),
});

const figures = [
  { name: 'elbo', label: 'ELBO', unit: 'nats' },
  { name: 'reconstruction', label: 'reconstruction', unit: 'nats' },
  { name: 'kl', label: 'KL', unit: 'nats' },
] as const;

/** log p(x) ≥ ELBO = E_q log p(x|z) − KL(q(z|x) ‖ p(z)), Kingma & Welling 2013, eq. 3, one sample of z an image.
 *  What is minimised is the batch mean of −ELBO = reconstruction + KL, each summed over its dimensions: nats. */
function createVae(setting: Setting): Model {
  const { height, width, channels } = setting.image;
  const pixels = height * width * channels;
  const { latentDim, learningRate } = setting.options;
  const parameters = new Parameters(setting.seed);
  const encode = createEncoder(parameters, pixels, setting.options);
  const decode = createDecoder(parameters, pixels, setting.options);
  const trained = parameters.trainable();
  const adam = createAdam(parameters, '', { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const noise = (batchSize: number) => ({
    posterior: { shape: [batchSize, latentDim], distribution: 'normal' as const },
  });

  /** The halves of −ELBO of each image. */
  function bound(images: tf.Tensor4D, epsilon: tf.Tensor2D) {
    const x = tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
    const posterior = encode(x);
    const logits = decode(reparameterise(posterior, epsilon));
    return { reconstruction: bernoulliReconstruction(logits, x), kl: klDivergence(posterior) }; // [batch] each
  }

  function step(inputs: StepInputs): Losses {
    return tf.tidy(() => {
      let halves: { reconstruction: tf.Scalar; kl: tf.Scalar } | undefined;
      const { value, grads } = tf.variableGrads(() => {
        const { reconstruction, kl } = bound(inputs.images, inputs.noise.posterior as tf.Tensor2D);
        halves = {
          reconstruction: tf.keep(tf.mean(reconstruction)),
          kl: tf.keep(tf.mean(kl)),
        };
        return tf.add(halves.reconstruction, halves.kl);
      }, trained);
      adam.update(grads, inputs.scalars.stepSize as tf.Scalar);
      return { elbo: tf.neg(value), ...halves };
    });
  }

  return {
    variables: parameters.variables,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: figures,
    noise,
    scalars: (at) => ({ stepSize: adam.stepSize(at) }),
    step,
    sample: (latents) =>
      tf.tidy(() => tf.reshape(tf.sigmoid(decode(latents)), [latents.shape[0], height, width, channels])),
    encode: (images) =>
      tf.tidy(() => encode(tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D).mean),
    figuresNote:
      'ELBO and reconstruction are a cross-entropy with grey levels as Bernoulli means, no likelihood of grey images',
    latent: { dimension: latentDim, prior: 'normal' },
    density: {
      binary: true,
      logWeights: (images, epsilon) =>
        tf.tidy(() => {
          const x = tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
          const [batch, samples] = epsilon.shape;
          const posterior = encode(x);
          const z = samplesOf(posterior, epsilon);
          const logits = decode(tf.reshape(z, [batch * samples, latentDim]));
          return tf.add(bernoulliLogLikelihood(logits, x, samples), logPriorRatio(z, epsilon, posterior));
        }),
    },
    heldOut: {
      figures,
      noise,
      measure: (images, random) =>
        tf.tidy(() => {
          const { reconstruction, kl } = bound(images, random.posterior as tf.Tensor2D);
          return { elbo: tf.neg(tf.add(reconstruction, kl)) as tf.Tensor1D, reconstruction, kl };
        }),
    },
    dispose: () => parameters.dispose(),
  };
}

/** x → hidden, ReLU → μ and log σ² */
function createEncoder(parameters: Parameters, pixels: number, values: Setting['options']) {
  const { hiddenUnits, latentDim } = values;
  const kernel = fanInUniform(hiddenUnits);
  const hidden = dense(parameters, 'encoder.hidden', {
    inputs: pixels,
    outputs: hiddenUnits,
    kernel: fanInUniform(pixels),
  });
  const mean = dense(parameters, 'encoder.mean', { inputs: hiddenUnits, outputs: latentDim, kernel });
  const logVariance = dense(parameters, 'encoder.log-variance', {
    inputs: hiddenUnits,
    outputs: latentDim,
    kernel,
  });
  return (x: tf.Tensor2D): Posterior => {
    const h = tf.relu(hidden(x)); // [batch, hidden]
    return { mean: mean(h), logVariance: logVariance(h) }; // [batch, latentDim] each
  };
}

/** z → hidden, ReLU → logits of the pixels */
function createDecoder(parameters: Parameters, pixels: number, values: Setting['options']) {
  const { hiddenUnits, latentDim } = values;
  const hidden = dense(parameters, 'decoder.hidden', {
    inputs: latentDim,
    outputs: hiddenUnits,
    kernel: fanInUniform(latentDim),
  });
  const output = dense(parameters, 'decoder.output', {
    inputs: hiddenUnits,
    outputs: pixels,
    kernel: fanInUniform(hiddenUnits),
  });
  return (z: tf.Tensor2D): tf.Tensor2D => output(tf.relu(hidden(z))); // [batch, pixels]
}
