// Adam, with its slots as named variables, so that checkpoints hold them and a resumed run goes on bit for bit.
import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate } from '../tensor/ops/adam';
import { type Parameters, zeros } from './parameters';

export interface AdamSetting {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface Adam {
  /** The bias-corrected step size of training step `step` (0 is the first), for `update`. */
  stepSize(step: number): number;
  /** Moves the variables against their gradients. @param stepSize scalar; what `stepSize` gave for this step */
  update(gradients: tf.NamedTensorMap, stepSize: tf.Scalar): void;
}

/**
 * Kingma & Ba 2015, arxiv.org/abs/1412.6980, in the form at the end of section 2, which TensorFlow uses: the bias
 * corrections are folded into the step size, so epsilon stands beside the uncorrected √v.
 * @param prefix the variables it trains are those of `parameters` under this prefix, and its slots are named after them
 */
export function createAdam(parameters: Parameters, prefix: string, setting: AdamSetting): Adam {
  const trained = [...parameters.variables]
    .filter(([name, variable]) => variable.trainable && name.startsWith(prefix))
    .map(([name, variable]) => ({
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
          const gradient = gradients[variable.name];
          if (!gradient) throw new Error(`no gradient for a variable of ${prefix}`);
          const [next, m, v] = adamUpdate(variable, first, second, gradient, stepSize, setting);
          variable.assign(next);
          first.assign(m);
          second.assign(v);
        }
      }),
  };
}
