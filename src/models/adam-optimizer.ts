// Adam, with its slots as named variables, so that checkpoints hold them and a resumed run goes on bit for bit.
import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate } from '../tensor/ops/adam';
import { gradientOf, type Optimizer, type OptimizerSetting, trainedUnder } from './optimizers/optimizer';
import { type Parameters, zeros } from './parameters';

/**
 * Kingma & Ba 2015, arxiv.org/abs/1412.6980, in the form at the end of section 2, which TensorFlow uses: the bias
 * corrections are folded into the step size, so epsilon stands beside the uncorrected √v.
 * @param prefix the variables it trains are those of `parameters` under this prefix, and its slots are named after them
 * @param among which of these; all when left out
 */
export function createAdam(
  parameters: Parameters,
  prefix: string,
  setting: OptimizerSetting,
  among: (variable: tf.Variable) => boolean = () => true,
): Optimizer {
  const trained = trainedUnder(parameters, prefix)
    .filter(({ variable }) => among(variable))
    .map(({ name, variable }) => ({
      variable,
      first: parameters.add(`adam.${name}.first`, variable.shape, zeros, 'optimizer'),
      second: parameters.add(`adam.${name}.second`, variable.shape, zeros, 'optimizer'),
    }));
  const { learningRate, beta1, beta2 } = setting;
  return {
    stepSize: (step) => (learningRate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1)),
    update: (gradients, stepSize) =>
      tf.tidy(() => {
        for (const { variable, first, second } of trained) {
          const gradient = gradientOf(gradients, variable, prefix);
          const [next, m, v] = adamUpdate(variable, first, second, gradient, stepSize, setting);
          variable.assign(next);
          first.assign(m);
          second.assign(v);
        }
      }),
  };
}
