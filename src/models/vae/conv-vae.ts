// `conv-vae`: a variational autoencoder of convolutions.
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
  latentWhy: 'enough for digits: more stay unused',
  beta: 1,
  betaWhy: '1 is the evidence lower bound',
  klWarmupSteps: 0,
});

export const convVae = defineFamily({
  name: 'conv-vae',
  summary: 'variational autoencoder of convolutions: sharper, slower',
  papers: [
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
