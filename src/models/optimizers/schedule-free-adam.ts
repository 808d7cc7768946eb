// Schedule-free Adam: no schedule, and the average of the weights is what draws.
import * as tf from '@tensorflow/tfjs-core';
import { averageOf } from '../average';
import { type Parameters, zeros } from '../parameters';
import { gradientOf, type Optimizer, type OptimizerSetting, trainedUnder } from './optimizer';

/**
 * Defazio et al. 2024, algorithm 1, arxiv.org/abs/2405.15682, without weight decay and warm-up. Of the base point z and the
 * average x, the gradient is taken at y = (1 − β₁) z + β₁ x:
 * v ← β₂ v + (1 − β₂) g², z ← z − η √(1 − β₂ᵗ) g / (√v + ε), x ← (1 − c) x + c z, c = 1/t.
 * A network's variables are y; x goes into their average copies (src/models/average.ts) where they have some. Kept is
 * w = z − x, 0 at first: with s = w less the step, x ← x + c s and w ← (1 − c) s.
 */
export function createScheduleFreeAdam(
  parameters: Parameters,
  prefix: string,
  { learningRate, beta1, beta2, epsilon }: OptimizerSetting,
): Optimizer {
  const slot = (name: string, variable: tf.Variable, what: string) =>
    parameters.add(`schedule-free.${name}.${what}`, variable.shape, zeros, 'optimizer');
  const trained = trainedUnder(parameters, prefix).map(({ name, variable }) => ({
    variable,
    average: averageOf(parameters, name),
    ahead: slot(name, variable, 'ahead'),
    second: slot(name, variable, 'second'),
  }));
  return {
    stepSize: (step) => learningRate * Math.sqrt(1 - beta2 ** (step + 1)),
    mix: (step) => 1 / (step + 1),
    update: (gradients, stepSize, mix) =>
      tf.tidy(() => {
        const c = mix as tf.Scalar;
        for (const { variable, average, ahead, second } of trained) {
          const gradient = gradientOf(gradients, variable, prefix);
          const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
          const step = tf.div(tf.mul(gradient, stepSize), tf.add(tf.sqrt(v), epsilon));
          const moved = tf.sub(ahead, step);
          const x = tf.add(tf.sub(variable, tf.mul(ahead, 1 - beta1)), tf.mul(moved, c));
          const w = tf.sub(moved, tf.mul(moved, c));
          variable.assign(tf.add(x, tf.mul(w, 1 - beta1)));
          average?.assign(x);
          ahead.assign(w);
          second.assign(v);
        }
      }),
  };
}
