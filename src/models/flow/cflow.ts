// `cflow`: flow matching that is told the class.
import { defineFamily } from '../family';
import { createMatchedFlow } from './matched-flow';
import { type FlowSetting, options, papers } from './options';

export const cflow = defineFamily({
  name: 'cflow',
  summary: 'conditional flow matching; needs labels',
  papers,
  options,
  defaultEpochs: 10,
  leastSteps: 4000,
  pixelRange: 'minus-one-one',
  conditional: true,
  create: (setting: FlowSetting) => createMatchedFlow(setting, setting.classCount),
});
