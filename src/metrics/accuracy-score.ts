// `accuracy-score`: what a classifier that has seen only samples knows of real images.
import { DataError } from '../errors';
import { rightAnswers } from './classified';
import { trainClassifier } from './features/feature-network';
import { type MeasuredImages, meanOf, type SampleMetric } from './metric';

/**
 * The accuracy on the test split, in [0, 1], of a classifier that was trained on samples and the classes that they were
 * drawn as: Ravuri & Vinyals 2019, section 3, arxiv.org/abs/1905.10887. It falls by what classes lack of their variety,
 * and by images that are of another class than was asked for, which figures without classes do not see.
 * Departures: our feature network and its recipe in ResNet-50's place, with as many images as there are samples, where
 * theirs has one for each training image; one accuracy, of the most probable class.
 * Protocol: the recipe's steps and seed. The standard error is that of a mean over the test images; that of training
 * is not in it.
 */
export const accuracyScore: SampleMetric = {
  of: 'samples',
  reads: 'pixels',
  hasRealFloor: true,
  slow: true,
  name: 'accuracy-score',
  summary: 'accuracy on test images of a classifier that was trained on samples alone; takes minutes',
  figures: [{ name: 'accuracyScore', label: 'classification accuracy score', better: 'higher' }],
  refusal: ({ hasLabels }) =>
    hasLabels ? undefined : 'it needs the classes of the samples and of the test images, and some have none',
  measure: async ({ samples, test, train: { classCount } }) => {
    const labels = labelsOf(samples, classCount);
    const answers = labelsOf(test, classCount);
    const classifier = await trainClassifier({ ...samples, labels, classCount });
    try {
      return { accuracyScore: meanOf(rightAnswers(await classifier.measure(test), answers)) };
    } finally {
      classifier.dispose();
    }
  },
};

/** [count]. @throws DataError for a class that the data has not */
function labelsOf({ labels }: MeasuredImages, classCount: number): Uint8Array {
  if (!labels) throw new Error('the accuracy of images without classes'); // `refusal` was not asked first.
  const found = Uint8Array.from(labels);
  const strange = found.find((label) => label >= classCount);
  if (strange === undefined) return found;
  throw new DataError(`A sample is of class ${strange}, but the data has classes 0 to ${classCount - 1}.`, {
    hint: 'Give samples whose labels are those of --data.',
  });
}
