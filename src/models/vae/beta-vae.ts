// `beta-vae`: conv-vae with a weighted KL term.
import type { OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { Parameters } from '../parameters';
import { createConvolutions } from './convolutional';
import { createVariationalModel } from './variational';
import {
  checkVariational,
  preprocessVariational,
  variationalNote,
  variationalOptions,
} from './variational-options';

const options = variationalOptions({
  latentDim: 16,
  latentWhy: 'as conv-vae',
  beta: 4,
  betaWhy: 'Higgins et al. 2017 use 4 to 250, by data set',
  klWarmupSteps: 2000,
});

export const betaVae = defineFamily({
  name: 'beta-vae',
  summary: 'conv-vae with a heavier KL term: fewer, more separate latents; blurs',
  papers: [
    { title: 'Higgins et al. 2017, beta-VAE', url: 'https://openreview.net/forum?id=Sy2fzU9gl' },
    { title: 'Sønderby et al. 2016, Ladder VAEs (KL warm-up)', url: 'https://arxiv.org/abs/1602.02282' },
    {
      title: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
      url: 'https://arxiv.org/abs/1312.6114',
    },
  ],
  options,
  defaultEpochs: 10,
  leastSteps: 500,
  pixelRange: 'zero-one',
  complete: checkVariational,
  preprocess: preprocessVariational,
  figuresNote: variationalNote,
  create: ({ seed, image, options: values }: ModelSetting<OptionValues<typeof options>>) =>
    createVariationalModel(createConvolutions(new Parameters(seed), image, 0, values.latentDim), values),
});
