// `codebook`: replaces each vector by the nearest code, and moves the codes after the vectors.
import * as tf from '@tensorflow/tfjs-core';
import { integer, number, type OptionValues } from '../../../config/option';
import { type Parameters, zeros } from '../../parameters';
import { stopGradient, straightThrough } from '../../stop-gradient';
import { oneHot } from '../one-hot';
import { maxCodes, type Quantiser, type QuantiserChoice, type QuantiserShape } from './quantiser';

/** The choice with which its options do anything. */
const onlyWith = { quantiser: ['codebook'] };

const options = {
  codes: integer({
    description: 'codes in the codebook',
    default: 256,
    before: 128,
    min: 2,
    max: maxCodes,
    search: { among: [128, 256, 512] },
    onlyWith,
    why: 'of MNIST, 16 codes an image, 219 are in use; van den Oord et al. 2017 use 512 for colour photographs',
  }),
  codeDim: integer({ description: 'size of a code', default: 32, min: 1, max: 1024, onlyWith }),
  commitment: number({
    description: 'weight β that holds what is encoded near its code',
    default: 0.25,
    min: 0,
    search: { from: 0.1, to: 2, log: true },
    onlyWith,
    why: 'van den Oord et al. 2017, section 3.2',
  }),
  codebookDecay: number({
    description: "share of the codes' running means that each step keeps",
    default: 0.99,
    min: 0,
    max: 0.9999,
    onlyWith,
    why: 'van den Oord et al. 2017, appendix A.1',
  }),
};

type Values = OptionValues<typeof options>;

export const codebook = {
  options,
  shapeOf: ({ codes, codeDim }: Values) => ({ codes, codeDim }),
  create: createCodebookQuantiser,
} satisfies QuantiserChoice<Values>;

/**
 * van den Oord et al. 2017, eq. 1 to 3, arxiv.org/abs/1711.00937: e is the code nearest to z; the gradient of e goes to z,
 * and β ‖z − sg(e)‖² is added to the loss, summed over the grid, batch mean.
 */
function createCodebookQuantiser(parameters: Parameters, values: Values): Quantiser {
  const { codes, codeDim, commitment, codebookDecay: decay } = values;
  const book = createCodebook(parameters, 'codebook', { codes, codeDim, decay });
  return {
    parameterCounts: { codebook: codes * codeDim },
    noise: {
      picks: { shape: [codes], distribution: 'uniform' },
      jitter: { shape: [codes, codeDim], distribution: 'normal' },
    },
    train: (encoded, batch, noise) =>
      tf.tidy(() => {
        book.revive(encoded, noise.picks as tf.Tensor1D, noise.jitter as tf.Tensor2D);
        const vectors = book.codebook();
        const chosen = nearestCodes(encoded, vectors);
        const nearest = stopGradient<tf.Tensor2D>(tf.matMul(chosen, vectors));
        book.follow(encoded, chosen);
        const distance = tf.div(tf.sum(tf.squaredDifference(encoded, nearest)), batch);
        const penalty = tf.mul(distance, commitment) as tf.Scalar;
        return { chosen, vectors: straightThrough(encoded, nearest), penalty };
      }),
    codesOf: (encoded) => tf.tidy(() => nearestCodes(encoded, book.codebook())),
    vectorsOf: (chosen) => tf.tidy(() => tf.matMul<tf.Tensor2D>(chosen, book.codebook())),
  };
}

interface CodebookShape extends QuantiserShape {
  /** Share of the running sums that each step keeps, γ. */
  readonly decay: number;
}

export interface Codebook {
  /** The codes. @returns [K, D] */
  codebook(): tf.Tensor2D;
  /** Gives codes that hardly anything is near to a place among the vectors of this batch.
   *  @param vectors [N, D]
   *  @param picks   uniform on [0, 1), [K]
   *  @param jitter  normal, [K, D] */
  revive(vectors: tf.Tensor2D, picks: tf.Tensor1D, jitter: tf.Tensor2D): void;
  /** Moves each code towards the mean of the vectors that chose it.
   *  @param vectors [N, D]
   *  @param chosen  one-hot, [N, K] */
  follow(vectors: tf.Tensor2D, chosen: tf.Tensor2D): void;
}

