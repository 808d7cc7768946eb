// `fid-infinity`: what the Fréchet distance would be of endlessly many images.

import { oncePerSet } from '../stats/memo';
import type { Features } from '../stats/points';
import { distanceBetween, frechetDistance, momentsOf } from './frechet';
import type { Estimate, SampleMetric } from './metric';
import { drawSubset } from './subsets';

/** Of the protocol: at how many sizes the distance is measured, the smallest a tenth of the largest. */
const sizes = 15;
const smallestShare = 0.1;

/**
 * FID∞: the Fréchet distance at n images is FID∞ + b / n but for smaller terms, so that a line through the distances at
 * several n, by 1/n, meets its axis at FID∞: Chong & Forsyth 2020, section 3, arxiv.org/abs/1911.07023.
 * Departures: samples and test images are both taken n at a time, so that the bias of either goes (the paper's statistics
 * of real images are fixed); the samples are those that there are, not drawn by a low-discrepancy sequence.
 * Protocol: 15 sizes, evenly spaced from a tenth of the smaller set to all of it; subsets without repetition by the streams
 * (seed, "evaluate/fid-infinity/samples" and "evaluate/fid-infinity/test", size); least squares. The standard error is
 * that of the FID of all images and that of the line's intercept, added in squares. It may be below 0 for samples as
 * good as real ones.
 */
export const fidInfinity: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'fid-infinity',
  summary: 'Fréchet distance of endlessly many images, extrapolated',
  figures: [{ name: 'fidInfinity', label: 'FID∞', better: 'lower' }],
  refusal: ({ sampleCount }) => (sampleCount < fewest ? `it takes at least ${fewest} samples` : undefined),
  measure: async ({ samples, test, seed }) => ({ fidInfinity: frechetLimit(samples, test, seed) }),
};

/** Below so many a tenth of them has no covariance to speak of. */
const fewest = 100;

export function frechetLimit(samples: Features, test: Features, seed: number): Estimate {
  const all = Math.min(samples.count, test.count);
  const smallest = Math.max(2, Math.ceil(smallestShare * all));
  const points = Array.from({ length: sizes }, (_, i) => {
    const count = Math.round(smallest + ((all - smallest) * i) / (sizes - 1));
    const drawn = momentsOf(drawSubset(samples, count, seed, 'evaluate/fid-infinity/samples', i));
    return { x: 1 / count, y: distanceBetween(drawn, momentsOfTest(test, count, seed, i)) };
  });
  const { intercept, standardError } = fitLine(points);
  return {
    mean: intercept,
    standardError: Math.hypot(standardError, frechetDistance(samples, test).standardError),
  };
}

/** Of a subset. Samples and real images are held against the same ones. */
const momentsOfTest = oncePerSet((test: Features, count: number, seed: number, size: number) =>
  momentsOf(drawSubset(test, count, seed, 'evaluate/fid-infinity/test', size)),
);

/** Least squares: y = intercept + slope · x, and the intercept's standard error from what is left over. */
export function fitLine(points: readonly { readonly x: number; readonly y: number }[]) {
  const count = points.length;
  const [meanX, meanY] = [sum(points, ({ x }) => x) / count, sum(points, ({ y }) => y) / count];
  const spread = sum(points, ({ x }) => (x - meanX) ** 2);
  const slope = spread === 0 ? 0 : sum(points, ({ x, y }) => (x - meanX) * (y - meanY)) / spread;
  const intercept = meanY - slope * meanX;
  const left = sum(points, ({ x, y }) => (y - intercept - slope * x) ** 2) / Math.max(1, count - 2);
  const share = spread === 0 ? 1 / count : 1 / count + meanX ** 2 / spread;
  return { intercept, slope, standardError: Math.sqrt(left * share) };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
