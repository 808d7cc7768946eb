// Turns normal numbers into draws from a distribution over codes, and back: the inverse CDF.
import * as tf from '@tensorflow/tfjs-core';

/** Φ(z) = ½ (1 + erf(z / √2)). @returns in [0, 1], of z's shape */
export function normalCdf<T extends tf.Tensor>(z: T): T {
  return tf.tidy(() => tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5));
}

/** Giles 2012, "Approximating the erfinv function", listing 2, for float32: powers of w − 2.5 or √w − 3, highest first. */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
  2.46640727e-1, 1.50140941,
];
const tail = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3,
  1.00167406, 2.83297682,
];

/** Φ⁻¹(u) = √2 erf⁻¹(2u − 1). @param u strictly between 0 and 1 @returns of u's shape */
export function normalQuantile<T extends tf.Tensor>(u: T): T {
  return tf.tidy(() => {
    const x = tf.sub(tf.mul(u, 2), 1);
    const w = tf.neg(tf.log(tf.mul(tf.mul(u, tf.sub(1, u)), 4))); // 1 − x² = 4 u (1 − u)
    const inside = polynomial(central, tf.sub(w, 2.5));
    const outside = polynomial(tail, tf.sub(tf.sqrt(tf.maximum(w, 0)), 3));
    const factor = tf.where(tf.less(w, 5), inside, outside);
    return tf.mul(tf.mul(x, factor), Math.SQRT2) as T;
  });
}

function polynomial(coefficients: readonly number[], x: tf.Tensor): tf.Tensor {
  const [highest = 0, ...others] = coefficients;
  return others.reduce<tf.Tensor>((sum, c) => tf.add(tf.mul(sum, x), c), tf.fill(x.shape, highest));
}

/**
 * The code whose part of the cumulative distribution holds u: as many codes come before it as have a cumulative
 * probability of at most u.
 * @param probabilities [N, K]
 * @param uniforms      [N, 1] in [0, 1]
 * @returns [N], int32
 */
export function codeAt(probabilities: tf.Tensor2D, uniforms: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const passed = tf.cast(tf.lessEqual(tf.cumsum(probabilities, 1), uniforms), 'float32');
    const before = tf.minimum(tf.sum(passed, 1), probabilities.shape[1] - 1); // rounding may leave the sum below 1
    return tf.cast(before, 'int32') as tf.Tensor1D;
  });
}

/** Nearer to 0 or 1 than this, float32 cannot tell the normal number's CDF from them. */
const edge = 1e-6;

/**
 * The middle of a code's part of the cumulative distribution: what `codeAt` maps back to the code.
 * @param probabilities [N, K]
 * @param chosen        one-hot, [N, K]
 * @returns [N] in [edge, 1 − edge]
 */
export function middleOf(probabilities: tf.Tensor2D, chosen: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => {
    const centres = tf.sub(tf.cumsum(probabilities, 1), tf.mul(probabilities, 0.5));
    return tf.clipByValue(tf.sum(tf.mul(centres, chosen), 1), edge, 1 - edge) as tf.Tensor1D;
  });
}
