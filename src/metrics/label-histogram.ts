// `label-histogram`: which classes the samples are of, as a classifier sees them, beside those of test images.
import { randomStream } from '../rng';
import { type ClassifiedImages, classesOf, isClassified, sharesOf, unclassified } from './classified';
import { type Estimates, meanOf, type SampleMetric } from './metric';

/** A class is missing below this part of its share among test images. */
const missingBelow = 0.1;
const resamples = 100;

/**
 * With p the shares of the classes among samples and q among test images, both as classified (argmax p(y|x)):
 * labelEntropy = −Σ p log p; missingClasses = #{c: p_c < q_c / 10}, the modes that were dropped, counted with a
 * classifier as by Srivastava et al. 2017, section 4, arxiv.org/abs/1705.07761; labelDistance = ½ Σ |p_c − q_c|, the
 * total variation distance, 0 … 1.
 * Protocol: all samples, the whole test split, classified alike, so that the classifier's own errors count on both
 * sides. Standard errors are the spread over 100 bootstrap resamples of both sets, of the stream
 * (seed, "evaluate/label-histogram", resample).
 */
export const labelHistogram: SampleMetric = {
  of: 'samples',
  reads: 'classes',
  hasRealFloor: true,
  name: 'label-histogram',
  summary: 'which classes are drawn, beside those of real images',
  figures: [
    { name: 'labelEntropy', label: 'label entropy', unit: 'nats' },
    { name: 'missingClasses', label: 'missing classes', better: 'lower' },
    { name: 'labelDistance', label: 'label distance', better: 'lower' },
  ],
  refusal: unclassified,
  measure: async ({ samples, test, seed }) => {
    if (!isClassified(samples) || !isClassified(test))
      throw new Error('a label histogram without probabilities');
    return compareHistograms(samples, test, seed);
  },
};

function compareHistograms(samples: ClassifiedImages, test: ClassifiedImages, seed: number): Estimates {
  const { classCount } = test;
  const [drawn, real] = [classesOf(samples), classesOf(test)];
  const figuresOf = (p: Uint32Array, q: Uint32Array) =>
    figuresOfShares(sharesOf(p, classCount), sharesOf(q, classCount));
  const repeated = Array.from({ length: resamples }, (_, i) => {
    const stream = randomStream(seed, 'evaluate/label-histogram', i);
    const [p, q] = [drawn, real].map((classes) =>
      classes.map(() => classes[stream.integer(classes.length)] as number),
    );
    return figuresOf(p as Uint32Array, q as Uint32Array);
  });
  return Object.fromEntries(
    Object.entries(figuresOf(drawn, real)).map(([name, mean]) => {
      const values = repeated.map((figures) => figures[name as keyof typeof figures]);
      return [name, { mean, standardError: meanOf(values).standardError * Math.sqrt(resamples) }];
    }),
  );
}

/** @param p [classCount], of samples
 *  @param q [classCount], of test images */
export function figuresOfShares(p: Float64Array, q: Float64Array) {
  let labelEntropy = 0;
  let missingClasses = 0;
  let labelDistance = 0;
  for (const [c, share] of p.entries()) {
    const expected = q[c] as number;
    if (share > 0) labelEntropy -= share * Math.log(share);
    if (share < missingBelow * expected) missingClasses++;
    labelDistance += Math.abs(share - expected) / 2;
  }
  return { labelEntropy: Math.max(0, labelEntropy), missingClasses, labelDistance };
}
