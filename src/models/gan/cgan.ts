// `cgan`: draws the class that it is asked for; its discriminator weighs image and class together.
import type { OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { createAdversarialModel } from './adversarial';
import { createConvolutionalNetworks } from './convolutional';
import { convolutionalDefaults, convolutionalOptions, convolutionalPapers, fewImages } from './dcgan';
import { completeOptions } from './options';

const options = convolutionalOptions;

type Values = OptionValues<typeof options>;

export const cgan = defineFamily({
  name: 'cgan',
  summary: 'conditional convolutional GAN with a projection discriminator; needs labels',
  papers: [
    {
      title: 'Miyato & Koyama 2018, cGANs with Projection Discriminator',
      url: 'https://arxiv.org/abs/1802.05637',
    },
    { title: 'Mirza & Osindero 2014, Conditional GANs', url: 'https://arxiv.org/abs/1411.1784' },
    ...convolutionalPapers,
  ],
  options,
  defaultEpochs: 10,
  leastSteps: 4000,
  fewImages,
  pixelRange: 'minus-one-one',
  conditional: true,
  complete: (values: Values) => completeOptions(values, convolutionalDefaults),
  batchesPerStep: ({ criticSteps }) => criticSteps as number,
  create: (setting: ModelSetting<Values>) =>
    createAdversarialModel(createConvolutionalNetworks(setting, 'projection'), setting.options),
});
