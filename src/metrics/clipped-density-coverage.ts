// `clipped-density-coverage`: density and coverage that outliers cannot move, as shares of good samples.

import { clippedAmongTest, crossing } from '../stats/balls';
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
  reads: 'features',
  hasRealFloor: true,
  name: 'clipped-density-coverage',
  summary: 'the same as shares of good samples, safe from outliers',
  figures: [
    { name: 'clippedDensity', label: 'clipped density', better: 'higher' },
    { name: 'clippedCoverage', label: 'clipped coverage', better: 'higher' },
  ],
  measure: ({ samples, test }) => measureClipped(samples, test, neighbours),
};

/** @param wanted the neighbour to which a ball reaches; the farthest where there are fewer */
export async function measureClipped(
  samples: MeasuredImages,
  test: MeasuredImages,
  wanted: number,
): Promise<Estimates> {
  const k = Math.min(wanted, test.count - 1);
  const { realInside, clipped } = await crossing(samples, test, wanted);
  const among = await clippedAmongTest(test, wanted);
  return {
    clippedDensity: clippedDensity(clipped.ofPoints, among.ofPoints, k),
    clippedCoverage: calibrated(meanOf(clippedShares(realInside.ofBalls, k)), samples.count, test.count, k),
  };
}

/** @param drawn balls that hold each sample @param real balls that hold each test image, its own among them */
function clippedDensity(drawn: Uint32Array, real: Uint32Array, k: number): Estimate {
  const others = real.map((count) => count - 1);
  const ofReal = meanOf(clippedShares(others, k)).mean;
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
