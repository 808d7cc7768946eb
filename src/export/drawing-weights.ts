// The weights that a model draws and encodes with, without those that only training needs.
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../models/family';
import {
  type Packed,
  type Precision,
  packWeights,
  unpackWeights,
  type Weights,
} from '../page/packed-weights';
import { readVariables, restoreVariables } from '../run/variables';
import { drawImages, latentsAt } from '../use/draw';
import { canEncode, encodeImages } from '../use/encode';
import type { SavedModel } from '../use/open-model';
import { variablesRead } from '../use/read-variables';

type Drawn = Pick<SavedModel, 'folder' | 'model' | 'family' | 'manifest' | 'classes'>;

/** @returns by name, in the model's order */
export async function drawingWeights(saved: Drawn, lastWeights: boolean): Promise<Map<string, Weights>> {
  const { model, family, manifest } = saved;
  const names = await variablesRead(model, async () => {
    const labels = family.conditional ? Int32Array.of(0) : undefined;
    await drawImages(model, latentsAt(model, 1, 0, 1), { labels, lastWeights, unpadded: true });
    if (!canEncode(model)) return;
    const { height, width, channels } = manifest.setting.image;
    const pixels = new Uint8Array(height * width * channels);
    const blank = { count: 1, height, width, channels, pixels };
    await encodeImages(model, blank, family.pixelRange, labels, { unpadded: true });
  });
  return readVariables(someOf(model, names));
}

/** What of a model has these names. */
function someOf({ variables }: Model, names: Iterable<string>): Pick<Model, 'variables'> {
  return { variables: new Map(Array.from(names, (name) => [name, variables.get(name) as tf.Variable])) };
}

/** The images that packed weights are compared by. */
const compared = 64;

export interface PackedWeights extends Packed {
  readonly precision: Precision;
  /** Of a pixel, in units of 1/255, over 64 images. */
  readonly largestDifference: number;
}

/**
 * Packs the weights, and says what that changes.
 * @param asked `auto`: float16 where no pixel then differs by more than a grey level, else float32
 */
export async function packForDrawing(
  saved: Drawn,
  asked: 'auto' | Precision,
  how: { readonly lastWeights: boolean; readonly seed: number },
): Promise<PackedWeights> {
  const weights = await drawingWeights(saved, how.lastWeights);
  const tries: readonly Precision[] = asked === 'auto' ? ['float16', 'float32'] : [asked];
  let last: PackedWeights | undefined;
  for (const precision of tries) {
    const packed = packWeights(weights, precision);
    const largestDifference = precision === 'float32' ? 0 : await differenceOf(saved, weights, packed, how);
    last = { ...packed, precision, largestDifference };
    if (largestDifference <= 1) break;
  }
  return last as PackedWeights;
}

/** The largest difference of a pixel when the model draws with what was packed; its weights are as before afterwards. */
async function differenceOf(
  saved: Drawn,
  weights: ReadonlyMap<string, Weights>,
  packed: Packed,
  { lastWeights, seed }: { readonly lastWeights: boolean; readonly seed: number },
): Promise<number> {
  const exact = await meansOf(saved, seed, lastWeights);
  assign(saved, unpackWeights(packed));
  const rounded = await meansOf(saved, seed, lastWeights);
  assign(saved, weights);
  return exact.reduce((most, value, i) => Math.max(most, 255 * Math.abs(value - (rounded[i] as number))), 0);
}

function assign({ model, folder }: Drawn, tensors: ReadonlyMap<string, Weights>): void {
  restoreVariables(someOf(model, tensors.keys()), { folder, tensors });
}

/** Pixels of the first images of a seed, in turn of each class, before they are rounded to bytes. */
async function meansOf({ model, classes }: Drawn, seed: number, lastWeights: boolean): Promise<Float32Array> {
  const images = tf.tidy(() => {
    const latents = tf.tensor2d(latentsAt(model, seed, 0, compared), [compared, model.latent.dimension]);
    const turns = Int32Array.from({ length: compared }, (_, i) => i % Math.max(1, classes.count));
    const labels = classes.count > 0 ? { labels: tf.tensor1d(turns, 'int32') } : {};
    return model.sample(latents, { lastWeights, ...labels });
  });
  const values = Float32Array.from(await images.data());
  images.dispose();
  return values;
}
