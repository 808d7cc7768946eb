// `classifier-score`: the Inception score, with the classifier of the data at hand in Inception's place.
import { probabilitiesOf, unclassified } from './classified';
import { type Estimate, meanOf, type SampleMetric } from './metric';

/** Salimans et al. 2016 split 50,000 samples in as many. */
const splits = 10;

/**
 * exp(E_x KL(p(y|x) ‖ p(y))), p(y) = E_x p(y|x): Salimans et al. 2016, section 4, arxiv.org/abs/1606.03498. Between 1
 * (all samples look alike to the classifier, or all leave it undecided) and the number of classes.
 * Departures: our classifier; the score of all samples at once, where theirs is the mean of those of ten splits, each
 * a little lower (Barratt & Sharma 2018, section 4, arxiv.org/abs/1801.01973).
 * Protocol: all samples, sums in float64. The standard error is the spread of the scores of ten splits, in the order
 * of the samples, over √10; of fewer splits when there are fewer samples.
 */
export const classifierScore: SampleMetric = {
  of: 'samples',
  reads: 'classes',
  hasRealFloor: true,
  name: 'classifier-score',
  summary: 'Inception score with a classifier of the data: sharp classes, and many',
  figures: [{ name: 'classifierScore', label: 'classifier score', better: 'higher' }],
  refusal: unclassified,
  measure: async ({ samples }) => ({
    classifierScore: scoreWithSplits(probabilitiesOf(samples), samples.count, samples.classCount),
  }),
};

/** @param probabilities [count, classCount], row by row */
export function scoreWithSplits(probabilities: Float32Array, count: number, classCount: number): Estimate {
  const parts = Math.min(splits, count);
  const bounds = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * count) / parts));
  const scores = bounds
    .slice(1)
    .map((end, i) =>
      score(probabilities.subarray((bounds[i] as number) * classCount, end * classCount), classCount),
    );
  return { mean: score(probabilities, classCount), standardError: meanOf(scores).standardError };
}

function score(probabilities: Float32Array, classCount: number): number {
  const count = probabilities.length / classCount;
  const marginal = new Float64Array(classCount);
  for (let at = 0; at < probabilities.length; at++)
    (marginal[at % classCount] as number) += (probabilities[at] as number) / count;
  let divergence = 0;
  for (let at = 0; at < probabilities.length; at++) {
    const p = probabilities[at] as number;
    if (p > 0) divergence += p * Math.log(p / (marginal[at % classCount] as number));
  }
  return Math.exp(divergence / count);
}
