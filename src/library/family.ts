// What a model family outside of aigc is built from: the module 'aigc/family', and what the function in a family's file is
// given.
export * as tf from '@tensorflow/tfjs-core';
export { boolean, choice, integer, number, type OptionValues, text } from '../config/option';
export { createAdam } from '../models/adam-optimizer';
export {
  defineFamily,
  type Family,
  type Model,
  type ModelSetting,
  type StepInputs,
} from '../models/family';
export { createAdversarialModel } from '../models/gan/adversarial';
export type { Networks } from '../models/gan/networks';
export { adversarialOptions, completeOptions } from '../models/gan/options';
export {
  batchNorm,
  besideClasses,
  convolution,
  dense,
  oneHot,
  trackedBatchNorm,
  transposedConvolution,
} from '../models/layers';
export { fanInUniform, glorotUniform, ones, Parameters, zeros } from '../models/parameters';
export { bernoulliReconstruction, klDivergence, reparameterise } from '../models/vae/elbo';
export { createVariationalModel, type VariationalNetworks } from '../models/vae/variational';
