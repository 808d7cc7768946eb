// What trains the variables of a network, whatever it is called.
import type * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../parameters';

/** Adam's numbers, which the others read too. */
export interface OptimizerSetting {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface Optimizer {
  /** The step size of update `step` (0 is the first), for `update`. */
  stepSize(step: number): number;
  /** Another number that changes with the step, where there is one: not a step size, so that a roll-back leaves it. */
  mix?(step: number): number;
  /** Moves the variables against their gradients. @param stepSize scalar; what `stepSize` gave for this step
   *  @param mix scalar; what `mix` gave */
  update(gradients: tf.NamedTensorMap, stepSize: tf.Scalar, mix?: tf.Scalar): void;
}

/** The trainable variables under a prefix, with their names. */
export function trainedUnder(
  { variables }: Parameters,
  prefix: string,
): readonly { readonly name: string; readonly variable: tf.Variable }[] {
  return [...variables]
    .filter(([name, variable]) => variable.trainable && name.startsWith(prefix))
    .map(([name, variable]) => ({ name, variable }));
}

/** @throws Error where a variable has none */
export function gradientOf(gradients: tf.NamedTensorMap, variable: tf.Variable, prefix: string): tf.Tensor {
  const gradient = gradients[variable.name];
  if (!gradient) throw new Error(`no gradient for a variable of ${prefix}`);
  return gradient;
}
