// What a discriminator and a generator minimise. One entry an objective, by the name that --loss takes.
import * as tf from '@tensorflow/tfjs-core';

/** Losses on logits, the discriminator's raw outputs [batch, 1]: positive means "real". */
export interface Objective {
  discriminator(real: tf.Tensor2D, fake: tf.Tensor2D): tf.Scalar;
  generator(fake: tf.Tensor2D): tf.Scalar;
}

/** The non-saturating cross-entropy. Goodfellow et al. 2014, section 3, arxiv.org/abs/1406.2661.
 *  D: −E log σ(D(x)) − E log(1 − σ(D(G(z)))); G: −E log σ(D(G(z))). On logits, −log σ(x) is softplus(−x). */
const crossEntropy: Objective = {
  discriminator: (real, fake) => tf.add(tf.mean(tf.softplus(tf.neg(real))), tf.mean(tf.softplus(fake))),
  generator: (fake) => tf.mean(tf.softplus(tf.neg(fake))),
};

/** Least squares. Mao et al. 2017, eq. 9 (a = 0, b = c = 1), arxiv.org/abs/1611.04076.
 *  D: ½E(D(x) − 1)² + ½E D(G(z))²; G: ½E(D(G(z)) − 1)². */
const leastSquares: Objective = {
  discriminator: (real, fake) => tf.add(halfMeanSquare(tf.sub(real, 1)), halfMeanSquare(fake)),
  generator: (fake) => halfMeanSquare(tf.sub(fake, 1)),
};

function halfMeanSquare(x: tf.Tensor): tf.Scalar {
  return tf.mul(0.5, tf.mean(tf.square(x)));
}

export const objectives = { bce: crossEntropy, mse: leastSquares } as const;

export const objectiveNames = ['bce', 'mse'] as const satisfies readonly (keyof typeof objectives)[];
