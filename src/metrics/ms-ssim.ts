// `ms-ssim`: how alike the samples of a class are to each other.
import { type RandomStream, randomStream } from '../rng';
import { classesOf, isClassified } from './classified';
import { type Estimate, type MeasuredImages, meanOf, type SampleMetric } from './metric';
import { multiScaleSimilarity, scalesOf } from './structural-similarity';

const pairCount = 2000;
/** Of two samples there is one pair, which says nothing of how much pairs differ. */
const fewest = 3;

/**
 * Mean MS-SSIM of random pairs of samples of one class: Odena et al. 2017, section 4.2, arxiv.org/abs/1610.09585. 1
 * when all are the same; the real images' own figure is what a faithful generator has.
 * Departures: classes as our classifier sees them, each weighted by its samples (theirs: 100 pairs a class); any two
 * samples where there are no probabilities; fewer scales, for images are small: see `scalesOf`.
 * Protocol: 2,000 pairs of the stream (seed, "evaluate/ms-ssim"): a sample, then another of its class; samples alone
 * in their class are passed over, unless fewer than three are left. Its standard error: `pairsEstimate`.
 */
export const msSsim: SampleMetric = {
  of: 'samples',
  reads: 'classes',
  hasRealFloor: true,
  name: 'ms-ssim',
  summary: 'likeness of samples of one class to each other: lower is more diverse',
  figures: [{ name: 'msSsim', label: 'MS-SSIM' }],
  refusal: ({ sampleCount }) =>
    sampleCount >= fewest
      ? undefined
      : `it compares samples, ${fewest} at least, and there are ${sampleCount}`,
  measure: async ({ samples, seed }) => {
    const scales = scalesOf(samples);
    const size = samples.pixels.length / samples.count;
    const image = (i: number) => samples.pixels.subarray(i * size, (i + 1) * size);
    const pairs = choosePairs(samples, randomStream(seed, 'evaluate/ms-ssim'));
    const values = pairs.map(([first, second]) =>
      multiScaleSimilarity(image(first), image(second), samples, scales),
    );
    return { msSsim: pairsEstimate(pairs, values, samples.count) };
  },
};

type Pair = readonly [first: number, second: number];

/**
 * The mean over pairs that share images, and its standard error: of the jackknife that leaves out one image with all of
 * its pairs (Efron & Stein 1981), less σ²/m of the m pairs, which it counts twice, once for each image of a pair. That
 * σ²/m alone, as if pairs were independent, is the least that it can be; where each image is in many pairs it is far
 * too small.
 * @param count images
 */
export function pairsEstimate(pairs: readonly Pair[], values: readonly number[], count: number): Estimate {
  const { mean, standardError } = meanOf(values);
  const [excess, uses] = [new Float64Array(count), new Float64Array(count)];
  for (const [p, pair] of pairs.entries())
    for (const image of pair) {
      excess[image] = (excess[image] as number) + (values[p] as number) - mean;
      uses[image] = (uses[image] as number) + 1;
    }
  // How far the mean moves without each image; of two images no pair is left without one, and nothing can be told.
  const moves = excess.map((sum, i) => -sum / Math.max(1, pairs.length - (uses[i] as number)));
  const middle = moves.reduce((sum, move) => sum + move, 0) / count;
  const squares = moves.reduce((sum, move) => sum + (move - middle) ** 2, 0);
  const independent = standardError ** 2;
  return { mean, standardError: Math.sqrt(Math.max(independent, (1 - 1 / count) * squares - independent)) };
}

function choosePairs(samples: MeasuredImages, stream: RandomStream): Pair[] {
  const groups = groupsOf(samples);
  const members = groups.flatMap((group) => group.map((_, place) => ({ group, place })));
  return Array.from({ length: pairCount }, () => {
    const { group, place } = members[stream.integer(members.length)] as (typeof members)[number];
    const other = (place + 1 + stream.integer(group.length - 1)) % group.length;
    return [group[place] as number, group[other] as number] as const;
  });
}

/** The samples by class, without classes of one; all in one group where hardly any sample is left. */
function groupsOf(samples: MeasuredImages): number[][] {
  const all = Array.from({ length: samples.count }, (_, i) => i);
  if (!isClassified(samples)) return [all];
  const classes = classesOf(samples);
  const groups = Array.from({ length: samples.classCount }, (_, c) => all.filter((i) => classes[i] === c));
  const large = groups.filter((group) => group.length > 1);
  return large.flat().length >= fewest ? large : [all];
}
