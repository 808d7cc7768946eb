// `vq-vae`: images as small grids of discrete codes, and a prior that draws such grids.
import * as tf from '@tensorflow/tfjs-core';
import { integer, number, type OptionValues } from '../../config/option';
import { createAdam } from '../adam-optimizer';
import { defineFamily, type Losses, type Model, type ModelSetting, type StepInputs } from '../family';
import { maxBatchSize } from '../limits';
import { Parameters } from '../parameters';
import { codeCrossEntropy, createCodePrior } from './code-prior';
import { bernoulliReconstruction } from './elbo';
import { middleOf, normalCdf, normalQuantile } from './quantile';
import { stopGradient, straightThrough } from './stop-gradient';
import { createVectorQuantiser, nearestCodes, perplexity } from './vector-quantiser';
import { createCodeDecoder, createCodeEncoder, stagesOf } from './vq-networks';

const options = {
  codes: integer({
    description: 'codes in the codebook',
    default: 128,
    min: 2,
    max: 8192,
    search: { among: [64, 128, 256] },
    why: 'MNIST keeps about 100 in use; van den Oord et al. 2017 use 512 for colour photographs',
  }),
  codeDim: integer({ description: 'size of a code', default: 32, min: 1, max: 1024 }),
  hiddenChannels: integer({
    description: 'channels of the hidden layers of encoder and decoder',
    default: 64,
    min: 2,
    max: 1024,
  }),
  priorChannels: integer({ description: 'channels of the prior', default: 64, min: 1, max: 1024 }),
  priorLayers: integer({ description: 'gated layers of the prior', default: 4, min: 1, max: 64 }),
  commitment: number({
    description: 'weight β that holds what is encoded near its code',
    default: 0.25,
    min: 0,
    search: { from: 0.1, to: 2, log: true },
    why: 'van den Oord et al. 2017, section 3.2',
  }),
  codebookDecay: number({
    description: "share of the codes' running means that each step keeps",
    default: 0.99,
    min: 0,
    max: 0.9999,
    why: 'van den Oord et al. 2017, appendix A.1',
  }),
  batchSize: integer({ description: 'images in a training step', default: 64, min: 1, max: maxBatchSize }),
  learningRate: number({
    description: "Adam's learning rate for encoder and decoder",
    default: 3e-4,
    above: 0,
    search: { from: 1e-4, to: 2e-3, log: true },
    why: 'ELBO of −180 nats after an epoch of MNIST, against −190 at 1e-3; van den Oord et al. 2017 use 2e-4',
  }),
  priorLearningRate: number({
    description: "Adam's learning rate for the prior",
    default: 1e-3,
    above: 0,
    search: { from: 3e-4, to: 5e-3, log: true },
  }),
};

type Setting = ModelSetting<OptionValues<typeof options>>;

export const vqVae = defineFamily({
  name: 'vq-vae',
  summary: 'discrete codes for small patches, and an autoregressive prior that draws them',
  papers: [
    {
      title: 'van den Oord et al. 2017, Neural Discrete Representation Learning',
      url: 'https://arxiv.org/abs/1711.00937',
    },
    {
      title: 'van den Oord et al. 2016, Conditional Image Generation with PixelCNN Decoders (the prior)',
      url: 'https://arxiv.org/abs/1606.05328',
    },
  ],
  options,
  defaultEpochs: 5,
  pixelRange: 'zero-one',
  figuresNote: () =>
    'ELBO and reconstruction are a cross-entropy with grey levels as Bernoulli means, no likelihood of grey images',
  create: (setting: Setting) => createVqVae(setting),
});

const figures = [
  { name: 'elbo', label: 'ELBO', unit: 'nats' },
  { name: 'reconstruction', label: 'reconstruction', unit: 'nats' },
  { name: 'prior', label: 'prior', unit: 'nats' },
  { name: 'perplexity', label: 'codes in use' },
] as const;

/**
 * van den Oord et al. 2017, eq. 3, with the codebook term replaced by running means (appendix A.1):
 * −log p(x|e) + β ‖z − sg(e)‖², summed over pixels and over the grid, batch mean; e is the code nearest to z, and the
 * gradient of e goes to z. −log p(x|e) is the cross-entropy of pixels read as Bernoulli means, in nats.
 *
 * The paper trains the prior afterwards; here it follows the codes in the same step, with its own Adam, and changes
 * nothing but itself. Its loss is −log p(grid of codes), nats. log p(x) ≥ log p(x|e) + log p(e), for the encoder picks
 * one grid with certainty: that sum is `elbo`.
 */
