// `flow`: flow matching, a network that turns noise into images in a few steps.
import { defineFamily } from '../family';
import { createMatchedFlow } from './matched-flow';
import { type FlowSetting, options, papers } from './options';

export const flow = defineFamily({
  name: 'flow',
  summary: 'flow matching: a small U-Net that turns noise into an image in a few steps',
  papers,
  options,
  defaultEpochs: 10,
  leastSteps: 4000,
  pixelRange: 'minus-one-one',
  create: (setting: FlowSetting) => createMatchedFlow(setting, 0),
});
