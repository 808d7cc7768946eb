// `ms-ssim`: how alike the samples of a class are to each other.
import { type RandomStream, randomStream } from '../rng';
import { classesOf, isClassified } from './classified';
import { type MeasuredImages, meanOf, type SampleMetric } from './metric';
import { multiScaleSimilarity, scalesOf } from './structural-similarity';

const pairCount = 2000;

/**
 * Mean MS-SSIM of random pairs of samples of one class: Odena et al. 2017, section 4.2, arxiv.org/abs/1610.09585. 1
 * when all are the same; the real images' own figure is what a faithful generator has.
 * Departures: classes as our classifier sees them, each weighted by its samples (theirs: 100 pairs a class); any two
 * samples where there are no probabilities; fewer scales, for images are small: see `scalesOf`.
 * Protocol: 2,000 pairs of the stream (seed, "evaluate/ms-ssim"): a sample, then another of its class; samples alone
 * in their class are passed over, unless all are. Its standard error is over pairs.
 */
export const msSsim: SampleMetric = {
  of: 'samples',
  readsFeatures: true,
  hasRealFloor: true,
  name: 'ms-ssim',
  summary: 'likeness of samples of one class to each other: lower is more diverse',
  figures: [{ name: 'msSsim', label: 'MS-SSIM' }],
  refusal: ({ samples }) => (samples.count > 1 ? undefined : 'it compares samples, and there is only one'),
  measure: async ({ samples, seed }) => {
    const scales = scalesOf(samples);
    const size = samples.pixels.length / samples.count;
    const image = (i: number) => samples.pixels.subarray(i * size, (i + 1) * size);
    const values = choosePairs(samples, randomStream(seed, 'evaluate/ms-ssim')).map(([first, second]) =>
      multiScaleSimilarity(image(first), image(second), samples, scales),
    );
    return { msSsim: meanOf(values) };
  },
};

function choosePairs(
  samples: MeasuredImages,
  stream: RandomStream,
): (readonly [first: number, second: number])[] {
  const groups = groupsOf(samples);
  const members = groups.flatMap((group) => group.map((_, place) => ({ group, place })));
  return Array.from({ length: pairCount }, () => {
    const { group, place } = members[stream.integer(members.length)] as (typeof members)[number];
    const other = (place + 1 + stream.integer(group.length - 1)) % group.length;
    return [group[place] as number, group[other] as number] as const;
  });
}

/** The samples by class, without classes of one; all in one group where no class is left. */
function groupsOf(samples: MeasuredImages): number[][] {
  const all = Array.from({ length: samples.count }, (_, i) => i);
  if (!isClassified(samples)) return [all];
  const classes = classesOf(samples);
  const groups = Array.from({ length: samples.classCount }, (_, c) => all.filter((i) => classes[i] === c));
  const large = groups.filter((group) => group.length > 1);
  return large.length > 0 ? large : [all];
}
