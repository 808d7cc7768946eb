// `memorisation`: whether samples are copies of training images.
import { nearestImages } from '../dataset/nearest';
import { DataError } from '../errors';
import type { ImageBytes } from '../images/grid';
import { untrained } from './classified';
import { type Estimate, type Estimates, type MeasuredImages, meanOf, type SampleMetric } from './metric';
import { drawImages } from './subsets';

const imagesAtMost = 2000;
/** The part of unseen images that count as copies. */
const copyQuantile = 0.01;

/**
 * With d(x) the Euclidean distance in pixels of [0, 1] from x to the nearest training image: memorisation =
 * mean d(samples) / mean d(test); copies = the share of samples with d at most the 1 % quantile of d(test). A test in
 * the sense of Meehan et al. 2020, section 2, arxiv.org/abs/2004.05675, who compare the same distances by their ranks.
 * Neither has a better side: unseen images give 1 and 0.01, memorised ones 0 and 1; blurred samples stay below 1, noise
 * goes above. Beware where training images come twice: the quantile is 0 when 1 % of test images are in the training
 * split, and copies then are exact ones.
 * Protocol: 2,000 samples and 2,000 test images, drawn by the streams (seed, "evaluate/memorisation/samples") and
 * (seed, "evaluate/memorisation/test"), against the whole training split. Standard errors: over images, by the delta
 * method for the ratio; of the share, with the quantile taken as given.
 */
export const memorisation: SampleMetric = {
  of: 'samples',
  reads: 'pixels',
  hasRealFloor: false, // Training images are copies of themselves.
  name: 'memorisation',
  summary: 'distance from the training images beside that of unseen images, share of copies',
  figures: [
    { name: 'memorisation', label: 'memorisation' },
    { name: 'copies', label: 'copies' },
  ],
  refusal: untrained,
  measure: async ({ samples, test, train, seed }) => {
    const chosen = [
      choose(samples, seed, 'evaluate/memorisation/samples'),
      choose(test, seed, 'evaluate/memorisation/test'),
    ];
    const distances = (await nearestImages(chosen, train)).map(({ squared }) => squared.map(Math.sqrt));
    return compareDistances(...(distances as [Float64Array, Float64Array]));
  },
};

/** @param samples distances from the training images
 *  @param test the same of unseen images
 *  @throws DataError when these are training images */
export function compareDistances(samples: Float64Array, test: Float64Array): Estimates {
  const threshold = test.toSorted()[Math.max(0, Math.ceil(copyQuantile * test.length) - 1)] as number;
  const copies = Array.from(samples, (distance) => (distance <= threshold ? 1 : 0));
  return { memorisation: ratio(meanOf(samples), meanOf(test)), copies: meanOf(copies) };
}

function ratio(samples: Estimate, test: Estimate): Estimate {
  if (test.mean === 0) {
    throw new DataError(
      'Every test image is also a training image: memorisation cannot be told from learning.',
      {
        hint: 'Use data whose test split was kept apart.',
      },
    );
  }
  const mean = samples.mean / test.mean;
  return { mean, standardError: Math.hypot(samples.standardError, mean * test.standardError) / test.mean };
}

function choose(images: MeasuredImages, seed: number, stream: string): ImageBytes {
  if (images.count <= imagesAtMost) return images;
  return drawImages(images, imagesAtMost, seed, stream);
}
