// `acgan`: draws the class that it is asked for; its discriminator also tells the class of an image.
import { number, type OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { createAdversarialModel } from './adversarial';
import { createConvolutionalNetworks } from './convolutional';
import { convolutionalDefaults, convolutionalOptions, convolutionalPapers, fewImages } from './dcgan';
import { completeOptions } from './options';

const options = {
  ...convolutionalOptions,
  realTarget: number({
    description: 'what real images are called under cross-entropy, 1 being certain',
    default: 0.95,
    min: 0.5,
    max: 1,
    onlyWith: { loss: ['bce'] },
    why: 'Salimans et al. 2016, section 3.4: one-sided label smoothing',
  }),
};

type Values = OptionValues<typeof options>;

/** Both networks also minimise −E log p(class) of what they draw and see, Odena et al. 2017, section 3: L_S + L_C. */
export const acgan = defineFamily({
  name: 'acgan',
  summary: 'conditional convolutional GAN with an auxiliary classifier; needs labels',
  papers: [
    {
      title: 'Odena et al. 2017, Conditional Image Synthesis with Auxiliary Classifier GANs',
      url: 'https://arxiv.org/abs/1610.09585',
    },
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
  create(setting: ModelSetting<Values>) {
    const { realTarget } = setting.options;
    const networks = createConvolutionalNetworks(setting, 'classifier');
    return createAdversarialModel({ ...networks, realTarget }, setting.options);
  },
});
