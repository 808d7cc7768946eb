// `fsq`: rounds each number of a vector to one of a few levels; a code is a choice of levels, and nothing is learnt.
import * as tf from '@tensorflow/tfjs-core';
import { type OptionValues, text } from '../../../config/option';
import { standardisation } from '../../layers';
import type { Parameters } from '../../parameters';
import { straightThrough } from '../../stop-gradient';
import { oneHot } from '../one-hot';
import { maxCodes, type Quantised, type Quantiser, type QuantiserChoice } from './quantiser';

/** Beyond some 1,000 levels, ε below would keep the outermost from being reached. */
const [fewestLevels, mostLevels] = [2, 256];

const options = {
  levels: text({
    placeholder: 'LxLx…',
    pattern: /^[1-9]\d{0,2}(?:x[1-9]\d{0,2})*$/,
    accepts: (words) => {
      const levels = levelsOf(words);
      return levels.every((l) => l >= fewestLevels && l <= mostLevels) && product(levels) <= maxCodes;
    },
    expected: `the levels of each number of a code, such as 8x5x5x5: each from ${fewestLevels} to ${mostLevels}, their product, the codes, at most ${maxCodes}`,
    description: 'levels that each number of a code is rounded to, such as 8x5x5x5, which makes 1000 codes',
    default: '8x6x5',
    onlyWith: { quantiser: ['fsq'] },
    why: 'Mentzer et al. 2023: 5 or more for each number, 8x6x5 for 2⁸ codes, 8x5x5x5 for 2¹⁰, 7x5x5x5x5 for 2¹²',
  }),
};

type Values = OptionValues<typeof options>;

export const fsq = {
  options,
  shapeOf: ({ levels }: Values) => {
    const each = levelsOf(levels);
    return { codes: product(each), codeDim: each.length };
  },
  create: createScalarQuantiser,
} satisfies QuantiserChoice<Values>;

/**
 * Finite scalar quantisation, Mentzer et al. 2023, arxiv.org/abs/2309.15505: `createRounding`. There is no codebook, and nothing
 * but the reconstruction moves the encoder.
 *
 * Where we depart: each channel is brought to mean 0 and variance 1 first, by the statistics of the batch, and afterwards by
 * those that were tracked. Our encoder ends without a normalisation, and without this its numbers drift to one end of
 * tanh, whence no gradient brings them back: docs/log.md.
 */
function createScalarQuantiser(parameters: Parameters, { levels: words }: Values): Quantiser {
  const levels = levelsOf(words);
  const standardise = standardisation(parameters, 'fsq', levels.length);
  const { round, vectorsOf } = createRounding(levels);
  return {
    parameterCounts: {},
    noise: {},
    train: (encoded) => tf.tidy(() => round(standardise(encoded, 'train'))),
    codesOf: (encoded) => tf.tidy(() => round(standardise(encoded, 'infer')).chosen),
    vectorsOf,
  };
}

/** The share of its range that a bounded number keeps clear of the ends. */
const epsilon = 1e-3;

interface Rounding {
  /** @param z [N, D] */
  round(z: tf.Tensor2D): Quantised;
  /** @param chosen one-hot, [N, K] @returns [N, D] in [−1, 1] */
  vectorsOf(chosen: tf.Tensor2D): tf.Tensor2D;
}

/**
 * Mentzer et al. 2023, section 3.1 and the program of appendix A.1. Of a channel with L levels, h = (L − 1)(1 − ε) / 2, and o = ½
 * where L is even, else 0: b(z) = h tanh(z + tan(o / h)) − o, e = round(b(z)) / ⌊L / 2⌋, with the gradient of b(z) / ⌊L / 2⌋.
 * So e is one of L numbers, 1 / ⌊L / 2⌋ apart, from −1 to 1 where L is odd, to 1 − 1 / ⌊L / 2⌋ where it is even. The code of e_1 … e_D is
 * Σ (round(b(z_i)) + ⌊L_i / 2⌋) · L_1 ⋯ L_{i−1}, from 0 to L_1 ⋯ L_D − 1.
 * @param levels L_1 … L_D, each from 2 to 256
 */
export function createRounding(levels: readonly number[]): Rounding {
  const codes = product(levels);
  const halves = levels.map((l) => Math.floor(l / 2));
  const reaches = levels.map((l) => ((l - 1) * (1 - epsilon)) / 2);
  const offsets = levels.map((l) => (l % 2 === 0 ? 0.5 : 0));
  const shifts = offsets.map((offset, i) => Math.tan(offset / (reaches[i] as number)));
  // As reciprocals: TensorFlow, when it has a graph, makes these of constants that it divides by.
  const scales = halves.map((half) => 1 / half);
  // One factor on the gradient's way: TensorFlow, when it has a graph, makes one of two constants.
  const slopes = reaches.map((reach, i) => reach * (scales[i] as number));

  /** @param rounded whole numbers from −⌊L / 2⌋, [N, D] @returns one-hot, [N, K] */
  const codesAt = (rounded: tf.Tensor2D) => {
    const bases = levels.map((_, i) => product(levels.slice(0, i)));
    const first = bases.reduce((sum, base, i) => sum + base * (halves[i] as number), 0);
    const indices = tf.add(tf.sum(tf.mul(rounded, tf.tensor1d(bases)), 1), first);
    return oneHot(tf.cast(indices, 'int32') as tf.Tensor1D, codes);
  };

  return {
    round: (z) =>
      tf.tidy(() => {
        const squashed = tf.tanh(tf.add(z, tf.tensor1d(shifts)));
        const bounded = tf.sub(tf.mul(squashed, tf.tensor1d(reaches)), tf.tensor1d(offsets));
        const rounded = tf.round(bounded) as tf.Tensor2D;
        const moving = tf.mul(squashed, tf.tensor1d(slopes)) as tf.Tensor2D;
        const vectors = straightThrough(moving, tf.mul(rounded, tf.tensor1d(scales)) as tf.Tensor2D);
        return { chosen: codesAt(rounded), vectors };
      }),
    vectorsOf: (chosen) =>
      tf.tidy(() => tf.matMul<tf.Tensor2D>(chosen, tf.tensor2d(vectorsOfCodes(levels, halves)))),
  };
}

/** The vector of each code, in the order of the codes. @returns [K][D] */
function vectorsOfCodes(levels: readonly number[], halves: readonly number[]): number[][] {
  return Array.from({ length: product(levels) }, (_, code) => {
    let rest = code;
    return levels.map((l, i) => {
      const [level, half] = [rest % l, halves[i] as number];
      rest = Math.floor(rest / l);
      return (level - half) / half;
    });
  });
}

/** 8x5x5x5 → [8, 5, 5, 5] */
function levelsOf(words: string): readonly number[] {
  return words.split('x').map(Number);
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all * one, 1);
}
