// `vae`: the reference variational autoencoder, 784-400-20.
import { integer, type OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { maxHiddenUnits } from '../limits';
import { Parameters } from '../parameters';
import { createPerceptrons } from './perceptrons';
import {
  checkVariational,
  createVariationalModel,
  preprocessVariational,
  variationalNote,
  variationalOptions,
} from './variational';

export const perceptronOptions = {
  ...variationalOptions({
    latentDim: 20,
    latentWhy: 'the 784-400-20 reference network',
    beta: 1,
    betaWhy: '1 is the evidence lower bound',
    klWarmupSteps: 0,
  }),
  hiddenUnits: integer({
    description: 'width of the hidden layer of encoder and decoder',
    default: 400,
    min: 1,
    max: maxHiddenUnits,
    search: { from: 128, to: 1024, log: true },
    why: 'Kingma & Welling 2013 use 500; 400 is the widespread reference',
  }),
};

export type PerceptronSetting = ModelSetting<OptionValues<typeof perceptronOptions>>;

export const vae = defineFamily({
  name: 'vae',
  summary: 'variational autoencoder of multilayer perceptrons, pixels as Bernoulli means',
  papers: [
    {
      title: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
      url: 'https://arxiv.org/abs/1312.6114',
    },
  ],
  options: perceptronOptions,
  defaultEpochs: 20,
  pixelRange: 'zero-one',
  complete: checkVariational,
  preprocess: preprocessVariational,
  figuresNote: variationalNote,
  create: ({ seed, image, options }: PerceptronSetting) =>
    createVariationalModel(createPerceptrons(new Parameters(seed), image, 0, options), options),
});
