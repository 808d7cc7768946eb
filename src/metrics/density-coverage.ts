// `density-coverage`: how thickly samples lie around real images, and how many real images have one near.
import { crossing, isHit } from '../stats/balls';
import { type Estimates, type MeasuredImages, meanOf, type SampleMetric } from './metric';

/** Naeem et al. 2020, section 3.3. */
const neighbours = 5;

/**
 * density = 1/(kM) Σ_j Σ_i 1[|y_j − x_i| < r_k(x_i)], coverage = 1/N Σ_i 1[∃j: |y_j − x_i| < r_k(x_i)]; r_k(x_i) is the
 * distance of the k-th nearest other real image. Naeem et al. 2020, section 3, arxiv.org/abs/2002.09797, k = 5.
 * Protocol: x are the features of the whole test split, y of all samples. For samples that are as good as real ones
 * density is 1 and coverage 1 − Π_{l=1..k} (N − l)/(M + N − l), 0.97 for k = 5 and N = M. Standard errors are of the
 * mean over samples (density) or test images (coverage), the balls taken as given.
 */
export const densityCoverage: SampleMetric = {
  of: 'samples',
  reads: 'features',
  hasRealFloor: true,
  name: 'density-coverage',
  summary: 'how thickly samples lie around real images, share of real images with a sample near',
  figures: [
    { name: 'density', label: 'density', better: 'higher' },
    { name: 'coverage', label: 'coverage', better: 'higher' },
  ],
  measure: ({ samples, test }) => measureDensityCoverage(samples, test, neighbours),
};

/** @param k the neighbour to which a ball reaches */
export async function measureDensityCoverage(
  samples: MeasuredImages,
  test: MeasuredImages,
  k: number,
): Promise<Estimates> {
  const { ofPoints, ofBalls } = (await crossing(samples, test, k)).real;
  return {
    density: meanOf(Array.from(ofPoints, (count) => count / k)),
    coverage: meanOf(isHit(ofBalls)),
  };
}
