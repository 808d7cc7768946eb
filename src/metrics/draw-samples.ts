// What a model draws to be measured.
import type { AnySet } from '../dataset/image-set';
import type { ImageBytes } from '../images/grid';
import type { Family, Model } from '../models/family';
import { permutation, randomStream } from '../rng';
import { drawImages, latentsAt } from '../use/draw';
import type { MeasuredImages } from './metric';

interface Drawn {
  readonly family: Family;
  readonly model: Model;
  /** The training split: a conditional model draws its classes as often as they are there. */
  readonly train: AnySet;
  readonly count: number;
  /** Image i has the latent that `aigc sample --seed` gives image i. */
  readonly seed: number;
  readonly lastWeights: boolean;
  readonly onDrawn?: (done: number, total: number) => void;
}

/** @returns the images, and of a conditional model their classes */
export async function drawSamples({
  family,
  model,
  train,
  count,
  seed,
  lastWeights,
  onDrawn,
}: Drawn): Promise<Samples> {
  const labels = family.conditional ? labelsLike(train, count, seed) : undefined;
  const latents = latentsAt(model, seed, 0, count);
  return { ...(await drawImages(model, latents, { labels, lastWeights, onDrawn })), labels };
}

/** Images to be measured, and their classes where these are known. */
export type Samples = ImageBytes & Pick<MeasuredImages, 'labels'>;

/** [count], the labels of training images in an order of chance, from the first again when there are not enough. */
function labelsLike({ labels, count: available }: AnySet, count: number, seed: number): Int32Array {
  const order = permutation(randomStream(seed, 'evaluate/labels'), available);
  return Int32Array.from({ length: count }, (_, i) => labels?.[order[i % available] as number] ?? 0);
}
