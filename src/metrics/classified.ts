// What the classifier makes of images: the class of each, and how often each occurs.
import type { MeasuredImages, Prospect } from './metric';

export type ClassifiedImages = MeasuredImages & { readonly probabilities: Float32Array };

export function isClassified(images: MeasuredImages): images is ClassifiedImages {
  return images.probabilities !== undefined;
}

/** For the `refusal` of what reads p(y|x) of both sets. */
export function unclassified({ hasFeatures, hasProbabilities }: Prospect): string | undefined {
  if (hasProbabilities) return undefined;
  const why = hasFeatures
    ? 'which features from a file do not bring'
    : 'and a data set without labels trains no feature network';
  return `it needs class probabilities, ${why}`;
}

/** For the `refusal` of what compares features. */
export function featureless({ hasFeatures }: Prospect): string | undefined {
  if (hasFeatures) return undefined;
  return 'it compares features, and a data set without labels trains no feature network';
}

/** @throws Error where `refusal` was not asked first */
export function probabilitiesOf(images: MeasuredImages): Float32Array {
  if (!isClassified(images)) throw new Error('class probabilities of images that have none');
  return images.probabilities;
}

/** The most probable class of each; the lower of two equal ones. [count] */
export function classesOf({ count, classCount, probabilities }: ClassifiedImages): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classCount; c++) {
      if ((probabilities[i * classCount + c] as number) > (probabilities[i * classCount + best] as number))
        best = c;
    }
    return best;
  });
}

/** The share of each class. [classCount] */
export function sharesOf(classes: Uint32Array, classCount: number): Float64Array {
  const shares = new Float64Array(classCount);
  for (const c of classes) (shares[c] as number) += 1 / classes.length;
  return shares;
}
