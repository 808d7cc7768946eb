// `dcgan`: the convolutional GAN, with the networks of InfoGAN.
import { integer, type OptionValues } from '../../config/option';
import { defineFamily, type FamilyRecipe, type ModelSetting, type Paper } from '../family';
import { createAdversarialModel } from './adversarial';
import { createConvolutionalNetworks } from './convolutional';
import { adversarialOptions, completeOptions } from './options';
import { objectivePapers, relativisticPaper } from './papers';

export const convolutionalDefaults = {
  loss: 'bce',
  latentDim: 62,
  batchSize: 64,
  generatorLearningRate: 1e-3,
  discriminatorLearningRate: 2e-4,
  beta1: 0.5,
  beta1Why: 'Radford et al. 2016: 0.9 makes GAN training oscillate',
  normalisation: 'batch',
  why: 'Chen et al. 2016, appendix C.1',
} as const;

export const convolutionalPapers: readonly Paper[] = [
  { title: 'Radford et al. 2016, Deep Convolutional GANs', url: 'https://arxiv.org/abs/1511.06434' },
  {
    title: 'Chen et al. 2016, InfoGAN, appendix C.1 (the networks)',
    url: 'https://arxiv.org/abs/1606.03657',
  },
];

export const convolutionalOptions = {
  ...adversarialOptions(convolutionalDefaults),
  channels: integer({
    description: 'channels of the first convolution; they double with each',
    default: 64,
    before: 64,
    min: 1,
    max: 512,
    why: convolutionalDefaults.why,
  }),
  hidden: integer({
    description: 'units of the dense layers; 0 for none, and convolutions down to 4 pixels',
    default: 1024,
    before: 1024,
    min: 0,
    max: 4096,
    why: convolutionalDefaults.why,
  }),
};

/** Smaller networks for sets of few images: they learn as much in a tenth of the time and of the disk (docs/small-sets.md),
 *  and are kept from learning the images by heart. */
export const fewImages = {
  below: 1000,
  options: { augment: 'translation', channels: 32, hidden: 0 },
} as const;

const options = convolutionalOptions;

type Values = OptionValues<typeof options>;

const recipes = [
  {
    name: 'r3',
    summary:
      'relativistic pairs, R1 and R2, no normalisation anywhere, small networks: readable digits after 3 minutes of wasm (1,200 steps of the built-in digits on two quiet cores: FID 10.7 of 2,000 samples, 0.36 of real ones)',
    papers: [relativisticPaper],
    options: {
      loss: 'relativistic',
      normalisation: 'none',
      generatorNormalisation: 'none',
      channels: 32,
      hidden: 0,
      generatorLearningRate: 1e-3,
      discriminatorLearningRate: 1e-3,
      batchSize: 32,
      r1: 10,
      r2: 10,
      ema: 0.98,
    },
  },
  {
    name: 'tuned',
    summary:
      'small networks, and the learning rates and β₁ that `aigc tune` found for them: 24,000 steps of MNIST, 15 minutes of native on two cores, FID 0.72 (0.19 of real ones)',
    papers: convolutionalPapers.slice(0, 1),
    options: {
      channels: 32,
      hidden: 0,
      generatorLearningRate: 1.9e-3,
      discriminatorLearningRate: 7.5e-4,
      beta1: 0,
    },
  },
] satisfies readonly FamilyRecipe[];

export const dcgan = defineFamily({
  name: 'dcgan',
  summary: 'convolutional GAN with batch norm: sharper, slower',
  papers: [...convolutionalPapers, ...objectivePapers],
  options,
  defaultEpochs: 10,
  leastSteps: 4000,
  fewImages,
  recipes,
  pixelRange: 'minus-one-one',
  complete: (values: Values) => completeOptions(values, convolutionalDefaults),
  batchesPerStep: ({ criticSteps }) => criticSteps as number,
  create: (setting: ModelSetting<Values>) =>
    createAdversarialModel(createConvolutionalNetworks(setting, 'none'), setting.options),
});
