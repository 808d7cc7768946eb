// The options of `vq-vae`.
import { integer, number, type OptionValues } from '../../config/option';
import type { ModelSetting } from '../family';
import { maxBatchSize } from '../limits';

export const options = {
  codes: integer({
    description: 'codes in the codebook',
    default: 128,
    min: 2,
    max: 8192,
    search: { among: [64, 128, 256] },
    why: 'MNIST keeps about 100 in use; van den Oord et al. 2017 use 512 for colour photographs',
  }),
  codeDim: integer({ description: 'size of a code', default: 32, min: 1, max: 1024 }),
  hiddenChannels: integer({
    description: 'channels of the hidden layers of encoder and decoder',
    default: 64,
    min: 2,
    max: 1024,
  }),
  priorChannels: integer({ description: 'channels of the prior', default: 64, min: 1, max: 1024 }),
  priorLayers: integer({ description: 'gated layers of the prior', default: 4, min: 1, max: 64 }),
  commitment: number({
    description: 'weight β that holds what is encoded near its code',
    default: 0.25,
    min: 0,
    search: { from: 0.1, to: 2, log: true },
    why: 'van den Oord et al. 2017, section 3.2',
  }),
  codebookDecay: number({
    description: "share of the codes' running means that each step keeps",
    default: 0.99,
    min: 0,
    max: 0.9999,
    why: 'van den Oord et al. 2017, appendix A.1',
  }),
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
};

export type Setting = ModelSetting<OptionValues<typeof options>>;
