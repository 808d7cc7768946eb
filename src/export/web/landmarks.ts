// Latents of training images, from which the map's directions come, and test images as landmarks on it.
import type { DataSet, ImageSet } from '../../dataset/image-set';
import { firstImages } from '../../dataset/split';
import type { Landmarks } from '../../page/page-data';
import { canEncode, encodeImages } from '../../use/encode';
import { preparedFor } from '../../use/inputs';
import type { SavedModel } from '../../use/open-model';

const trainingImages = 2000;
const mostLandmarks = 200;
/** Of pixels; larger images are fewer. */
const mostBytes = 400_000;

/** @returns [count, latentDim], flat, of training images; undefined for a model without an encoder */
export async function latentsOfTraining(
  saved: SavedModel,
  { name, train }: DataSet,
): Promise<Float32Array | undefined> {
  return encodeSome(saved, preparedFor(saved, firstImages(train, trainingImages), name));
}

/** @returns undefined for a model without an encoder, and data without a test split */
export async function landmarksOf(
  saved: SavedModel,
  { name, test }: DataSet,
): Promise<Landmarks | undefined> {
  if (!test) return undefined;
  const { height, width, channels } = test;
  const count = Math.min(mostLandmarks, Math.floor(mostBytes / (height * width * channels)));
  const some = preparedFor(saved, firstImages(test, count), name);
  const latents = await encodeSome(saved, some);
  return (
    latents && {
      count: some.count,
      pixels: Buffer.from(some.pixels).toString('base64'),
      latents: Buffer.from(latents.buffer).toString('base64'),
      labels: some.labels && [...some.labels],
    }
  );
}

async function encodeSome(
  { model, family, classes }: SavedModel,
  set: ImageSet,
): Promise<Float32Array | undefined> {
  if (!canEncode(model)) return undefined;
  const known = family.conditional && set.labels?.every((label) => label < classes.count);
  if (family.conditional && !known) return undefined;
  const labels = family.conditional && set.labels ? Int32Array.from(set.labels) : undefined;
  return encodeImages(model, set, family.pixelRange, labels);
}
