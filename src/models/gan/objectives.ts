// What a discriminator and a generator minimise. One entry an objective, by the name that --loss takes.
import * as tf from '@tensorflow/tfjs-core';

/** Losses on logits, the discriminator's raw outputs [batch, 1]: positive means "real". */
export interface Objective {
  /** @param realTarget what a real image is to be called, at most 1: one-sided label smoothing, cross-entropy only */
  discriminator(real: tf.Tensor2D, fake: tf.Tensor2D, realTarget?: number): tf.Scalar;
  /** @param real given when `comparesPairs` */
  generator(fake: tf.Tensor2D, real?: tf.Tensor2D): tf.Scalar;
  /** What its discriminator is called, where that is not "discriminator". */
  readonly discriminatorLabel?: string;
  /** Whether the generator's loss reads the logits of real images too. */
  readonly comparesPairs?: boolean;
  /** What the field trains it with, where that is not what the family does. */
  readonly recipe?: Recipe;
}

/** Defaults that go with an objective. */
export interface Recipe {
  readonly generatorLearningRate?: number;
  readonly discriminatorLearningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  /** Updates of the discriminator for one of the generator. */
  readonly criticSteps?: number;
  readonly normalisation?: Normalisation;
  /** λ of the gradient penalty of WGAN-GP, γ of R1 and of R2: src/models/gan/penalties.ts. */
  readonly gradientPenalty?: number;
  readonly r1?: number;
  readonly r2?: number;
}

/** What holds the discriminator's layers in check. */
export const normalisations = ['none', 'batch', 'spectral'] as const;
export type Normalisation = (typeof normalisations)[number];

/** The non-saturating cross-entropy. Goodfellow et al. 2014, section 3, arxiv.org/abs/1406.2661.
 *  D: −E log σ(D(x)) − E log(1 − σ(D(G(z)))); G: −E log σ(D(G(z))). On logits, −log σ(x) is softplus(−x).
 *  A target t below 1 adds (1 − t) D(x): Salimans et al. 2016, section 3.4, arxiv.org/abs/1606.03498. */
const crossEntropy: Objective = {
  discriminator: (real, fake, realTarget = 1) => {
    const loss = tf.add(tf.mean(tf.softplus(tf.neg(real))), tf.mean(tf.softplus(fake)));
    return (realTarget === 1 ? loss : tf.add(loss, tf.mul(tf.mean(real), 1 - realTarget))) as tf.Scalar;
  },
  generator: (fake) => tf.mean(tf.softplus(tf.neg(fake))),
};

/** Least squares. Mao et al. 2017, eq. 9 (a = 0, b = c = 1), arxiv.org/abs/1611.04076.
 *  D: ½E(D(x) − 1)² + ½E D(G(z))²; G: ½E(D(G(z)) − 1)². */
const leastSquares: Objective = {
  discriminator: (real, fake) => tf.add(halfMeanSquare(tf.sub(real, 1)), halfMeanSquare(fake)),
  generator: (fake) => halfMeanSquare(tf.sub(fake, 1)),
};

/** Wasserstein distance, with the penalty that keeps the critic's gradient at length 1.
 *  Gulrajani et al. 2017, eq. 3 and algorithm 1 (λ 10, 5 critic steps, Adam with β 0 and 0.9; no batch norm in the
 *  critic), arxiv.org/abs/1704.00028; but 5e-4, for runs far shorter than those of its 1e-4: docs/log.md. D: E D(G(z)) − E D(x); G: −E D(G(z)). */
const wasserstein: Objective = {
  discriminator: (real, fake) => tf.sub(tf.mean(fake), tf.mean(real)),
  generator: (fake) => tf.neg(tf.mean(fake)),
  discriminatorLabel: 'critic',
  recipe: {
    generatorLearningRate: 5e-4,
    discriminatorLearningRate: 5e-4,
    beta1: 0,
    beta2: 0.9,
    criticSteps: 5,
    normalisation: 'none',
    gradientPenalty: 10,
  },
};

/** Hinge loss under spectral norm. Miyato et al. 2018, eq. 16 and 17, arxiv.org/abs/1802.05957 (Adam 2e-4, β 0 and 0.9).
 *  D: E max(0, 1 − D(x)) + E max(0, 1 + D(G(z))); G: −E D(G(z)). */
const hinge: Objective = {
  discriminator: (real, fake) => tf.add(tf.mean(tf.relu(tf.sub(1, real))), tf.mean(tf.relu(tf.add(fake, 1)))),
  generator: (fake) => tf.neg(tf.mean(fake)),
  recipe: {
    generatorLearningRate: 2e-4,
    discriminatorLearningRate: 2e-4,
    beta1: 0,
    beta2: 0.9,
    normalisation: 'spectral',
  },
};

/** Relativistic pairing with R1 and R2. Huang et al. 2024, eq. 2 and section 3.1, arxiv.org/abs/2501.05441.
 *  D: E softplus(−(D(x) − D(G(z)))) + γ/2 (R1 + R2); G: E softplus(−(D(G(z)) − D(x))), each over pairs. */
const relativistic: Objective = {
  discriminator: (real, fake) => tf.mean(tf.softplus(tf.sub(fake, real))),
  generator: (fake, real) => tf.mean(tf.softplus(tf.sub(real as tf.Tensor2D, fake))),
  comparesPairs: true,
  recipe: {
    generatorLearningRate: 2e-4,
    discriminatorLearningRate: 2e-4,
    beta1: 0,
    beta2: 0.99,
    normalisation: 'none',
    r1: 0.2,
    r2: 0.2,
  },
};

function halfMeanSquare(x: tf.Tensor): tf.Scalar {
  return tf.mul(0.5, tf.mean(tf.square(x)));
}

export const objectiveNames = ['bce', 'mse', 'wgan-gp', 'sngan', 'relativistic'] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

export const objectives: Readonly<Record<ObjectiveName, Objective>> = {
  bce: crossEntropy,
  mse: leastSquares,
  'wgan-gp': wasserstein,
  sngan: hinge,
  relativistic,
};
