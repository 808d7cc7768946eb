// What the classifier makes of images: the class of each, and how often each occurs.
import type { MeasuredImages, Prospect } from './metric';

export type ClassifiedImages = MeasuredImages & { readonly probabilities: Float32Array };

export function isClassified(images: MeasuredImages): images is ClassifiedImages {
  return images.probabilities !== undefined;
}

/** For the `refusal` of what reads p(y|x) of both sets. */
export function unclassified({ features }: Prospect): string | undefined {
  if (features === 'labels') return undefined;
  const why =
    features === 'file'
      ? 'which features from a file do not bring'
      : 'and a network that was trained without labels gives none';
  return `it needs class probabilities, ${why}`;
}

/** For the `refusal` of what looks at training images. */
export function untrained({ hasTraining }: Prospect): string | undefined {
  return hasTraining ? undefined : 'it needs training images, and --against without --data has none';
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

/** 1 for each image that the classifier takes for what its label says, else 0. [count]
 *  @throws Error for images that were not classified */
export function rightAnswers(images: MeasuredImages, labels: ArrayLike<number>): Uint8Array {
  if (!isClassified(images)) throw new Error('the accuracy of images that were not classified');
  return Uint8Array.from(classesOf(images), (found, i) => (found === labels[i] ? 1 : 0));
}

/** The share of each class. [classCount] */
export function sharesOf(classes: Uint32Array, classCount: number): Float64Array {
  const shares = new Float64Array(classCount);
  for (const c of classes) (shares[c] as number) += 1 / classes.length;
  return shares;
}
