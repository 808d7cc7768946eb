// The options of `vq-vae`.
import { integer, number, type OptionValues } from '../../config/option';
import type { ModelSetting } from '../family';
import { maxBatchSize } from '../limits';
import { scheduleOptions } from '../schedule';
import { quantiserOptions } from './quantisers';

export const options = {
  ...quantiserOptions,
  halvings: integer({
    description:
      'how often the image is halved on its way to the grid of codes, while a side of 4 is left; more until no side is over 8',
    default: 3,
    before: 2,
    min: 2,
    max: 8,
    search: { among: [2, 3] },
    why: 'of MNIST 16 codes an image instead of 49: after 15 minutes of fsq FID 1.80 instead of 4.44 (docs/log.md)',
  }),
  hiddenChannels: integer({
    description: 'channels of the hidden layers of encoder and decoder',
    default: 64,
    min: 2,
    max: 1024,
  }),
  priorChannels: integer({ description: 'channels of the prior', default: 64, min: 1, max: 1024 }),
  priorLayers: integer({ description: 'gated layers of the prior', default: 4, min: 1, max: 64 }),
  batchSize: integer({ description: 'images in a training step', default: 64, min: 1, max: maxBatchSize }),
  learningRate: number({
    description: "Adam's learning rate for encoder and decoder",
    default: 3e-4,
    above: 0,
    search: { from: 1e-4, to: 2e-3, log: true },
    why: 'ELBO of −180 nats after an epoch of MNIST, against −190 at 1e-3; van den Oord et al. 2017 use 2e-4',
  }),
  priorLearningRate: number({
    description: "Adam's learning rate for the prior",
    default: 1e-3,
    above: 0,
    search: { from: 3e-4, to: 5e-3, log: true },
  }),
  ...scheduleOptions,
};

export type Setting = ModelSetting<OptionValues<typeof options>>;
