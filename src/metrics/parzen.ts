// `parzen`: the log-likelihood of test images under a smear of the samples.
import type { AnySet } from '../dataset/image-set';
import { pointsOf } from '../dataset/nearest';
import { pickImages } from '../dataset/split';
import { forEachRow } from '../stats/distance-tiles';
import type { Points } from '../stats/points';
import { nearBySketch } from '../stats/sketch';
import { untrained } from './classified';
import { type MeasuredImages, meanOf, type SampleMetric } from './metric';

/** numpy.logspace(−1, 0, 10), as in the code of Goodfellow et al.: github.com/goodfeli/adversarial, parzen_ll.py. */
const widths: readonly number[] = Array.from({ length: 10 }, (_, i) => 10 ** (-1 + i / 9));
const validationImages = 1000;

/**
 * log p(x) = log 1/n Σ_i N(x; s_i, σ² I) over the samples s_i: Breuleux et al. 2011, section 4.3,
 * doi.org/10.1162/NECO_a_00158; Goodfellow et al. 2014, section 5, arxiv.org/abs/1406.2661.
 * Protocol: pixels in [0, 1]; all samples; σ is the one of ten from 0.1 to 1, evenly in log, that is best on average
 * for the last 1,000 training images (of MNIST: the last of the 10,000 that the original validates on); the mean
 * over the whole test split at this σ, with its standard error over test images; log-sum-exp in float64. A training
 * image that is among the samples, as when training images are measured, does not count where σ is chosen by itself.
 * Departure: the original trains on the first 50,000 images, where our models have seen those that choose σ.
 * It is reported because papers of 2014 to 2016 did: in so many dimensions it is far from the true likelihood, and
 * can prefer worse samples (Theis et al. 2016, section 3.2, arxiv.org/abs/1511.01844).
 */
export const parzen: SampleMetric = {
  of: 'samples',
  reads: 'pixels',
  hasRealFloor: true,
  name: 'parzen',
  summary: 'log-likelihood of test images under a Parzen window of the samples, as in Goodfellow et al. 2014',
  figures: [{ name: 'parzen', label: 'Parzen', unit: 'nats', better: 'higher' }],
  refusal: untrained,
  measure: async ({ samples, test, train }) => {
    const width = await bestWidth(samples, train);
    const [logLikelihoods = []] = await parzenWindow(pointsOf(samples), pointsOf(test), [width]);
    return { parzen: meanOf(logLikelihoods) };
  },
};

/** σ, chosen on the last training images. */
export async function bestWidth(samples: MeasuredImages, train: AnySet): Promise<number> {
  const count = Math.min(validationImages, train.count);
  const last = Array.from({ length: count }, (_, i) => train.count - count + i);
  const validation = pointsOf(pickImages(train, last));
  const logLikelihoods = await parzenWindow(pointsOf(samples), validation, widths, { leaveOut: true });
  const means = logLikelihoods.map((values) => meanOf(values).mean);
  return widths[means.indexOf(Math.max(...means))] as number;
}

/** log p of each image, in nats, for each width: [widths][images.count].
 *  @param leaveOut whether a sample that is the image itself is none of the window */
export async function parzenWindow(
  samples: Points,
  images: Points,
  sigmas: readonly number[],
  { leaveOut = false } = {},
): Promise<Float64Array[]> {
  const logLikelihoods = sigmas.map(() => new Float64Array(images.count));
  const take = (query: number, squared: ArrayLike<number>) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < squared.length; i++) nearest = Math.min(nearest, squared[i] as number);
    for (const [i, sigma] of sigmas.entries()) {
      const normaliser =
        Math.log(samples.count) + (samples.dimension / 2) * Math.log(2 * Math.PI * sigma ** 2);
      (logLikelihoods[i] as Float64Array)[query] = logSum(squared, nearest, sigma) - normaliser;
    }
  };
  const near = leaveOut ? undefined : await nearBySketch(images, samples, reachOf(Math.max(...sigmas)));
  for (const [query, { squared }] of near?.entries() ?? []) take(query, squared);
  if (!near) {
    await forEachRow(images, samples, ({ query, squared, uncertainty }) => {
      if (leaveOut) leaveOneOut(squared, uncertainty);
      take(query, squared);
    });
  }
  return logLikelihoods;
}

/** Puts one distance of 0, if there is one, out of reach; where there is no other sample, it stays. */
function leaveOneOut(squared: Float64Array, uncertainty: number): void {
  const at = squared.length > 1 ? squared.findIndex((value) => value <= uncertainty) : -1;
  if (at >= 0) squared[at] = Number.POSITIVE_INFINITY;
}

/** Terms below e⁻⁴⁵ of the largest are nothing in float64: of samples so much farther than the nearest, squared. */
const reachOf = (sigma: number) => 90 * sigma ** 2;

/** log Σ exp(−d²/2σ²) */
function logSum(squared: ArrayLike<number>, nearest: number, sigma: number): number {
  const factor = -1 / (2 * sigma ** 2);
  const farthest = nearest + reachOf(sigma);
  let sum = 0;
  for (let i = 0; i < squared.length; i++) {
    const value = squared[i] as number;
    if (value < farthest) sum += Math.exp((value - nearest) * factor);
  }
  return nearest * factor + Math.log(sum);
}
