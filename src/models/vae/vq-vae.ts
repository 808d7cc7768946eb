// `vq-vae`: images as small grids of discrete codes, and a prior that draws such grids.
import * as tf from '@tensorflow/tfjs-core';
import { createAdam } from '../adam-optimizer';
import { defineFamily, type Losses, type Model, type StepInputs } from '../family';
import { Parameters } from '../parameters';
import { scheduleFactor } from '../schedule';
import { codeCrossEntropy, createCodePrior } from './code-prior';
import { bernoulliReconstruction } from './elbo';
import { oneHot, perplexity } from './one-hot';
import { codeAt, middleOf, normalCdf, normalQuantile } from './quantile';
import { quantisers } from './quantisers';
import { createCodeDecoder, createCodeEncoder, stagesOf } from './vq-networks';
import { options, type Setting } from './vq-options';

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
    {
      title: 'Mentzer et al. 2023, Finite Scalar Quantization: VQ-VAE Made Simple (--quantiser fsq)',
      url: 'https://arxiv.org/abs/2309.15505',
    },
  ],
  options,
  defaultEpochs: 5,
  leastSteps: 500,
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
const [elbo] = figures;

/**
 * van den Oord et al. 2017, eq. 3, with the codebook term replaced by running means (appendix A.1):
 * −log p(x|e) + β ‖z − sg(e)‖², summed over pixels and over the grid, batch mean; what e is of z, and the
 * second term, is the quantiser's: fsq has none. −log p(x|e) is the cross-entropy of pixels read as Bernoulli means, in nats.
 *
 * The paper trains the prior afterwards; here it follows the codes in the same step, with its own Adam, and changes
 * nothing but itself. Its loss is −log p(grid of codes), nats. log p(x) ≥ log p(x|e) + log p(e), for the encoder picks
 * one grid with certainty: that sum is `elbo`.
 */
function createVqVae(setting: Setting): Model {
  const parameters = new Parameters(setting.seed);
  const coder = createCoder(parameters, setting);
  const prior = createPrior(parameters, setting.options, coder);
  const trainers = createTrainers(parameters, setting.options);
  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: {
      encoder: parameters.count('encoder.'),
      decoder: parameters.count('decoder.'),
      ...coder.quantiser.parameterCounts,
      prior: parameters.count('prior.'),
    },
    losses: figures,
    noise: () => coder.quantiser.noise,
    stepSizes: trainers.stepSizes,
    step: (inputs) => tf.tidy(() => step(inputs, coder, prior, trainers)),
    sample: (latents) =>
      tf.tidy(() => tf.sigmoid(coder.logits(coder.quantiser.vectorsOf(prior.draw(latents))))),
    passes: {
      count: coder.positions,
      rows: coder.positions,
      columns: coder.codes,
      next: (chosen, latents) => tf.tidy(() => prior.next(chosen, latents)),
      finish: (chosen) => tf.tidy(() => tf.sigmoid(coder.logits(coder.quantiser.vectorsOf(chosen)))),
    },
    encode: (images) => tf.tidy(() => prior.locate(coder.codesOf(images))),
    latent: { dimension: coder.positions, prior: 'normal' },
    goal: { heldOut: elbo, training: elbo },
    heldOut: {
      figures,
      noise: () => ({}),
      measure: (images) => tf.tidy(() => measure(images, coder, prior)),
    },
    dispose: () => parameters.dispose(),
  };
}

type Coder = ReturnType<typeof createCoder>;

/** Encoder, quantiser and decoder. Vectors on the grid are rows: [batch · positions, codeDim]. */
function createCoder(parameters: Parameters, { image, options: values }: Setting) {
  const { height, width, channels } = image;
  const choice = quantisers[values.quantiser];
  const { codes, codeDim } = choice.shapeOf(values);
  const stages = stagesOf(height, width, values.halvings);
  const [gridHeight, gridWidth] = stages.at(-1) as readonly [number, number];
  const shape = { stages, channels, hidden: values.hiddenChannels, codeDim };
  const encode = createCodeEncoder(parameters, 'encoder', shape);
  const decode = createCodeDecoder(parameters, 'decoder', shape);
  const quantiser = choice.create(parameters, values);

  const flat = (x: tf.Tensor4D, size: number) => tf.reshape(x, [-1, size]) as tf.Tensor2D;
  /** @returns [batch, height, width, channels] */
  const logits = (vectors: tf.Tensor2D) =>
    decode(tf.reshape(vectors, [-1, gridHeight, gridWidth, codeDim]) as tf.Tensor4D);
  const encodeRows = (images: tf.Tensor4D) => flat(encode(images), codeDim);
  return {
    gridHeight,
    gridWidth,
    positions: gridHeight * gridWidth,
    codes,
    quantiser,
    logits,
    encode: encodeRows,
    /** −log p(x|e) of each image. @returns [batch] */
    reconstruction: (images: tf.Tensor4D, vectors: tf.Tensor2D): tf.Tensor1D => {
      const pixels = height * width * channels;
      return bernoulliReconstruction(flat(logits(vectors), pixels), flat(images, pixels));
    },
    /** The codes of images. @returns one-hot, [batch · positions, codes] */
    codesOf: (images: tf.Tensor4D) => quantiser.codesOf(encodeRows(images)),
  };
}

