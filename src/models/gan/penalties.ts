// Penalties on the gradient of a critic with regard to its images. They are differentiated once more to train the critic.
import * as tf from '@tensorflow/tfjs-core';

/** [batch, height, width, channels] → logits [batch, 1]; no image's logit may depend on another image. */
export type Critic = (images: tf.Tensor4D) => tf.Tensor2D;

/**
 * The square of the length of ∇ D(x) at each image.
 * @param images [batch, height, width, channels]
 * @returns [batch]
 */
export function squaredGradientNorm(critic: Critic, images: tf.Tensor4D): tf.Tensor1D {
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(critic(x as tf.Tensor4D)))(images);
  return tf.sum(tf.square(gradient), [1, 2, 3]) as tf.Tensor1D;
}

/** Under the root of a length, so that its derivative stays finite where the gradient is 0. */
const tiny = 1e-12;

/**
 * The penalty of WGAN-GP, E (‖∇ D(x̂)‖ − 1)², where x̂ = α x + (1 − α) G(z) lies between a real and a generated image.
 * Gulrajani et al. 2017, algorithm 1, arxiv.org/abs/1704.00028.
 * @param mix α ~ U(0, 1), one an image: [batch, 1, 1, 1]
 * @returns the penalty, without λ, and the mean of the lengths
 */
export function wassersteinPenalty(critic: Critic, real: tf.Tensor4D, fake: tf.Tensor4D, mix: tf.Tensor) {
  const between = tf.add(fake, tf.mul(mix, tf.sub(real, fake))) as tf.Tensor4D;
  const norm = tf.sqrt(tf.add(squaredGradientNorm(critic, between), tiny)); // [batch]
  return {
    penalty: tf.mean(tf.square(tf.sub(norm, 1))) as tf.Scalar,
    gradientNorm: tf.mean(norm) as tf.Scalar,
  };
}

/**
 * ½ E ‖∇ D(x)‖²: R1 on real images, R2 on generated ones, without their γ.
 * Mescheder et al. 2018, eq. 9 and 10, arxiv.org/abs/1801.04406.
 */
export function zeroCentredPenalty(critic: Critic, images: tf.Tensor4D): tf.Scalar {
  return tf.mul(tf.mean(squaredGradientNorm(critic, images)), 0.5);
}
