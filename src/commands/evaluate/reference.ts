// What `aigc evaluate` holds images against: a test split, a held-out share where there is none, or what --against names.
import { inMemory } from '../../dataset/blocks';
import type { AnySet, DataSet, ImageSet } from '../../dataset/image-set';
import { fingerprintOf } from '../../dataset/load';
import { firstImages, splitSet } from '../../dataset/split';
import { DataError } from '../../errors';
import type { Output } from '../../output';
import type { SavedModel } from '../../use/open-model';
import { grouped } from '../../words';
import { loadNamedData } from '../data-input';
import { readImages, readSamples } from './measured-images';
import type { EvaluateValues } from './options';

export interface Reference {
  /** What the feature network learns from, what real images beside the samples are of, and what copies would be of. */
  readonly data: DataSet;
  readonly test: ImageSet;
  /** "the 10,000 test images of mnist" */
  readonly words: string;
  /** Where the images to hold against are no test split: the path of --against, or "held-out". */
  readonly against: string | undefined;
  /** Whether the training images are others than those to hold against. */
  readonly hasTraining: boolean;
}

/** @throws DataError when there is nothing to hold against */
export async function openReference(
  values: EvaluateValues,
  saved: SavedModel | undefined,
  output: Output,
): Promise<Reference> {
  const { against, count } = values;
  const name = values.data ?? saved?.manifest.dataset.name;
  if (name === undefined) return oneOfTwo(against as string, count);
  const data = await loadNamedData(name, output, values.data === undefined ? '--data' : undefined);
  if (saved && data.fingerprint !== saved.manifest.dataset.fingerprint)
    output.warn(`${data.name} is not the data that the model was trained on.`);
  if (against !== undefined) {
    const test = some(await readSamples(against, data.train), count);
    return { data, test, words: `the ${imagesOf(test, against)}`, against, hasTraining: true };
  }
  return data.test ? testSplit(data, data.test, count) : heldOutShare(data, values, output);
}

function testSplit(data: DataSet, split: AnySet, count: number | undefined): Reference {
  const test = some(split, count);
  const words = `the ${grouped(test.count)} test images of ${data.name}`;
  return { data, test, words, against: undefined, hasTraining: true };
}

/** Two sets against each other: the second teaches the network, and there are no others. */
async function oneOfTwo(path: string, count: number | undefined): Promise<Reference> {
  const images = await readImages(path);
  const data = { name: path, train: images, test: undefined, fingerprint: fingerprintOf(images) };
  const test = some(images, count);
  return { data, test, words: `the ${imagesOf(test, path)}`, against: path, hasTraining: false };
}

const heldOut = { share: 0.2, atMost: 10_000, atLeast: 2 };

/** A share of each class of the training images stands for a test split, the same for the same seed. */
function heldOutShare(data: DataSet, { evaluationSeed, count }: EvaluateValues, output: Output): Reference {
  const all = data.train.count;
  const share = Math.max(heldOut.atLeast / all, Math.min(heldOut.share, heldOut.atMost / all));
  const { train, test } = splitSet(data.train, share, evaluationSeed);
  if (!test || test.count < heldOut.atLeast || train.count < heldOut.atLeast) {
    throw new DataError(`${data.name} has no test split, and too few images to keep some apart: ${all}.`, {
      hint: 'Name what to measure against: --against PATH.',
    });
  }
  output.progress(
    `${data.name} has no test split: ${grouped(test.count)} of its ${grouped(all)} images, drawn by the seed ${evaluationSeed}, stand for one. A model that was trained on ${data.name} has seen them.`,
    { event: 'held-out', images: test.count, of: all, evaluationSeed },
  );
  const kept = some(test, count);
  return {
    data: { ...data, train },
    test: kept,
    words: `${grouped(kept.count)} held-out images of ${data.name}`,
    against: 'held-out',
    hasTraining: true,
  };
}

const imagesOf = ({ count }: ImageSet, path: string) => `${grouped(count)} images of ${path}`;

function some(set: AnySet, count: number | undefined): ImageSet {
  if (count === undefined || count >= set.count)
    return inMemory(set, 'Measure on some of the images: --count 10000.');
  return firstImages(set, count);
}
