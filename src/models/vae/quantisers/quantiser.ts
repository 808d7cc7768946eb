// What a quantiser of `vq-vae` is: it replaces each vector that the encoder gives by the vector of a code.
import type * as tf from '@tensorflow/tfjs-core';
import type { Options } from '../../../config/option';
import type { NoiseSpec, StepInputs } from '../../family';
import type { Parameters } from '../../parameters';

/** More codes than this no prior here learns. */
export const maxCodes = 8192;

export interface QuantiserShape {
  /** How many codes there are, K. */
  readonly codes: number;
  /** Numbers in a vector, D: what the encoder gives and the decoder reads. */
  readonly codeDim: number;
}

/** A quantiser to choose. @template V the values of its options */
export interface QuantiserChoice<V> {
  readonly options: Options;
  shapeOf(values: V): QuantiserShape;
  /** @param parameters where its variables go, of one that has some */
  create(parameters: Parameters, values: V): Quantiser;
}

/** What the vectors of a batch became. */
export type Quantised = {
  /** One-hot, [N, K]. */
  readonly chosen: tf.Tensor2D;
  /** What the decoder reads, with a gradient to the encoded vectors: [N, D]. */
  readonly vectors: tf.Tensor2D;
  /** What is added to the loss, nats an image; of one that has no loss of its own, nothing. */
  readonly penalty?: tf.Scalar;
};

/** Vectors are rows, one for each position of each image: N = batch · positions. */
export interface Quantiser {
  /** How many numbers it learns, by name, for `Model.parameterCounts`. */
  readonly parameterCounts: Readonly<Record<string, number>>;
  /** What `train` draws, for `Model.noise`. */
  readonly noise: Readonly<Record<string, NoiseSpec>>;
  /**
   * Quantises in a training step, and learns what it has to learn. Called in the function whose gradient is taken.
   * @param encoded [N, D]
   * @param batch   how many images they are of
   * @param noise   by the names in `noise`
   */
  train(encoded: tf.Tensor2D, batch: number, noise: StepInputs['noise']): Quantised;
  /** The codes of vectors. @param encoded [N, D] @returns one-hot, [N, K] */
  codesOf(encoded: tf.Tensor2D): tf.Tensor2D;
  /** The vectors of codes. @param chosen one-hot, [N, K] @returns [N, D] */
  vectorsOf(chosen: tf.Tensor2D): tf.Tensor2D;
}