function createVqVae(setting: Setting): Model {
  const { height, width, channels } = setting.image;
  const { codes, codeDim, commitment, codebookDecay } = setting.options;
  const stages = stagesOf(height, width);
  const [gridHeight, gridWidth] = stages.at(-1) as readonly [number, number];
  const positions = gridHeight * gridWidth;
  const parameters = new Parameters(setting.seed);
  const shape = { stages, channels, hidden: setting.options.hiddenChannels, codeDim };
  const encode = createCodeEncoder(parameters, 'encoder', shape);
  const decode = createCodeDecoder(parameters, 'decoder', shape);
  const quantiser = createVectorQuantiser(parameters, 'codebook', { codes, codeDim, decay: codebookDecay });
  const prior = createCodePrior(parameters, 'prior', {
    height: gridHeight,
    width: gridWidth,
    codes,
    channels: setting.options.priorChannels,
    layers: setting.options.priorLayers,
  });
  const rates = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const coders = ['encoder.', 'decoder.'].map((prefix) =>
    createAdam(parameters, prefix, { ...rates, learningRate: setting.options.learningRate }),
  );
  const priorAdam = createAdam(parameters, 'prior.', {
    ...rates,
    learningRate: setting.options.priorLearningRate,
  });
  const coded = [...parameters.trainable('encoder.'), ...parameters.trainable('decoder.')];

  const flat = (x: tf.Tensor4D, size: number) => tf.reshape(x, [-1, size]) as tf.Tensor2D;
  const onGrid = (x: tf.Tensor2D) => tf.reshape(x, [-1, gridHeight, gridWidth, codeDim]) as tf.Tensor4D;
  /** −log p(x|e) of each image. @param quantised [batch · positions, codeDim] @returns [batch] */
  const reconstruction = (images: tf.Tensor4D, quantised: tf.Tensor2D) => {
    const pixels = height * width * channels;
    return bernoulliReconstruction(flat(decode(onGrid(quantised)), pixels), flat(images, pixels));
  };
  /** −log p(e) of each image. @param chosen one-hot, [batch · positions, codes] @returns [batch] */
  const priorLoss = (chosen: tf.Tensor2D) =>
    tf.sum(tf.reshape(codeCrossEntropy(prior.logits(chosen), chosen), [-1, positions]), 1) as tf.Tensor1D;
  /** The codes of images. @returns one-hot, [batch · positions, codes] */
  const codesOf = (images: tf.Tensor4D) => nearestCodes(flat(encode(images), codeDim), quantiser.codebook());

  /** Trains encoder, decoder and codebook. @returns the codes, one-hot, [batch · positions, codes], and the loss */
  function stepCodes({ images, noise, scalars }: StepInputs) {
    let kept: { chosen: tf.Tensor2D; error: tf.Scalar } | undefined;
    const { grads } = tf.variableGrads(() => {
      const z = flat(encode(images), codeDim); // [batch · positions, codeDim]
      quantiser.revive(z, noise.picks as tf.Tensor1D, noise.jitter as tf.Tensor2D);
      const codebook = quantiser.codebook();
      const chosen = nearestCodes(z, codebook);
      const nearest = stopGradient<tf.Tensor2D>(tf.matMul(chosen, codebook));
      quantiser.follow(z, chosen);
      const error = tf.mean(reconstruction(images, straightThrough(z, nearest))) as tf.Scalar;
      const distance = tf.div(tf.sum(tf.squaredDifference(z, nearest)), images.shape[0]);
      kept = { chosen: tf.keep(chosen), error: tf.keep(error) };
      return tf.add(error, tf.mul(distance, commitment)) as tf.Scalar;
    }, coded);
    for (const adam of coders) adam.update(grads, scalars.stepSize as tf.Scalar);
    return kept as { chosen: tf.Tensor2D; error: tf.Scalar };
  }

  function step(inputs: StepInputs): Losses {
    return tf.tidy(() => {
      const { chosen, error } = stepCodes(inputs);
      const { value, grads } = tf.variableGrads(
        () => tf.mean(priorLoss(chosen)) as tf.Scalar,
        parameters.trainable('prior.'),
      );
      priorAdam.update(grads, inputs.scalars.priorStepSize as tf.Scalar);
      const used = perplexity(chosen);
      chosen.dispose();
      return {
        elbo: tf.neg(tf.add(error, value)) as tf.Scalar,
        reconstruction: error,
        prior: value,
        perplexity: used,
      };
    });
  }

  return {
    variables: parameters.variables,
    parameterCounts: {
      encoder: parameters.count('encoder.'),
      decoder: parameters.count('decoder.'),
      codebook: codes * codeDim,
      prior: parameters.count('prior.'),
    },
    losses: figures,
    noise: () => ({
      picks: { shape: [codes], distribution: 'uniform' },
      jitter: { shape: [codes, codeDim], distribution: 'normal' },
    }),
    scalars: (at) => ({
      stepSize: (coders[0] as (typeof coders)[number]).stepSize(at),
      priorStepSize: priorAdam.stepSize(at),
    }),
    step,
    sample: (latents) =>
      tf.tidy(() => {
        const quantised = tf.matMul<tf.Tensor2D>(prior.draw(normalCdf(latents)), quantiser.codebook());
        return tf.sigmoid(decode(onGrid(quantised)));
      }),
    encode: (images) =>
      tf.tidy(() => {
        const chosen = codesOf(images);
        const middle = middleOf(tf.softmax(prior.logits(chosen)) as tf.Tensor2D, chosen);
        return tf.reshape(normalQuantile(middle), [-1, positions]) as tf.Tensor2D;
      }),
    latent: { dimension: positions, prior: 'normal' },
    heldOut: {
      figures,
      noise: () => ({}),
      measure: (images) =>
        tf.tidy(() => {
          const chosen = codesOf(images);
          const error = reconstruction(images, tf.matMul<tf.Tensor2D>(chosen, quantiser.codebook()));
          const priorError = priorLoss(chosen);
          return {
            elbo: tf.neg(tf.add(error, priorError)) as tf.Tensor1D,
            reconstruction: error,
            prior: priorError,
            // That of all images measured together, which have no such figure each.
            perplexity: tf.mul(tf.onesLike(error), perplexity(chosen)) as tf.Tensor1D,
          };
        }),
    },
    dispose: () => parameters.dispose(),
  };
}
