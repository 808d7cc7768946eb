// `clipped-density-coverage`: density and coverage that outliers cannot move, as shares of good samples.

import { type Balls, countHits, testBalls } from '../stats/balls';
import { featureless } from './classified';
import { type Estimate, type Estimates, type MeasuredImages, meanOf, type SampleMetric } from './metric';

/** The paper's. */
const neighbours = 5;

/**
 * With r_i the distance of real image x_i from its k-th nearest other one, r̃_i = min(r_i, median r) and balls that hold
 * their surface:
 * clippedDensity = min(1, D(samples) / D(real)), D(y) = mean_j min(1, |{i: y_j in the ball r̃_i of x_i}| / k), where a real
 * image does not count its own ball; clippedCoverage = f⁻¹(mean_i min(1, |{j: y_j in the ball r_i of x_i}| / k)), where
 * f(m / M) is what is to be expected when m of the M samples are as good as real ones and the rest lie nowhere near:
 * f = E min(1, J / k) with J ~ BetaBinomial(m, k, N − k). Both read as shares of good samples.
 * Salvy et al. 2025, sections 4 and 5, arxiv.org/abs/2507.01761, k = 5.
 * Protocol: features of the whole test split and of all samples. Standard errors are over samples (density) or test images
 * (coverage, carried through f⁻¹), the balls taken as given.
 */
export const clippedDensityCoverage: SampleMetric = {
  of: 'samples',
  readsFeatures: true,
  hasRealFloor: true,
  name: 'clipped-density-coverage',
  summary: 'the same as shares of good samples, safe from outliers',
  figures: [
    { name: 'clippedDensity', label: 'clipped density', better: 'higher' },
    { name: 'clippedCoverage', label: 'clipped coverage', better: 'higher' },
  ],
  refusal: featureless,
  measure: ({ samples, test }) => measureClipped(samples, test, neighbours),
};

/** @param wanted the neighbour to which a ball reaches; the farthest where there are fewer */
export async function measureClipped(
  samples: MeasuredImages,
  test: MeasuredImages,
  wanted: number,
): Promise<Estimates> {
  const k = Math.min(wanted, test.count - 1);
  const balls = await testBalls(test, wanted);
  const { ofBalls } = await countHits(balls, samples, 'inside');
  return {
    clippedDensity: await clippedDensity(samples, test, clip(balls), k),
    clippedCoverage: calibrated(meanOf(clippedShares(ofBalls, k)), samples.count, test.count, k),
  };
}

/** Balls no larger than their median; of an even count it is between the middle two. */
function clip({ centres, squaredRadii }: Balls): Balls {
  const sorted = squaredRadii.toSorted();
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  const limit = low === high ? low : ((Math.sqrt(low) + Math.sqrt(high)) / 2) ** 2;
  return { centres, squaredRadii: squaredRadii.map((radius) => Math.min(radius, limit)) };
}

async function clippedDensity(
  samples: MeasuredImages,
  test: MeasuredImages,
  balls: Balls,
  k: number,
): Promise<Estimate> {
  const { ofPoints: drawn } = await countHits(balls, samples, 'inside');
  const { ofPoints: real } = await countHits(balls, test, 'inside');
  const ofReal = meanOf(
    clippedShares(
      real.map((count) => count - 1),
      k,
    ),
  ).mean;
  const { mean, standardError } = meanOf(clippedShares(drawn, k));
  return { mean: Math.min(1, mean / ofReal), standardError: standardError / ofReal };
}

const clippedShares = (counts: Uint32Array, k: number) =>
  Float64Array.from(counts, (count) => Math.min(1, count / k));

/** f⁻¹ of an estimate: the share of good samples of which it would be expected. */
function calibrated({ mean, standardError }: Estimate, drawn: number, real: number, k: number): Estimate {
  const expected = expectedCoverage(drawn, real, k);
  const shareAt = (coverage: number) => {
    const enough = expected.findIndex((value) => value >= coverage);
    return (enough < 0 ? drawn : enough) / drawn;
  };
  const [low, high] = [shareAt(mean - standardError), shareAt(mean + standardError)];
  return { mean: shareAt(mean), standardError: (high - low) / 2 };
}

/**
 * f at m = 0, 1, …, drawn − 1 good samples. E min(1, J / k) = 1 − Σ_{j < k} (1 − j / k) P(J = j), J ~ BetaBinomial(m, k,
 * real − k): the share of all that a ball to the k-th of `real` neighbours holds is Beta(k, real − k).
 */
export function expectedCoverage(drawn: number, real: number, k: number): Float64Array {
  const rest = real - k;
  // ln Γ of whole numbers.
  const logGamma = new Float64Array(drawn + real + 2);
  for (let n = 3; n < logGamma.length; n++) logGamma[n] = (logGamma[n - 1] as number) + Math.log(n - 1);
  const gamma = (n: number) => logGamma[n] as number;
  const logBeta = (a: number, b: number) => gamma(a) + gamma(b) - gamma(a + b);
  return Float64Array.from({ length: drawn }, (_, good) => {
    let missing = 0;
    for (let j = 0; j < k && j <= good; j++) {
      const logChoices = gamma(good + 1) - gamma(j + 1) - gamma(good - j + 1);
      missing += (1 - j / k) * Math.exp(logChoices + logBeta(k + j, good - j + rest) - logBeta(k, rest));
    }
    return 1 - missing;
  });
}
