// `gan`: the multilayer-perceptron GAN of the article, made right.
import * as tf from '@tensorflow/tfjs-core';
import type { OptionValues } from '../../config/option';
import { leakyRelu } from '../../tensor/ops/leaky-relu';
import { averaged } from '../average';
import { defineFamily, type FamilyRecipe, type ModelSetting } from '../family';
import { batchNorm, dense, type KernelTransform, trackedBatchNorm } from '../layers';
import { fanInUniform, heNormal, Parameters } from '../parameters';
import { spectralNorm } from '../spectral-norm';
import { createAdversarialModel } from './adversarial';
import type { Generate, Networks } from './networks';
import { adversarialOptions, completeOptions } from './options';
import { objectivePapers, relativisticPaper } from './papers';

const slope = 0.2;
const generatorWidths = [256, 512, 1024] as const;
const discriminatorWidths = [512, 256] as const;

const defaults = {
  loss: 'bce',
  latentDim: 100,
  batchSize: 128,
  generatorLearningRate: 1e-3,
  discriminatorLearningRate: 5e-4,
  beta1: 0,
  beta1Why: 'a third of the FID of 0.5 after ten epochs of 10,000 images',
  normalisation: 'none',
  why: "the article's latent and batch; rates as `aigc tune` found them",
} as const;

const options = adversarialOptions(defaults);

type Values = OptionValues<typeof options>;

const recipes = [
  {
    name: 'r3',
    summary:
      'relativistic pairs, R1 and R2, no normalisation anywhere: for comparison, since the default is ahead of it in short runs (400 steps of the built-in digits, a minute of native: FID 30.1 of 2,000 samples, and 20.2 by default)',
    papers: [relativisticPaper],
    options: {
      loss: 'relativistic',
      normalisation: 'none',
      generatorNormalisation: 'none',
      generatorLearningRate: 1e-3,
      discriminatorLearningRate: 1e-3,
      r1: 10,
      r2: 10,
    },
  },
] satisfies readonly FamilyRecipe[];

export const gan = defineFamily({
  name: 'gan',
  summary: 'generative adversarial network of multilayer perceptrons',
  papers: [
    { title: 'Goodfellow et al. 2014, Generative Adversarial Nets', url: 'https://arxiv.org/abs/1406.2661' },
    ...objectivePapers,
  ],
  options,
  defaultEpochs: 30,
  leastSteps: 2000,
  recipes,
  pixelRange: 'minus-one-one',
  complete: (values: Values) => completeOptions(values, defaults),
  batchesPerStep: ({ criticSteps }) => criticSteps as number,
  create: (setting: ModelSetting<Values>) => createAdversarialModel(createNetworks(setting), setting.options),
});

/** G: z → 256 → 512 → 1024 → pixels, batch norm on all but the first and last, tanh. D: pixels → 512 → 256 → 1.
 *  Leaky ReLU 0.2 between (Radford et al. 2016, section 3, arxiv.org/abs/1511.06434). */
function createNetworks({ image, seed, options: values }: ModelSetting<Values>): Networks {
  const { height, width, channels } = image;
  const pixels = height * width * channels;
  const { latentDim, normalisation, generatorNormalisation, ema } = values;
  const parameters = new Parameters(seed);
  const spectral = normalisation === 'spectral' ? spectralNorm(parameters) : undefined;
  const generator = (under: Parameters): Generate => {
    const generate = createGenerator(under, latentDim, pixels, generatorNormalisation === 'batch');
    return (latents, mode) =>
      tf.reshape(generate(latents, mode), [latents.shape[0], height, width, channels]) as tf.Tensor4D;
  };
  const generate = generator(parameters);
  const discriminate = createDiscriminator(
    parameters,
    pixels,
    normalisation === 'batch',
    spectral?.transform,
  );
  return {
    parameters,
    latentDim,
    classCount: 0,
    classifies: false,
    generate,
    generateAverage: ema > 0 ? generator(averaged(parameters)) : undefined,
    discriminate: (images) => ({
      logits: discriminate(tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D),
    }),
    judgesTogether: normalisation !== 'batch',
    ...(spectral && { refresh: spectral.refresh }),
  };
}

function createGenerator(parameters: Parameters, latentDim: number, pixels: number, normed: boolean) {
  const start = (fanIn: number) => (normed ? fanInUniform(fanIn) : heNormal(fanIn));
  const sizes = [latentDim, ...generatorWidths];
  const hidden = generatorWidths.map((outputs, i) => {
    const inputs = sizes[i] as number;
    const name = `generator.dense${i + 1}`;
    return {
      apply: dense(parameters, name, { inputs, outputs, kernel: start(inputs) }),
      normalise:
        i === 0 || !normed
          ? undefined
          : trackedBatchNorm<tf.Tensor2D>(parameters, `generator.norm${i + 1}`, outputs),
    };
  });
  const inputs = generatorWidths[generatorWidths.length - 1] as number;
  const output = dense(parameters, 'generator.output', {
    inputs,
    outputs: pixels,
    kernel: fanInUniform(inputs),
  });

  return (latents: tf.Tensor2D, mode: 'train' | 'infer'): tf.Tensor2D => {
    let x = latents; // [batch, latentDim]
    for (const { apply, normalise } of hidden) {
      x = apply(x); // [batch, width]
      x = leakyRelu(normalise ? normalise(x, mode) : x, slope);
    }
    return tf.tanh(output(x)); // [batch, pixels] in [−1, 1]
  };
}

function createDiscriminator(
  parameters: Parameters,
  pixels: number,
  normed: boolean,
  transform: KernelTransform | undefined,
) {
  const sizes = [pixels, ...discriminatorWidths, 1];
  const layers = sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] as number;
    const name = `discriminator.dense${i + 1}`;
    return dense(parameters, name, { inputs, outputs, kernel: fanInUniform(inputs), transform });
  });
  const norm = normed
    ? batchNorm<tf.Tensor2D>(parameters, 'discriminator.norm2', discriminatorWidths[1])
    : undefined;
  return (images: tf.Tensor2D): tf.Tensor2D =>
    layers.reduce((x, layer, i) => {
      if (i === 0) return layer(x);
      return layer(leakyRelu(i === 2 && norm ? norm(x) : x, slope));
    }, images); // [batch, 1]
}
