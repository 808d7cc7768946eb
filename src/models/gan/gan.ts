// `gan`: the multilayer-perceptron GAN of the article, made right.
import * as tf from '@tensorflow/tfjs-core';
import type { OptionValues } from '../../config/option';
import { leakyRelu } from '../../tensor/ops/leaky-relu';
import { defineFamily, type ModelSetting } from '../family';
import { dense, trackedBatchNorm } from '../layers';
import { fanInUniform, Parameters } from '../parameters';
import { createAdversarialModel, type Networks } from './adversarial';
import { objectives } from './objectives';
import { adversarialOptions, optimizersOf } from './options';

const slope = 0.2;
const generatorWidths = [256, 512, 1024] as const;
const discriminatorWidths = [512, 256] as const;

const options = adversarialOptions({
  latentDim: 100,
  batchSize: 128,
  generatorLearningRate: 5e-4,
  discriminatorLearningRate: 5e-4,
  why: "the article's latent and batch; at its 1e-4, five epochs of 10,000 images still show noise (docs/log.md)",
});

export const gan = defineFamily({
  name: 'gan',
  summary: 'generative adversarial network of multilayer perceptrons',
  papers: [
    { title: 'Goodfellow et al. 2014, Generative Adversarial Nets', url: 'https://arxiv.org/abs/1406.2661' },
  ],
  options,
  defaultEpochs: 30,
  pixelRange: 'minus-one-one',
  create(setting: ModelSetting<OptionValues<typeof options>>) {
    const { loss } = setting.options;
    return createAdversarialModel(createNetworks(setting), objectives[loss], optimizersOf(setting.options));
  },
});

/** G: z → 256 → 512 → 1024 → pixels, batch norm on all but the first and last, tanh. D: pixels → 512 → 256 → 1.
 *  Leaky ReLU 0.2 between (Radford et al. 2016, section 3, arxiv.org/abs/1511.06434). */
function createNetworks(setting: ModelSetting<OptionValues<typeof options>>): Networks {
  const { height, width, channels } = setting.image;
  const pixels = height * width * channels;
  const parameters = new Parameters(setting.seed);
  const { latentDim } = setting.options;
  const generate = createGenerator(parameters, latentDim, pixels);
  const discriminateRows = createDiscriminator(parameters, pixels);

  const rows = (images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], pixels]) as tf.Tensor2D;
  return {
    parameters,
    latentDim,
    generate: (latents, mode) =>
      tf.reshape(generate(latents, mode), [latents.shape[0], height, width, channels]) as tf.Tensor4D,
    discriminate: (images) => discriminateRows(rows(images)),
    discriminatePair: (real, fake) => {
      const logits = discriminateRows(tf.concat2d([rows(real), rows(fake)], 0));
      const [realLogits, fakeLogits] = tf.split(logits, 2);
      return [realLogits as tf.Tensor2D, fakeLogits as tf.Tensor2D];
    },
  };
}

function createGenerator(parameters: Parameters, latentDim: number, pixels: number) {
  const sizes = [latentDim, ...generatorWidths];
  const hidden = generatorWidths.map((outputs, i) => {
    const inputs = sizes[i] as number;
    const name = `generator.dense${i + 1}`;
    return {
      apply: dense(parameters, name, { inputs, outputs, kernel: fanInUniform(inputs) }),
      normalise:
        i === 0 ? undefined : trackedBatchNorm<tf.Tensor2D>(parameters, `generator.norm${i + 1}`, outputs),
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

function createDiscriminator(parameters: Parameters, pixels: number) {
  const sizes = [pixels, ...discriminatorWidths, 1];
  const layers = sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] as number;
    return dense(parameters, `discriminator.dense${i + 1}`, {
      inputs,
      outputs,
      kernel: fanInUniform(inputs),
    });
  });
  return (images: tf.Tensor2D): tf.Tensor2D =>
    layers.reduce((x, layer, i) => (i === 0 ? layer(x) : layer(leakyRelu(x, slope))), images); // [batch, 1]
}
