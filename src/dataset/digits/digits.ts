// The built-in digits: images that look like handwriting, drawn by code, so that there is always something to train on.
import { permutation, randomStream } from '../../rng';
import type { ImageSet } from '../image-set';
import { chooseStyle, handTransform, writeStrokes } from './hand';
import { smoothPath } from './path';
import { inkPaths } from './pen';
import { skeletons } from './skeletons';

const side = 28;
const classCount = 10;
const stepsPerSpan = 8;

/**
 * Draws a labelled set of handwriting-like digits. Image i depends on the seed and on i alone, so a larger set starts
 * with the smaller one.
 * @param count how many images
 * @param seed  any integer
 * @returns 28 × 28 images of one channel with labels 0 to 9
 */
export function drawDigits(count: number, seed: number): ImageSet {
  const labels = digitLabels(count, seed);
  const pixels = new Uint8Array(count * side * side);
  labels.forEach((label, i) => {
    pixels.set(drawDigit(label, seed, i), i * side * side);
  });
  return { count, height: side, width: side, channels: 1, pixels, labels, classCount };
}

/** Which digits a set holds: every ten in a row hold each digit once, in random order. */
export function digitLabels(count: number, seed: number): Uint8Array {
  const labels = new Uint8Array(count);
  for (let start = 0; start < count; start += classCount) {
    const order = permutation(randomStream(seed, 'digits/labels', start / classCount), classCount);
    labels.set(order.subarray(0, count - start), start);
  }
  return labels;
}

/**
 * Draws one digit: a style, its strokes as a hand would write them, their ink.
 * @param label 0 to 9
 * @param index which of the seed's drawings
 * @returns 28 × 28 bytes, 0 is background and 255 is ink
 */
export function drawDigit(label: number, seed: number, index: number): Uint8Array {
  const random = randomStream(seed, 'digits', index);
  const style = chooseStyle(skeletons[label] ?? [], random);
  const strokes = writeStrokes(style, random);
  const transform = handTransform(random);
  return inkPaths(
    strokes.map((stroke) => smoothPath(stroke, stepsPerSpan).map(transform)),
    random,
  );
}
