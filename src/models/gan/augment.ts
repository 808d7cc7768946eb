// Differentiable augmentation: the discriminator only ever sees images that were changed at random.
import * as tf from '@tensorflow/tfjs-core';
import type { NoiseSpec } from '../family';

/** Zhao et al. 2020, Differentiable Augmentation for Data-Efficient GAN Training, arxiv.org/abs/2006.10738: the same
 *  kinds of change for real and generated images, and gradients flow through to the generator. */
export const augmentations = [
  'none',
  'translation',
  'translation-cutout',
  'color-translation-cutout',
] as const;
export type Augmentation = (typeof augmentations)[number];

/** What each of them does. */
const changes: Readonly<Record<Augmentation, { colour: boolean; shift: boolean; hole: boolean }>> = {
  none: { colour: false, shift: false, hole: false },
  translation: { colour: false, shift: true, hole: false },
  'translation-cutout': { colour: false, shift: true, hole: true },
  'color-translation-cutout': { colour: true, shift: true, hole: true },
};

/** Random numbers an image: shift down and right, top and left of the hole, brightness, saturation, contrast. */
const draws = 7;

/** What `augment` reads for a batch: U[0, 1), [batch, 7]. */
export function augmentationNoise(batchSize: number): NoiseSpec {
  return { shape: [batchSize, draws], distribution: 'uniform' };
}

/**
 * Changes each image in its own way.
 * @param images [batch, height, width, channels] in [−1, 1]
 * @param noise  [batch, 7], from `augmentationNoise`
 * @returns the same shape; what is moved in or cut out is 0 after colours, as in the authors' code, but −1 (black)
 *          where pixels come from outside the image, since these images are black at their edges
 */
export function augment(images: tf.Tensor4D, kind: Augmentation, noise: tf.Tensor2D): tf.Tensor4D {
  const { colour, shift, hole } = changes[kind];
  if (!(colour || shift || hole)) return images;
  const numbers = tf.split(noise, draws, 1) as tf.Tensor2D[]; // [batch, 1] each
  let x = images;
  if (colour) x = recolour(x, numbers.slice(4));
  if (shift) x = translate(x, numbers[0] as tf.Tensor2D, numbers[1] as tf.Tensor2D);
  if (hole) x = cutOut(x, numbers[2] as tf.Tensor2D, numbers[3] as tf.Tensor2D);
  return x;
}

/** Brightness ± 0.5, saturation × 0 … 2, contrast × 0.5 … 1.5. */
function recolour(x: tf.Tensor4D, [brightness, saturation, contrast]: readonly tf.Tensor2D[]): tf.Tensor4D {
  const each = (numbers: tf.Tensor2D | undefined) => tf.reshape(numbers as tf.Tensor2D, [-1, 1, 1, 1]);
  const brighter = tf.add(x, tf.sub(each(brightness), 0.5));
  const grey = tf.mean(brighter, 3, true);
  const coloured = tf.add(tf.mul(tf.sub(brighter, grey), tf.mul(each(saturation), 2)), grey);
  const mean = tf.mean(coloured, [1, 2, 3], true);
  return tf.add(tf.mul(tf.sub(coloured, mean), tf.add(each(contrast), 0.5)), mean) as tf.Tensor4D;
}

/** Shifts by up to an eighth of each side. As two matrix products, so that any backend can differentiate it. */
function translate(x: tf.Tensor4D, down: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const ink = tf.add(x, 1); // Black is 0 now, and so is what comes in from outside.
  const rows = shiftMatrix(down, height); // [batch, height, height]
  const columns = shiftMatrix(right, width); // [batch, width, width]
  const moved = tf.matMul(rows, tf.reshape(ink, [batch, height, width * channels])); // [batch, h, w·c]
  const across = tf.transpose(tf.reshape(moved, [batch, height, width, channels]), [0, 2, 1, 3]);
  const both = tf.matMul(columns, tf.reshape(across, [batch, width, height * channels]));
  const back = tf.transpose(tf.reshape(both, [batch, width, height, channels]), [0, 2, 1, 3]);
  return tf.sub(back, 1) as tf.Tensor4D;
}

/** [batch, side, side]: 1 where row i takes from row i − shift. */
function shiftMatrix(uniform: tf.Tensor2D, side: number): tf.Tensor3D {
  const most = Math.round(side / 8);
  const shift = tf.sub(tf.floor(tf.mul(uniform, 2 * most + 1)), most); // [batch, 1], whole numbers
  const to = tf.reshape(tf.range(0, side), [1, side, 1]);
  const from = tf.reshape(tf.range(0, side), [1, 1, side]);
  const wanted = tf.add(from, tf.reshape(shift, [-1, 1, 1])); // where each row goes
  return tf.cast(tf.equal(wanted, to), 'float32');
}

/** Sets a square of half the sides to 0, anywhere, also partly outside. */
function cutOut(x: tf.Tensor4D, top: tf.Tensor2D, left: tf.Tensor2D): tf.Tensor4D {
  const [, height, width] = x.shape;
  const inside = (uniform: tf.Tensor2D, side: number, shape: number[]) => {
    const hole = Math.round(side / 2);
    const centre = tf.floor(tf.mul(uniform, side + (1 - (hole % 2)))); // [batch, 1]
    const start = tf.reshape(tf.sub(centre, Math.floor(hole / 2)), [-1, 1, 1, 1]);
    const at = tf.reshape(tf.range(0, side), shape);
    const after = tf.cast(tf.greaterEqual(at, start), 'float32');
    return tf.mul(after, tf.cast(tf.less(at, tf.add(start, hole)), 'float32'));
  };
  const rows = inside(top, height, [1, height, 1, 1]);
  const columns = inside(left, width, [1, 1, width, 1]);
  return tf.mul(x, tf.sub(1, tf.mul(rows, columns))) as tf.Tensor4D;
}
