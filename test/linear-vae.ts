// `linear-vae`: a variational autoencoder of one affine map each way.
import * as tf from '@tensorflow/tfjs-core';
import { integer, number, type OptionValues } from '../src/config/option';
import { createAdam } from '../src/models/adam-optimizer';
import { defineFamily, type Model, type ModelSetting, type StepInputs } from '../src/models/family';
import { dense } from '../src/models/layers';
import { glorotUniform, Parameters } from '../src/models/parameters';
import { bernoulliReconstruction, klDivergence, reparameterise } from '../src/models/vae/elbo';

const options = {
  latentDim: integer({ description: 'size of the latent vector', default: 20, min: 1 }),
  batchSize: integer({ description: 'images in a training step', default: 128, min: 1 }),
  learningRate: number({ description: "Adam's learning rate", default: 1e-3, above: 0 }),
};

export const linearVae = defineFamily({
  name: 'linear-vae',
  summary: 'variational autoencoder of one affine map each way',
  papers: [
    {
      title: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
      url: 'https://arxiv.org/abs/1312.6114',
    },
  ],
  options,
  defaultEpochs: 10,
  pixelRange: 'zero-one',
  create: (setting: ModelSetting<OptionValues<typeof options>>) => createLinearVae(setting),
});

function createLinearVae({
  image,
  options: values,
  seed,
}: ModelSetting<OptionValues<typeof options>>): Model {
  const { height, width, channels } = image;
  const pixels = height * width * channels;
  const { latentDim, learningRate } = values;

  const parameters = new Parameters(seed);
  const layer = (name: string, inputs: number, outputs: number) =>
    dense(parameters, name, { inputs, outputs, kernel: glorotUniform(inputs, outputs) });
  const mean = layer('encoder.mean', pixels, latentDim);
  const logVariance = layer('encoder.log-variance', pixels, latentDim);
  const decode = layer('decoder', latentDim, pixels);
  const adam = createAdam(parameters, '', { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });

  /** −ELBO, batch mean, in nats. */
  function bound(images: tf.Tensor4D, noise: tf.Tensor2D): tf.Scalar {
    const x = tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
    const posterior = { mean: mean(x), logVariance: logVariance(x) }; // [batch, latentDim] each
    const logits = decode(reparameterise(posterior, noise)); // [batch, pixels]
    return tf.mean(tf.add(bernoulliReconstruction(logits, x), klDivergence(posterior)));
  }

  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { encoder: parameters.count('encoder.'), decoder: parameters.count('decoder.') },
    losses: [{ name: 'elbo', label: 'ELBO', unit: 'nats' }],
    noise: (batchSize) => ({ posterior: { shape: [batchSize, latentDim], distribution: 'normal' } }),
    stepSizes: (step) => ({ stepSize: adam.stepSize(step) }),
    step: (inputs: StepInputs) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => bound(inputs.images, inputs.noise.posterior as tf.Tensor2D),
          parameters.trainable(),
        );
        adam.update(grads, inputs.scalars.stepSize as tf.Scalar);
        return { elbo: tf.neg(value) };
      }),
    sample: (latents) =>
      tf.tidy(() => tf.reshape(tf.sigmoid(decode(latents)), [latents.shape[0], height, width, channels])),
    latent: { dimension: latentDim, prior: 'normal' },
    dispose: () => parameters.dispose(),
  };
}