type Prior = ReturnType<typeof createPrior>;

/** What draws grids of codes. */
function createPrior(
  parameters: Parameters,
  { priorChannels, priorLayers }: Setting['options'],
  { gridHeight, gridWidth, positions, codes }: Coder,
) {
  const prior = createCodePrior(parameters, 'prior', {
    height: gridHeight,
    width: gridWidth,
    codes,
    channels: priorChannels,
    layers: priorLayers,
  });
  return {
    /** −log p(e) of each image. @param chosen one-hot, [batch · positions, codes] @returns [batch] */
    loss: (chosen: tf.Tensor2D) =>
      tf.sum(tf.reshape(codeCrossEntropy(prior.logits(chosen), chosen), [-1, positions]), 1) as tf.Tensor1D,
    /** @param latents [batch, positions], normal @returns one-hot, [batch · positions, codes] */
    draw: (latents: tf.Tensor2D) => prior.draw(normalCdf(latents)),
    /** What `draw` chooses at each position after these codes. @param chosen one-hot, [batch · positions, codes] */
    next: (chosen: tf.Tensor2D, latents: tf.Tensor2D) => {
      const uniforms = tf.reshape(normalCdf(latents), [-1, 1]) as tf.Tensor2D;
      return oneHot(codeAt(tf.softmax(prior.logits(chosen)) as tf.Tensor2D, uniforms), codes);
    },
    /** Latents that `draw` makes these codes of. @returns [batch, positions] */
    locate: (chosen: tf.Tensor2D) => {
      const middle = middleOf(tf.softmax(prior.logits(chosen)) as tf.Tensor2D, chosen);
      return tf.reshape(normalQuantile(middle), [-1, positions]) as tf.Tensor2D;
    },
  };
}

type Trainers = ReturnType<typeof createTrainers>;

/** The optimizers, and what they train. */
function createTrainers(parameters: Parameters, values: Setting['options']) {
  const { learningRate, priorLearningRate } = values;
  const rates = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const encoder = createAdam(parameters, 'encoder.', { ...rates, learningRate });
  const decoder = createAdam(parameters, 'decoder.', { ...rates, learningRate });
  const prior = createAdam(parameters, 'prior.', { ...rates, learningRate: priorLearningRate });
  return {
    coders: {
      variables: [...parameters.trainable('encoder.'), ...parameters.trainable('decoder.')],
      adams: [encoder, decoder],
    },
    prior: { variables: parameters.trainable('prior.'), adam: prior },
    stepSizes: (at: number) => {
      const factor = scheduleFactor(values, at);
      return { stepSize: encoder.stepSize(at) * factor, priorStepSize: prior.stepSize(at) * factor };
    },
  };
}

function step(inputs: StepInputs, coder: Coder, prior: Prior, trainers: Trainers): Losses {
  const { chosen, error } = trainCoder(inputs, coder, trainers);
  const { value, grads } = tf.variableGrads(
    () => tf.mean(prior.loss(chosen)) as tf.Scalar,
    trainers.prior.variables,
  );
  trainers.prior.adam.update(grads, inputs.scalars.priorStepSize as tf.Scalar);
  const used = perplexity(chosen);
  chosen.dispose();
  return {
    elbo: tf.neg(tf.add(error, value)) as tf.Scalar,
    reconstruction: error,
    prior: value,
    perplexity: used,
  };
}

/** Trains encoder, decoder and quantiser. @returns the codes, one-hot, [batch · positions, codes], and the loss */
function trainCoder(
  { images, noise, scalars }: StepInputs,
  { quantiser, encode, reconstruction }: Coder,
  { coders }: Trainers,
) {
  let kept: { chosen: tf.Tensor2D; error: tf.Scalar } | undefined;
  const { grads } = tf.variableGrads(() => {
    const z = encode(images); // [batch · positions, codeDim]
    const { chosen, vectors, penalty } = quantiser.train(z, images.shape[0], noise);
    const error = tf.mean(reconstruction(images, vectors)) as tf.Scalar;
    kept = { chosen: tf.keep(chosen), error: tf.keep(error) };
    return penalty ? (tf.add(error, penalty) as tf.Scalar) : error;
  }, coders.variables);
  for (const adam of coders.adams) adam.update(grads, scalars.stepSize as tf.Scalar);
  return kept as { chosen: tf.Tensor2D; error: tf.Scalar };
}

function measure(images: tf.Tensor4D, coder: Coder, prior: Prior) {
  const chosen = coder.codesOf(images);
  const error = coder.reconstruction(images, coder.quantiser.vectorsOf(chosen));
  const priorError = prior.loss(chosen);
  return {
    elbo: tf.neg(tf.add(error, priorError)) as tf.Tensor1D,
    reconstruction: error,
    prior: priorError,
    // That of all images measured together, which have no such figure each.
    perplexity: tf.mul(tf.onesLike(error), perplexity(chosen)) as tf.Tensor1D,
  };
}
