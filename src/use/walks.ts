// Walks between two ends in the latent space: a seed, a class, the mean of images, a picture.
import type { AnySet, ImageSet } from '../dataset/image-set';
import type { ImageBytes } from '../images/grid';
import { drawImages, latentsAt } from './draw';
import { canEncode, encodeImages } from './encode';
import { invertImages } from './invert';
import type { SavedModel } from './open-model';
import { type WalkPath, walk } from './walk';

/**
 * - seed: the first image of `aigc sample --seed`; the next walk has the next seed.
 * - class, of a conditional model: the latents of `aigc sample`, two for each walk, drawn as that class.
 * - mean, of a model with an encoder: the mean latent of some images.
 * - picture: encoded, or its latent sought by gradient descent where there is no encoder.
 * Images are as the model wants them.
 */
export type End =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'class'; readonly label: number }
  | { readonly kind: 'mean'; readonly images: AnySet }
  | { readonly kind: 'picture'; readonly image: ImageSet };

export interface WalkRequest {
  readonly from: End;
  readonly to: End;
  readonly rows: number;
  /** Images from one end to the other, both included. */
  readonly steps: number;
  readonly path: WalkPath;
  readonly seed: number;
  readonly lastWeights: boolean;
  /** One a walk, in turn, where no end is of a class; at least one for a conditional model. */
  readonly classes: readonly number[] | undefined;
}

/** @returns walk after walk, [rows · steps] */
export async function drawWalks({ model, family }: SavedModel, request: WalkRequest): Promise<ImageBytes> {
  const { rows, steps, path, lastWeights } = request;
  const labels = family.conditional ? classesOfWalks(request) : undefined;
  const used = { model, family, labels, request };
  const from = await latentsOf(request.from, 0, used);
  const to = await latentsOf(request.to, 1, used);
  const { dimension } = model.latent;
  const latents = new Float32Array(rows * steps * dimension);
  for (let row = 0; row < rows; row++)
    latents.set(walk(from(row), to(row), steps, path), row * steps * dimension);
  return drawImages(model, latents, { labels, lastWeights });
}

/** The class of each image of each walk: that of the nearer end, changing in the middle, where the ends have classes.
 *  @returns [rows · steps] */
function classesOfWalks({ from, to, rows, steps, classes = [] }: WalkRequest): Int32Array {
  const own = (end: End) => (end.kind === 'class' ? end.label : undefined);
  const shared = own(from) ?? own(to);
  return Int32Array.from({ length: rows * steps }, (_, image) => {
    const end = image % steps < steps / 2 ? from : to;
    return own(end) ?? classes[Math.floor(image / steps) % classes.length] ?? shared ?? 0;
  });
}

interface Used extends Pick<SavedModel, 'model' | 'family'> {
  readonly labels: Int32Array | undefined;
  readonly request: WalkRequest;
}

/** @param side 0 where walks begin, 1 where they end
 *  @returns the latent at that end of each walk, [latentDim] */
async function latentsOf(end: End, side: 0 | 1, used: Used): Promise<(row: number) => Float32Array> {
  const { model, request } = used;
  if (end.kind === 'seed') return (row) => latentsAt(model, end.seed + row, 0, 1);
  if (end.kind === 'class') return (row) => latentsAt(model, request.seed, 2 * row + side, 1);
  const latent =
    end.kind === 'mean' ? await meanLatent(end.images, used) : await latentOfPicture(end.image, side, used);
  return () => latent;
}

async function meanLatent(images: AnySet, { model, family }: Used): Promise<Float32Array> {
  if (!canEncode(model)) throw new Error('a mean of latents without an encoder');
  const latents = await encodeImages(model, images, family.pixelRange);
  const { dimension } = model.latent;
  const sums = new Float64Array(dimension);
  for (const [i, value] of latents.entries()) sums[i % dimension] = (sums[i % dimension] as number) + value;
  return Float32Array.from(sums, (sum) => sum / images.count);
}

async function latentOfPicture(
  image: ImageSet,
  side: 0 | 1,
  { model, family, labels: classes, request }: Used,
): Promise<Float32Array> {
  const { steps, seed, lastWeights } = request;
  const labels = classes && Int32Array.of(classes[side === 0 ? 0 : steps - 1] as number);
  if (canEncode(model)) return encodeImages(model, image, family.pixelRange, labels);
  const images = Float32Array.from(image.pixels, (byte) => byte / 255);
  const known = new Float32Array(images.length).fill(1);
  return invertImages(model, { images, known, count: 1, labels, lastWeights, seed, steps: inversionSteps });
}

/** Enough for the distance to settle: docs/using-a-model.md. */
const inversionSteps = 300;
