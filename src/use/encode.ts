// From pictures to latents with a model's own encoder.
import * as tf from '@tensorflow/tfjs-core';
import { gatherBatch } from '../dataset/batches';
import type { ImageSet, PixelRange, StoredSet } from '../dataset/image-set';
import type { Model } from '../models/family';

/** A model that has an encoder. */
export type Encoding = Model & { readonly encode: NonNullable<Model['encode']> };

export function canEncode(model: Model): model is Encoding {
  return model.encode !== undefined;
}

type UnlabelledSet = Omit<ImageSet, 'labels' | 'classCount'> | Omit<StoredSet, 'labels' | 'classCount'>;

/** Images in one call of the encoder; a fixed size, so that a latent's bits do not depend on how many there are. */
const batchSize = 64;

/**
 * The latents of a set's images: the posteriors' means.
 * @param labels   [count], for a conditional model
 * @param unpadded whether to call the encoder with as many as there are: faster for a few
 * @returns [count, latentDim], flat
 */
export async function encodeImages(
  model: Encoding,
  set: UnlabelledSet,
  range: PixelRange,
  labels?: Int32Array,
  { unpadded = false }: { readonly unpadded?: boolean } = {},
): Promise<Float32Array> {
  const { dimension } = model.latent;
  const latents = new Float32Array(set.count * dimension);
  const atOnce = unpadded ? Math.min(set.count, batchSize) : batchSize;
  for (let first = 0; first < set.count; first += atOnce) {
    const count = Math.min(atOnce, set.count - first);
    // The last batch is filled up with the first image, and what comes of it is dropped.
    const batch = Uint32Array.from({ length: atOnce }, (_, i) => (i < count ? first + i : 0));
    const classes = labels && new Int32Array(atOnce);
    classes?.set((labels as Int32Array).subarray(first, first + count));
    const codes = tf.tidy(() => {
      const shape: [number, number, number, number] = [atOnce, set.height, set.width, set.channels];
      const images = tf.tensor4d(
        gatherBatch({ ...set, labels: undefined, classCount: 0 }, batch, range),
        shape,
      );
      return model.encode(images, classes && tf.tensor1d(classes, 'int32'));
    });
    latents.set((await codes.data()).subarray(0, count * dimension), first * dimension);
    codes.dispose();
  }
  return latents;
}
