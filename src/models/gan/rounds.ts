// A training step's inputs, a batch for each of the discriminator's updates.
import * as tf from '@tensorflow/tfjs-core';
import type { StepInputs } from '../family';
import { oneHot } from '../layers';
import { type Augmentation, augment } from './augment';

/** One batch for the discriminator. */
export interface Round {
  readonly real: tf.Tensor4D;
  readonly classes: tf.Tensor2D | undefined;
  readonly latents: tf.Tensor2D;
  /** [batch, 1, 1, 1], for the gradient penalty. */
  readonly mix: tf.Tensor | undefined;
  readonly changeReal: tf.Tensor2D | undefined;
  readonly changeFake: tf.Tensor2D | undefined;
}

export function roundsOf(inputs: StepInputs, count: number, classCount: number): Round[] {
  const parts = <T extends tf.Tensor>(x: T | undefined): (T | undefined)[] =>
    x === undefined ? Array(count).fill(undefined) : count === 1 ? [x] : (tf.split(x, count) as T[]);
  const classes =
    classCount > 0 && inputs.labels ? oneHot(inputs.labels as tf.Tensor1D, classCount) : undefined;
  const real = parts(inputs.images);
  const each = {
    classes: parts(classes),
    latents: parts(inputs.noise.latents as tf.Tensor2D),
    mix: parts(inputs.noise.mix),
    changeReal: parts(inputs.noise.changeReal as tf.Tensor2D | undefined),
    changeFake: parts(inputs.noise.changeFake as tf.Tensor2D | undefined),
  };
  return real.map((images, i) => ({
    real: images as tf.Tensor4D,
    classes: each.classes[i],
    latents: each.latents[i] as tf.Tensor2D,
    mix: each.mix[i],
    changeReal: each.changeReal[i],
    changeFake: each.changeFake[i],
  }));
}

/** The images as the discriminator sees them. @param noise undefined when nothing is changed */
export function augmented(
  images: tf.Tensor4D,
  kind: Augmentation,
  noise: tf.Tensor2D | undefined,
): tf.Tensor4D {
  return noise ? augment(images, kind, noise) : images;
}
