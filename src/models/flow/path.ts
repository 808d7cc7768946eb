// The way from noise to image that a flow follows: its points, their speeds, and its integration.
import * as tf from '@tensorflow/tfjs-core';

/** Standard deviation of pixels from −1 to 1, about: MNIST's is 0.62, of photographs 0.5. */
const spread = 0.6;

/** Numbers that a time is told by. */
export const timeKnots = 16;

/** A time as its place among knots, between two of which both have a share: what follows from it is a table of as many rows,
 *  interpolated. @param time [n, 1] in [0, 1] @returns [n, timeKnots] */
export function timeShares(time: tf.Tensor2D): tf.Tensor2D {
  const knots = tf.range(0, timeKnots, 1, 'float32');
  return tf.relu(tf.sub(1, tf.abs(tf.sub(tf.mul(time, timeKnots - 1), knots)))) as tf.Tensor2D;
}

/** The point at a time on the straight way from noise to image: Liu et al. 2022, eq. 1. @param time [batch, 1] */
export function pointAt(noise: tf.Tensor4D, image: tf.Tensor4D, time: tf.Tensor2D): tf.Tensor4D {
  return tf.add(tf.mul(noise, perImage(tf.sub(1, time))), tf.mul(image, perImage(time)));
}

/** Numbers of images, [batch, 1], beside their pixels. */
const perImage = (values: tf.Tensor) => tf.reshape(values, [-1, 1, 1, 1]) as tf.Tensor4D;

/** What a network reads, and what it says, in units in which both have variance 1: Karras et al. 2022, section 5,
 *  arxiv.org/abs/2206.00364, for this path. With x = (1 − t) noise + t image and s the deviation of images, the best that is
 *  linear in x is v = x (t s² − (1 − t)) / (t² s² + (1 − t)²); a network tells the rest, whose deviation is
 *  s / √(t² s² + (1 − t)²). */
export interface Scaling {
  /** Of x, for the network. [batch, 1, 1, 1], as the others. */
  readonly input: tf.Tensor4D;
  /** Of x, for its part of the velocity. */
  readonly linear: tf.Tensor4D;
  /** Of what the network says. */
  readonly output: tf.Tensor4D;
}

/** @param time [batch, 1] */
export function scalingAt(time: tf.Tensor2D): Scaling {
  const rest = tf.sub(1, time);
  const variance = tf.add(tf.square(tf.mul(time, spread)), tf.square(rest));
  const input = tf.rsqrt(variance);
  const linear = tf.div(tf.sub(tf.mul(time, spread * spread), rest), variance);
  return { input: perImage(input), linear: perImage(linear), output: perImage(tf.mul(input, spread)) };
}

export const solvers = ['euler', 'midpoint'] as const;

export interface Journey {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly solver: (typeof solvers)[number];
}

/** Follows dx/dt = velocity(x, t) in equal steps of time: each by the velocity at its beginning (Euler), or by that
 *  half a step on (midpoint). */
export function follow(
  x: tf.Tensor4D,
  velocity: (x: tf.Tensor4D, time: number) => tf.Tensor4D,
  { from, to, steps, solver }: Journey,
): tf.Tensor4D {
  const length = (to - from) / steps;
  const onwards = (at: tf.Tensor4D, speed: tf.Tensor4D, by: number) =>
    tf.add(at, tf.mul(speed, by)) as tf.Tensor4D;
  let place = x;
  for (let step = 0; step < steps; step++) {
    place = tf.tidy(() => {
      const time = from + step * length;
      const first = velocity(place, time);
      if (solver === 'euler') return onwards(place, first, length);
      return onwards(place, velocity(onwards(place, first, length / 2), time + length / 2), length);
    });
  }
  return place;
}
