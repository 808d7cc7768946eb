// Puts samples beside the test split, and training images beside it too: what a perfect generator would get.

import type { DataSet, ImageSet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import type { ImageBytes } from '../images/grid';
import { permutation, randomStream } from '../rng';
import { rightAnswers } from './classified';
import type { Samples } from './draw-samples';
import type { OpenFeatureNetwork } from './features/feature-network';
import { type MeasuredImages, meanOf, type SampleEvaluation } from './metric';

export interface Features {
  /** [count, featureCount], row by row */
  readonly values: Float32Array;
  readonly featureCount: number;
}

export interface ComparisonSetting {
  readonly data: DataSet;
  readonly test: ImageSet;
  readonly samples: Samples;
  readonly seed: number;
  /** Whether the training images are others than those of `test`. */
  readonly hasTraining: boolean;
  /** Absent when no metric reads features, or these are given. */
  readonly network: OpenFeatureNetwork | undefined;
  /** Made by somebody else's network, of the samples and of the test split. */
  readonly given: { readonly samples: Features; readonly test: Features } | undefined;
}

export interface Comparison {
  readonly ofSamples: SampleEvaluation;
  /** As many training images as there are samples, in their place; absent under given features, and where there are
   *  none besides those that samples are held against. */
  readonly ofReal: SampleEvaluation | undefined;
  /** Of the feature network on the test split. */
  readonly accuracy: number | undefined;
}

/** Protocol of the real images: the first ones of the order `permutation(stream(seed, "evaluate/real"))`. */
export async function compare(setting: ComparisonSetting): Promise<Comparison> {
  const { data, test, samples, seed, hasTraining, network, given } = setting;
  const look = async (images: Samples, features?: Features): Promise<MeasuredImages> => ({
    ...(network && !features ? await network.measure(images) : unclassified(images, features)),
    labels: images.labels,
  });
  const measuredTest = await look(test, given?.test);
  const evaluationOf = async (images: Samples, features?: Features): Promise<SampleEvaluation> => ({
    samples: await look(images, features),
    test: measuredTest,
    train: data.train,
    seed,
  });
  const order = permutation(randomStream(seed, 'evaluate/real'), data.train.count);
  return {
    ofSamples: await evaluationOf(samples, given?.samples),
    ofReal:
      given || !hasTraining
        ? undefined
        : await evaluationOf(
            pickImages(data.train, order.subarray(0, Math.min(samples.count, order.length))),
          ),
    accuracy:
      network?.teacher === 'labels' && test.labels
        ? meanOf(rightAnswers(measuredTest, test.labels)).mean
        : undefined,
  };
}

function unclassified(images: ImageBytes, features?: Features): MeasuredImages {
  return {
    ...images,
    features: features?.values ?? new Float32Array(0),
    featureCount: features?.featureCount ?? 0,
    classCount: 0,
  };
}
