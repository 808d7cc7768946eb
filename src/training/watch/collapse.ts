// Mode collapse: figures that tell samples which look alike, or lack classes, from healthy ones, and the judgement.
// Images are compared in pixels: no network to download, and in 28×28 greys near images are alike.
import type { CollapseFigures } from '../../run/events';
import { forEachRow } from '../../stats/distance-tiles';
import { neighbourSquared } from '../../stats/neighbours';
import { firstPoints, type Points } from '../../stats/points';
import { figure } from '../../words';

/** Real images, with what is the same at every comparison. */
export interface Reference {
  readonly points: Points;
  /** [points.count], when the set has labels. */
  readonly labels: Uint8Array | undefined;
  /** [points.count], the squared distance to each image's k-th nearest other one. */
  readonly squaredRadii: Float64Array;
  readonly distances: SelfDistances;
}

interface SelfDistances {
  /** Between two images, the mean over all pairs. */
  readonly pair: number;
  /** To the nearest other image, the median. */
  readonly nearest: number;
}

/** Naeem et al.'s k: arxiv.org/abs/2002.09797, section 4.1 and appendix. */
const neighbours = 5;

/** Measured on healthy and on collapsed models, with room to both sides: docs/watchdog.md. */
const leastDiversity = 0.25;
export const leastSeparation = 0.15;
const mostMissing = 0.3;
/** A class is missing when it has less than this of its share of the samples: a nearest neighbour errs now and then. */
const missingShare = 0.2;
/** A class is expected when it should have so many of the samples: by chance it has none of 3 once in 20 times. */
const leastExpected = 3;

/** @param sampleCount how many samples it will be compared with */
export async function createReference(
  points: Points,
  labels: Uint8Array | undefined,
  sampleCount: number,
): Promise<Reference> {
  const squaredRadii = await neighbourSquared(points, neighbours);
  const distances = await selfDistances(firstPoints(points, Math.min(points.count, sampleCount)));
  return { points, labels, squaredRadii, distances };
}

/** Compares samples with real images. */
export async function measureCollapse(reference: Reference, samples: Points): Promise<CollapseFigures> {
  const own = await selfDistances(samples);
  const { between, nearest, coveredCount } = await crossDistances(samples, reference);
  const { distances, points, labels } = reference;
  return {
    diversity: ratio(own.pair, distances.pair),
    separation: ratio(own.nearest, distances.nearest),
    likeness: likeness(between, own.pair, distances.pair),
    coverage: coverageOf(coveredCount, samples.count, points.count),
    ...(labels && classFigures(nearest, labels)),
  };
}

/** @param least the separation of samples whose latents lie apart
 *  @returns what is wrong, as half a sentence; undefined when nothing is */
export function judgeCollapse(figures: CollapseFigures, least = leastSeparation): string | undefined {
  const { diversity, separation, missingClasses = [], expectedClasses = 0 } = figures;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  if (diversity < leastDiversity) {
    return `All samples look alike: two of them differ by ${percent(diversity)} of what two real images do`;
  }
  if (separation < least) {
    return `The samples are copies of a few: a sample is as near to the next as ${percent(separation)} of what real images are`;
  }
  if (expectedClasses > 1 && missingClasses.length >= mostMissing * expectedClasses) {
    return `${missingClasses.length} of ${expectedClasses} classes missing (${missingClasses.join(', ')})`;
  }
  return undefined;
}

/** Samples of a model that goes on learning come to it from below: docs/small-sets.md. */
const leastLikeness = 0.9;

/** How good samples are as a whole, a sentence. @param least as in `judgeCollapse` */
export function verdictOf(figures: CollapseFigures, least = leastSeparation): string {
  const problem = judgeCollapse(figures, least);
  if (problem) return `${problem}. Train longer, or with other options.`;
  const likeness = `likeness ${figure(figures.likeness)} of 1`;
  return figures.likeness < leastLikeness
    ? `The samples are not yet spread as the images are (${likeness}): train longer.`
    : `The samples are spread as the images are (${likeness}).`;
}

