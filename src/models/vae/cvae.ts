// `cvae`: a variational autoencoder that is told the class, and draws the one that it is asked for.
import { choice, type OptionValues } from '../../config/option';
import { defineFamily, type ModelSetting } from '../family';
import { Parameters } from '../parameters';
import { withClassPrior } from './class-prior';
import { createConvolutions } from './convolutional';
import { createPerceptrons } from './perceptrons';
import { hiddenUnitsOption } from './vae';
import { createVariationalModel } from './variational';
import {
  checkVariational,
  preprocessVariational,
  variationalNote,
  variationalOptions,
} from './variational-options';

const options = {
  network: choice(['convolutions', 'perceptrons'], {
    description: 'the networks of conv-vae, or those of vae',
    default: 'convolutions',
    before: 'perceptrons',
    why: 'perceptrons draw the class that was asked for less surely',
  }),
  prior: choice(['class', 'standard'], {
    description: 'of the latent vector: a normal distribution for each class, learned, or N(0, I) for all',
    default: 'class',
    before: 'standard',
    why: 'Sohn et al. 2015, eq. 4',
  }),
  ...variationalOptions({
    latentDim: 8,
    latentWhy: 'the class has a place of its own; what else there is in a digit needs little',
    beta: 1,
    betaWhy: '1 is the evidence lower bound',
    klWarmupSteps: 0,
  }),
  hiddenUnits: {
    ...hiddenUnitsOption('width of the hidden layer of perceptrons'),
    onlyWith: { network: ['perceptrons'] },
  },
};

type Setting = ModelSetting<OptionValues<typeof options>>;

/** log p(x|y) ≥ E_q log p(x|z, y) − KL(q(z|x, y) ‖ p(z|y)): Sohn et al. 2015, eq. 4; with `--prior standard` the prior does
 *  not depend on y (Kingma et al. 2014, model M2). */
export const cvae = defineFamily({
  name: 'cvae',
  summary: 'conditional variational autoencoder; needs labels',
  papers: [
    {
      title:
        'Sohn, Lee & Yan 2015, Learning Structured Output Representation using Deep Conditional Generative Models',
      url: 'https://papers.nips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html',
    },
    {
      title: 'Kingma et al. 2014, Semi-supervised Learning with DGMs (M2)',
      url: 'https://arxiv.org/abs/1406.5298',
    },
  ],
  options,
  defaultEpochs: 20,
  leastSteps: 500,
  pixelRange: 'zero-one',
  conditional: true,
  complete: checkVariational,
  preprocess: preprocessVariational,
  figuresNote: variationalNote,
  create: ({ seed, image, classCount, options: values }: Setting) => {
    const parameters = new Parameters(seed);
    const networks =
      values.network === 'convolutions'
        ? createConvolutions(parameters, image, classCount, values.latentDim)
        : createPerceptrons(parameters, image, classCount, values);
    const conditional = values.prior === 'class' ? withClassPrior(networks, values.latentDim) : networks;
    return createVariationalModel(conditional, values);
  },
});
