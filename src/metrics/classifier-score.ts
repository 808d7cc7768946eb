// `classifier-score`: the Inception score, with the classifier of the data at hand in Inception's place.
import { probabilitiesOf, unclassified } from './classified';
import { type Estimate, type MeasuredStream, meanOf, type SampleMetric } from './metric';

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
  measureAll: async ({ samples }) => ({ classifierScore: scoreOfAll(samples) }),
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

/** Σ_x Σ_y p log p and Σ_x p, of which the score follows: Σ_x KL(p ‖ m) = Σ_x Σ_y p log p − Σ_y (Σ_x p) log m. */
interface ScoreSums {
  count: number;
  entropies: number;
  readonly classes: Float64Array;
}

/** In one pass, the splits by the places of the samples among all. */
function scoreOfAll({ count, classCount, blocks }: MeasuredStream): Estimate {
  const parts = Math.min(splits, count);
  const sums = Array.from(
    { length: parts },
    (): ScoreSums => ({ count: 0, entropies: 0, classes: new Float64Array(classCount) }),
  );
  let first = 0;
  for (const block of blocks()) {
    const probabilities = block.probabilities as Float32Array;
    for (let i = 0; i < block.count; i++) {
      const part = Math.min(parts - 1, Math.floor(((first + i + 1) * parts - 1) / count));
      addTo(sums[part] as ScoreSums, probabilities.subarray(i * classCount, (i + 1) * classCount));
    }
    first += block.count;
  }
  const all: ScoreSums = { count, entropies: 0, classes: new Float64Array(classCount) };
  for (const { entropies, classes } of sums) {
    all.entropies += entropies;
    for (const [c, sum] of classes.entries()) (all.classes[c] as number) += sum;
  }
  return { mean: scoreOf(all), standardError: meanOf(sums.map(scoreOf)).standardError };
}

function addTo(sums: ScoreSums, probabilities: Float32Array): void {
  sums.count++;
  for (const [c, p] of probabilities.entries()) {
    (sums.classes[c] as number) += p;
    if (p > 0) sums.entropies += p * Math.log(p);
  }
}

function scoreOf({ count, entropies, classes }: ScoreSums): number {
  const marginal = classes.reduce((sum, p) => (p > 0 ? sum + p * Math.log(p / count) : sum), 0);
  return Math.exp((entropies - marginal) / count);
}
