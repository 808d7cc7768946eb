// `precision-recall`: the share of samples that look real, and of real images that samples come near to.
import { crossing, isHit } from '../stats/balls';
import { type Estimates, type MeasuredImages, meanOf, type SampleMetric } from './metric';

/** The neighbours of `prdc` and of our density and coverage, so that all four count the same balls of test images. */
const neighbours = 5;

/**
 * precision = 1/M Σ_j 1[∃i: |y_j − x_i| < r_k(x_i)], recall = 1/N Σ_i 1[∃j: |x_i − y_j| < r_k(y_j)]; r_k is the
 * distance of the k-th nearest neighbour in one's own set. Kynkäänniemi et al. 2019, eq. 1 and 2,
 * arxiv.org/abs/1904.06991.
 * Departures: k = 5 (theirs: 3); a point on a surface is outside (theirs: inside), as in github.com/clovaai/generative-evaluation-prdc.
 * Protocol: x are the features of the whole test split, y of all samples; both figures depend on their numbers, so
 * compare at equal ones. Standard errors are of the mean over samples (precision) or test images (recall), the balls
 * taken as given.
 */
export const precisionRecall: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'precision-recall',
  summary: 'share of samples that look real, share of real images that samples come near to',
  figures: [
    { name: 'precision', label: 'precision', better: 'higher' },
    { name: 'recall', label: 'recall', better: 'higher' },
  ],
  measure: ({ samples, test }) => measurePrecisionRecall(samples, test, neighbours),
};

/** @param k the neighbour to which a ball reaches */
export async function measurePrecisionRecall(
  samples: MeasuredImages,
  test: MeasuredImages,
  k: number,
): Promise<Estimates> {
  const { real, drawn } = await crossing(samples, test, k);
  return { precision: meanOf(isHit(real.ofPoints)), recall: meanOf(isHit(drawn.ofPoints)) };
}
