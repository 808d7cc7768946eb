// The options of the families that match flows, and what their papers are.
import { choice, integer, number, type OptionValues } from '../../config/option';
import type { ModelSetting, Paper } from '../family';
import { maxBatchSize } from '../limits';
import { scheduleOptions } from '../schedule';
import { solvers } from './path';

export const options = {
  channels: integer({
    description: 'channels at half the size of the image; below it twice as many',
    default: 32,
    min: 1,
    max: 512,
  }),
  lowestSide: integer({
    description: 'images are halved until no side is longer, and at least twice',
    default: 2,
    before: 8,
    min: 1,
    max: 64,
    why: 'what a digit is as a whole is decided there: docs/log.md',
  }),
  blocks: integer({
    description: 'residual blocks at the lowest level; half as many on each way at the others',
    default: 3,
    min: 1,
    max: 32,
  }),
  drawSteps: integer({
    description: 'steps from noise to image when it draws',
    default: 8,
    min: 1,
    max: 1000,
  }),
  solver: choice(solvers, {
    description:
      'the velocity of a step: that at its beginning (euler), or in its middle, for twice the work (midpoint)',
    default: 'midpoint',
  }),
  timeMean: number({
    description: 'times are σ(n) with n ~ N(mean, 1): from 0, noise, to 1, the image',
    default: 0,
    min: -4,
    max: 4,
    search: { from: -1, to: 1 },
    why: 'Esser et al. 2024, section 3.1: most is to be learnt half-way',
  }),
  ema: number({
    description: "decay of the average of the network's weights, which it draws with; 0 for none",
    default: 0.999,
    min: 0,
    max: 0.99999,
  }),
  batchSize: integer({ description: 'images in a training step', default: 64, min: 1, max: maxBatchSize }),
  optimizer: choice(['adam', 'muon'], {
    description: 'what moves the weights: Adam, or Muon (orthogonal momentum)',
    default: 'muon',
    before: 'adam',
    why: 'after 1,500 steps of MNIST FID 7.9 instead of 12.6, at 0.8 of the images a second: docs/log.md',
  }),
  learningRate: number({
    description: 'its learning rate',
    default: 2e-3,
    above: 0,
    search: { from: 3e-4, to: 1e-2, log: true },
    why: 'with 0.006 Muon’s coverage stood still between 937 and 9,370 steps of MNIST: docs/log.md',
  }),
  ...scheduleOptions,
};

export type FlowValues = OptionValues<typeof options>;
export type FlowSetting = ModelSetting<FlowValues>;

export const papers: readonly Paper[] = [
  {
    title: 'Lipman et al. 2022, Flow Matching for Generative Modeling',
    url: 'https://arxiv.org/abs/2210.02747',
  },
  {
    title: 'Liu et al. 2022, Flow Straight and Fast (rectified flow)',
    url: 'https://arxiv.org/abs/2209.03003',
  },
];