/** A code is dead when a batch chooses it less than this share of the times it would if all were chosen alike. */
const deadShare = 0.02;

/** What a revived code is counted with, of the same: it is soon dead again where nothing chooses it. */
const revivedShare = 0.1;

/** The length of a revived code's distance from its vector. */
const jitterScale = 0.01;

/**
 * van den Oord et al. 2017, appendix A.1, arxiv.org/abs/1711.00937: with n_i the vectors z that chose code i,
 * N_i ← γ N_i + (1 − γ) n_i, m_i ← γ m_i + (1 − γ) Σ z, e_i = m_i / N_i. N and m are the variables; e follows from them.
 *
 * Where we depart: a code whose N_i falls below `deadShare` of N/K starts anew at a random vector of the batch, with a
 * small N_i: the random restarts of Dhariwal et al. 2020, section 3.1, arxiv.org/abs/2005.00341. It is jittered, as in that
 * paper's program, so that no two codes are the same. At first N is zero: all codes are dead, and the first batch places
 * them. It also leaves N_i no need of Laplace smoothing.
 */
export function createCodebook(
  parameters: Parameters,
  name: string,
  { codes, codeDim, decay }: CodebookShape,
): Codebook {
  const counts = parameters.add<tf.Rank.R2>(`${name}.counts`, [codes, 1], zeros, 'statistic');
  const sums = parameters.add<tf.Rank.R2>(`${name}.sums`, [codes, codeDim], zeros, 'statistic');
  const average = (variable: tf.Variable<tf.Rank.R2>, batch: tf.Tensor2D) =>
    variable.assign(tf.add(tf.mul(variable, decay), tf.mul(batch, 1 - decay)));
  return {
    // Only before the first step is a count zero: then its code is zero too.
    codebook: () => tf.tidy(() => tf.div(sums, tf.maximum(counts, 1e-12)) as tf.Tensor2D),
    revive: (vectors, picks, jitter) =>
      tf.tidy(() => {
        const [count] = vectors.shape;
        const even = count / codes;
        const [threshold, start] = [deadShare * even, revivedShare * even];
        const places = tf.minimum(tf.floor(tf.mul(picks, count)), count - 1);
        // No tf.gather: that of tfjs-node looks at the indices on the host.
        const picked = tf.matMul(oneHot(tf.cast(places, 'int32') as tf.Tensor1D, count), vectors); // [K, D]
        const fresh = tf.add(picked, tf.mul(jitter, jitterScale / Math.sqrt(codeDim)));
        const dead = tf.cast(tf.less(counts, threshold), 'float32'); // [K, 1]
        const alive = tf.sub(1, dead);
        sums.assign(tf.add(tf.mul(sums, alive), tf.mul(tf.mul(fresh, start), dead)));
        counts.assign(tf.add(tf.mul(counts, alive), tf.mul(dead, start)));
      }),
    follow: (vectors, chosen) =>
      tf.tidy(() => {
        average(counts, tf.reshape(tf.sum(chosen, 0), [codes, 1]));
        average(sums, tf.matMul(chosen, vectors, true));
      }),
  };
}

/**
 * argmin_i ‖z − e_i‖², van den Oord et al. 2017, eq. 1, without ‖z‖², which all codes share.
 * @param vectors  [N, D]
 * @param codebook [K, D]
 * @returns one-hot, [N, K]; the first of codes that are equally near
 */
export function nearestCodes(vectors: tf.Tensor2D, codebook: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const products = tf.matMul(vectors, codebook, false, true);
    const distances = tf.sub(tf.sum(tf.square(codebook), 1), tf.mul(products, 2)); // [N, K]
    return oneHot(tf.argMin(distances, 1), codebook.shape[0]);
  });
}
