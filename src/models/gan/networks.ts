// What a pair of networks is to the step that trains it.
import type * as tf from '@tensorflow/tfjs-core';
import type { Mode } from '../layers';
import type { Parameters } from '../parameters';

/** What a discriminator says of a batch of images. */
export interface Verdict {
  /** [batch, 1] */
  readonly logits: tf.Tensor2D;
  /** [batch, classCount], of a discriminator that also tells classes apart. */
  readonly classLogits?: tf.Tensor2D;
}

/** [batch, latentDim], classes one-hot [batch, classCount] → [batch, height, width, channels] in [−1, 1] */
export type Generate = (latents: tf.Tensor2D, mode: Mode, classes: tf.Tensor2D | undefined) => tf.Tensor4D;

/** A pair of networks. Their variables are in `parameters` under "generator." and "discriminator.". */
export interface Networks {
  readonly parameters: Parameters;
  readonly latentDim: number;
  /** 0 when the networks know no classes. */
  readonly classCount: number;
  readonly generate: Generate;
  /** Whether the discriminator tells classes apart: its verdicts have `classLogits`. */
  readonly classifies: boolean;
  /** The same network from averaged weights, when some are kept. */
  readonly generateAverage?: Generate | undefined;
  /** [batch, height, width, channels] in [−1, 1] */
  discriminate(images: tf.Tensor4D, classes: tf.Tensor2D | undefined): Verdict;
  /** Whether one pass may hold real and generated images: not with batch norm, whose statistics must not mix them
   *  (Radford et al. 2016 and its code). */
  readonly judgesTogether: boolean;
  /** Once a step, before the discriminator is used. */
  refresh?(): void;
  /** See `Objective.discriminator`. */
  readonly realTarget?: number;
}