/**
 * Coverage, Naeem et al. 2020, arxiv.org/abs/2002.09797: the share of real images within whose k-th nearest real
 * neighbour a sample lies. Divided by its expectation for samples that are as the real images are (their section 3.3:
 * 1 − Π (N−1−i)/(N−1+M−i), i < k), because we have fewer samples M than real images N.
 */
function coverageOf(coveredCount: number, sampleCount: number, count: number): number {
  let none = 1;
  for (let i = 0; i < Math.min(neighbours, count - 1); i++)
    none *= (count - 1 - i) / (count - 1 + sampleCount - i);
  return ratio(coveredCount / count, 1 - none);
}

/** Each sample has the class of its nearest real image. @param nearest [samples], which that is */
function classFigures(nearest: Uint32Array, labels: Uint8Array) {
  const [count, sampleCount] = [labels.length, nearest.length];
  const shares = new Map<number, number>();
  for (const label of labels) shares.set(label, (shares.get(label) ?? 0) + 1 / count);
  const expected = [...shares.keys()].filter(
    (label) => (shares.get(label) as number) * sampleCount >= leastExpected,
  );
  if (expected.length < 2) return {};
  const drawn = new Map<number, number>();
  for (const image of nearest) {
    const label = labels[image] as number;
    drawn.set(label, (drawn.get(label) ?? 0) + 1);
  }
  const missing = expected.filter(
    (label) => (drawn.get(label) ?? 0) < missingShare * (shares.get(label) as number) * sampleCount,
  );
  const entropy = [...drawn.values()].reduce(
    (sum, n) => sum - (n / sampleCount) * Math.log(n / sampleCount),
    0,
  );
  return {
    labelEntropy: entropy,
    missingClasses: missing.sort((a, b) => a - b),
    expectedClasses: expected.length,
  };
}

async function selfDistances(points: Points): Promise<SelfDistances> {
  const { count } = points;
  const nearest = new Float64Array(count);
  let sum = 0;
  await forEachRow(points, points, ({ query, squared }) => {
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < count; other++) {
      if (other === query) continue;
      const value = squared[other] as number;
      sum += Math.sqrt(value);
      if (value < least) least = value;
    }
    nearest[query] = count > 1 ? Math.sqrt(least) : 0;
  });
  nearest.sort();
  return { pair: sum / Math.max(1, count * (count - 1)), nearest: nearest[Math.floor(count / 2)] ?? 0 };
}

interface CrossDistances {
  /** From a sample to a real image, the mean over all pairs. */
  readonly between: number;
  /** [samples], the nearest real image to each. */
  readonly nearest: Uint32Array;
  /** Real images with a sample within their radius. */
  readonly coveredCount: number;
}

async function crossDistances(samples: Points, { points, squaredRadii }: Reference): Promise<CrossDistances> {
  const nearest = new Uint32Array(samples.count);
  const covered = new Uint8Array(points.count);
  let sum = 0;
  await forEachRow(samples, points, ({ query, squared }) => {
    let least = 0;
    for (let real = 0; real < squared.length; real++) {
      const value = squared[real] as number;
      sum += Math.sqrt(value);
      if (value < (squared[least] as number)) least = real;
      if (value <= (squaredRadii[real] as number)) covered[real] = 1;
    }
    nearest[query] = least;
  });
  const between = sum / (samples.count * points.count);
  return { between, nearest, coveredCount: covered.reduce((all, one) => all + one, 0) };
}

/** @param between mean distance from a sample to a real image; the others between two of one kind */
function likeness(between: number, samples: number, real: number): number {
  return real > 1e-6 ? 1 - (2 * between - samples - real) / real : 1;
}

/** Nothing can be told of samples by real images that are all the same. */
function ratio(of: number, to: number): number {
  return to > 1e-6 ? of / to : 1;
}
