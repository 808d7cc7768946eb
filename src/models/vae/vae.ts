// `vae`: the reference variational autoencoder, 784-400-20.
import { integer, type OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { maxHiddenUnits } from '../limits';
import { Parameters } from '../parameters';
import { createPerceptrons } from './perceptrons';
import { createVariationalModel } from './variational';
import {
  checkVariational,
  preprocessVariational,
  variationalNote,
  variationalOptions,
} from './variational-options';

export const hiddenUnitsOption = (description: string) =>
  integer({
    description,
    default: 400,
    min: 1,
    max: maxHiddenUnits,
    search: { from: 128, to: 1024, log: true },
    why: 'Kingma & Welling 2013 use 500; 400 is the widespread reference',
  });

const options = {
  ...variationalOptions({
    latentDim: 20,
    latentWhy: 'the 784-400-20 reference network',
    beta: 1,
    betaWhy: '1 is the evidence lower bound',
    klWarmupSteps: 0,
  }),
  hiddenUnits: hiddenUnitsOption('width of the hidden layer of encoder and decoder'),
};

export const vae = defineFamily({
  name: 'vae',
  summary: 'variational autoencoder of multilayer perceptrons, pixels as Bernoulli means',
  papers: [
    {
      title: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
      url: 'https://arxiv.org/abs/1312.6114',
    },
  ],
  options,
  defaultEpochs: 20,
  leastSteps: 500,
  pixelRange: 'zero-one',
  complete: checkVariational,
  preprocess: preprocessVariational,
  figuresNote: variationalNote,
  create: ({ seed, image, options: values }: ModelSetting<OptionValues<typeof options>>) =>
    createVariationalModel(createPerceptrons(new Parameters(seed), image, 0, values), values),
});
