// An exponential moving average of a network's weights, as variables of their own.
import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from './parameters';

/** Where a second copy of a network puts its variables to become the average of the first. */
export function averaged(parameters: Parameters): Parameters {
  return parameters.averages('ema.');
}

export interface WeightAverage {
  /** 1 − decay at training step `step` (0 is the first), for `update`. */
  rate(step: number): number;
  /** Moves the average towards the weights. @param rate scalar; what `rate` gave for this step */
  update(rate: tf.Scalar): void;
}

/**
 * θ̄ ← θ̄ + (1 − d)(θ − θ̄), of weights and tracked statistics alike. Yazıcı et al. 2019, arxiv.org/abs/1806.04498.
 * The decay starts low, min(d, (1 + t) / (10 + t)), so that the average of a short run is not of its first weights.
 * @param parameters in which a network has a copy under `averaged`
 * @param ofWeights false where an optimizer keeps the weights' averages itself: then only statistics follow
 */
export function createAverage(
  { variables, kinds }: Parameters,
  decay: number,
  { ofWeights = true } = {},
): WeightAverage {
  const variable = (name: string) => variables.get(name) as tf.Variable;
  const pairs = [...kinds]
    .flatMap(([name, kind]) =>
      kind.kind === 'average' ? [{ average: variable(name), source: variable(kind.of) }] : [],
    )
    .filter(({ source }) => ofWeights || !source.trainable);
  return {
    rate: (step) => 1 - Math.min(decay, (1 + step) / (10 + step)),
    update: (rate) =>
      tf.tidy(() => {
        for (const { average, source } of pairs)
          average.assign(tf.add(average, tf.mul(tf.sub(source, average), rate)));
      }),
  };
}

/** The variable that is to be the average of another, where there is one. */
export function averageOf({ variables, kinds }: Parameters, of: string): tf.Variable | undefined {
  const [name] = [...kinds].find(([, kind]) => kind.kind === 'average' && kind.of === of) ?? [];
  return name === undefined ? undefined : variables.get(name);
}
