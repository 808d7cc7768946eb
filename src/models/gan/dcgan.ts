// `dcgan`: the convolutional GAN, with the networks of InfoGAN.
import * as tf from '@tensorflow/tfjs-core';
import type { OptionValues } from '../../config/option';
import { leakyRelu } from '../../tensor/ops/leaky-relu';
import { defineFamily, type ModelSetting } from '../family';
import { batchNorm, convolution, dense, type Mode, trackedBatchNorm, transposedConvolution } from '../layers';
import { type Initializer, Parameters } from '../parameters';
import { createAdversarialModel, type Networks } from './adversarial';
import { objectives } from './objectives';
import { adversarialOptions, optimizersOf } from './options';

const slope = 0.2;
/** Radford et al. 2016, section 3: all weights start from N(0, 0.02²). */
const kernel: Initializer = { kind: 'normal', deviation: 0.02 };
const filter = { size: 4, stride: 2, kernel };

const options = adversarialOptions({
  latentDim: 62,
  batchSize: 64,
  generatorLearningRate: 1e-3,
  discriminatorLearningRate: 2e-4,
  why: 'Chen et al. 2016, appendix C.1',
});

export const dcgan = defineFamily({
  name: 'dcgan',
  summary: 'convolutional GAN with batch norm: sharper, slower',
  papers: [
    { title: 'Radford et al. 2016, Deep Convolutional GANs', url: 'https://arxiv.org/abs/1511.06434' },
    {
      title: 'Chen et al. 2016, InfoGAN, appendix C.1 (the networks)',
      url: 'https://arxiv.org/abs/1606.03657',
    },
  ],
  options,
  defaultEpochs: 10,
  pixelRange: 'minus-one-one',
  create(setting: ModelSetting<OptionValues<typeof options>>) {
    const { loss } = setting.options;
    return createAdversarialModel(createNetworks(setting), objectives[loss], optimizersOf(setting.options));
  },
});

function createNetworks(setting: ModelSetting<OptionValues<typeof options>>): Networks {
  const parameters = new Parameters(setting.seed);
  const discriminate = createDiscriminator(parameters, setting);
  return {
    parameters,
    latentDim: setting.options.latentDim,
    generate: createGenerator(parameters, setting),
    discriminate,
    // Batch norm must not mix the statistics of real and generated images (Radford et al. 2016 and its code).
    discriminatePair: (real, fake) => [discriminate(real), discriminate(fake)],
  };
}

/** Sides of an image as strided layers see it: [28, 14, 7] for 28 pixels. */
function halves(side: number): readonly [full: number, half: number, quarter: number] {
  const half = Math.ceil(side / 2);
  return [side, half, Math.ceil(half / 2)];
}

/** G: z → FC 1024 → FC h/4·w/4·128 → 4×4 deconv 64, stride 2 → 4×4 deconv, stride 2, tanh; batch norm and ReLU
 *  between. */
function createGenerator(parameters: Parameters, setting: ModelSetting<OptionValues<typeof options>>) {
  const { image } = setting;
  const [height, halfHeight, quarterHeight] = halves(image.height);
  const [width, halfWidth, quarterWidth] = halves(image.width);
  const base = quarterHeight * quarterWidth * 128;
  const name = (layer: string) => `generator.${layer}`;

  const dense1 = dense(parameters, name('dense1'), {
    inputs: setting.options.latentDim,
    outputs: 1024,
    kernel,
  });
  const norm1 = trackedBatchNorm<tf.Tensor2D>(parameters, name('norm1'), 1024);
  const dense2 = dense(parameters, name('dense2'), { inputs: 1024, outputs: base, kernel });
  const norm2 = trackedBatchNorm<tf.Tensor2D>(parameters, name('norm2'), base);
  const deconv1 = transposedConvolution(parameters, name('deconv1'), {
    ...filter,
    inputs: 128,
    outputs: 64,
    to: [halfHeight, halfWidth],
  });
  const norm3 = trackedBatchNorm<tf.Tensor4D>(parameters, name('norm3'), 64);
  const deconv2 = transposedConvolution(parameters, name('deconv2'), {
    ...filter,
    inputs: 64,
    outputs: image.channels,
    to: [height, width],
  });

  return (latents: tf.Tensor2D, mode: Mode): tf.Tensor4D => {
    const a = tf.relu(norm1(dense1(latents), mode)); // [batch, 1024]
    const b = tf.relu(norm2(dense2(a), mode)); // [batch, h/4 · w/4 · 128]
    const c = tf.reshape(b, [latents.shape[0], quarterHeight, quarterWidth, 128]) as tf.Tensor4D;
    const d = tf.relu(norm3(deconv1(c), mode)); // [batch, h/2, w/2, 64]
    return tf.tanh(deconv2(d)); // [batch, h, w, channels] in [−1, 1]
  };
}

/** D: 4×4 conv 64, stride 2 → 4×4 conv 128, stride 2 → FC 1024 → FC 1; leaky ReLU 0.2, batch norm but on the first. */
function createDiscriminator(parameters: Parameters, setting: ModelSetting<OptionValues<typeof options>>) {
  const { image } = setting;
  const flat = halves(image.height)[2] * halves(image.width)[2] * 128;
  const name = (layer: string) => `discriminator.${layer}`;

  const conv1 = convolution(parameters, name('conv1'), { ...filter, inputs: image.channels, outputs: 64 });
  const conv2 = convolution(parameters, name('conv2'), { ...filter, inputs: 64, outputs: 128 });
  const norm2 = batchNorm<tf.Tensor4D>(parameters, name('norm2'), 128);
  const dense3 = dense(parameters, name('dense3'), { inputs: flat, outputs: 1024, kernel });
  const norm3 = batchNorm<tf.Tensor2D>(parameters, name('norm3'), 1024);
  const output = dense(parameters, name('output'), { inputs: 1024, outputs: 1, kernel });

  return (images: tf.Tensor4D): tf.Tensor2D => {
    const a = leakyRelu(conv1(images), slope); // [batch, h/2, w/2, 64]
    const b = leakyRelu(norm2(conv2(a)), slope); // [batch, h/4, w/4, 128]
    const c = tf.reshape(b, [images.shape[0], flat]) as tf.Tensor2D;
    const d = leakyRelu(norm3(dense3(c)), slope); // [batch, 1024]
    return output(d); // [batch, 1]
  };
}
