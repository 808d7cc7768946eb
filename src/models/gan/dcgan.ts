// `dcgan`: the convolutional GAN, with the networks of InfoGAN.
import type { OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting, type Paper } from '../family';
import { createAdversarialModel } from './adversarial';
import { createConvolutionalNetworks } from './convolutional';
import { adversarialOptions, completeOptions } from './options';
import { objectivePapers } from './papers';

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

const options = adversarialOptions(convolutionalDefaults);

type Values = OptionValues<typeof options>;

export const dcgan = defineFamily({
  name: 'dcgan',
  summary: 'convolutional GAN with batch norm: sharper, slower',
  papers: [...convolutionalPapers, ...objectivePapers],
  options,
  defaultEpochs: 10,
  pixelRange: 'minus-one-one',
  complete: (values: Values) => completeOptions(values, convolutionalDefaults),
  batchesPerStep: ({ criticSteps }) => criticSteps as number,
  create: (setting: ModelSetting<Values>) =>
    createAdversarialModel(createConvolutionalNetworks(setting, 'none'), setting.options),
});
