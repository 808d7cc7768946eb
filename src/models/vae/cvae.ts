// `cvae`: a variational autoencoder that is told the class, and draws the one that it is asked for.
import { defineFamily } from '../family';
import { Parameters } from '../parameters';
import { createPerceptrons } from './perceptrons';
import { type PerceptronSetting, perceptronOptions } from './vae';
import {
  checkVariational,
  createVariationalModel,
  preprocessVariational,
  variationalNote,
} from './variational';

/** log p(x|y) ≥ E_q log p(x|z, y) − KL(q(z|x, y) ‖ N(0, I)): Sohn et al. 2015, eq. 4, with a prior that does not hang on y
 *  (Kingma et al. 2014, model M2). */
export const cvae = defineFamily({
  name: 'cvae',
  summary: 'conditional variational autoencoder of multilayer perceptrons; needs labels',
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
  options: perceptronOptions,
  defaultEpochs: 20,
  pixelRange: 'zero-one',
  conditional: true,
  complete: checkVariational,
  preprocess: preprocessVariational,
  figuresNote: variationalNote,
  create: ({ seed, image, classCount, options }: PerceptronSetting) =>
    createVariationalModel(createPerceptrons(new Parameters(seed), image, classCount, options), options),
});
