// The model of `flow` and `cflow`: a velocity that is learnt by regression, and followed to draw.
import * as tf from '@tensorflow/tfjs-core';
import { averaged, createAverage } from '../average';
import type { Losses, Model, StepInputs } from '../family';
import { oneHot } from '../layers';
import { optimizers } from '../optimizers';
import { Parameters } from '../parameters';
import { scheduleFactor } from '../schedule';
import type { FlowSetting } from './options';
import { follow, pointAt, scalingAt, timeKnots, timeShares } from './path';
import { createVelocityNetwork } from './velocity-network';

/** The classes are one-hot, [batch, classCount], of a model that has some. */
type Classes = tf.Tensor2D | undefined;

/** @param x [batch, height, width, channels] @param time [batch or 1, 1] @returns of x's shape */
type Velocity = (x: tf.Tensor4D, time: tf.Tensor2D, classes: Classes) => tf.Tensor4D;

/**
 * Minimises E ‖v(x_t, t) − (image − noise)‖² with x_t = (1 − t) noise + t image (Liu et al. 2022, eq. 1; Lipman et al. 2022,
 * eq. 23 with σ = 0), the mean over pixels. Times are logit-normal (Esser et al. 2024, eq. 19, arxiv.org/abs/2403.03206).
 * Images have the training set's mean pixel taken off. A latent is the noise itself, so the way back from an image is its
 * encoder.
 * @param classCount 0 for a model that is told none
 */
export function createMatchedFlow(setting: FlowSetting, classCount: number): Model {
  const { image, options, pixelMean } = setting;
  const { height, width, channels } = image;
  const pixels = height * width * channels;
  const mean = 2 * pixelMean - 1;
  const parameters = new Parameters(setting.seed);
  const velocity = createVelocity(parameters, setting, classCount);
  const average = options.ema > 0 ? createVelocity(averaged(parameters), setting, classCount) : undefined;
  const optimizer = optimizers[options.optimizer].create(parameters, 'velocity.', {
    learningRate: options.learningRate,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  });
  const follower = createAverage(parameters, options.ema);
  const classesOf = (labels: tf.Tensor1D | undefined): Classes =>
    classCount > 0 && labels ? oneHot(labels, classCount) : undefined;

  function loss({ images, noise, labels }: StepInputs): tf.Scalar {
    const time = tf.sigmoid(tf.add(noise.time as tf.Tensor2D, options.timeMean)) as tf.Tensor2D;
    const start = tf.reshape(noise.start as tf.Tensor2D, images.shape) as tf.Tensor4D;
    const end = tf.sub(images, mean) as tf.Tensor4D;
    const told = velocity(pointAt(start, end, time), time, classesOf(labels));
    return tf.mean(tf.squaredDifference(told, tf.sub(end, start)));
  }

  /** From noise (0) to image (1), or back. */
  function travel(x: tf.Tensor4D, [from, to]: readonly [number, number], speed: Velocity, classes: Classes) {
    const { drawSteps: steps, solver } = options;
    const at = (place: tf.Tensor4D, time: number) =>
      speed(place, tf.fill([1, 1], time) as tf.Tensor2D, classes);
    return follow(x, at, { from, to, steps, solver });
  }

  return {
    variables: parameters.variables,
    kinds: parameters.kinds,
    parameterCounts: { velocity: parameters.count('velocity.') },
    losses: [{ name: 'velocity', label: 'velocity error' }],
    noise: (batchSize) => ({
      start: { shape: [batchSize, pixels], distribution: 'normal' },
      time: { shape: [batchSize, 1], distribution: 'normal' },
    }),
    stepSizes: (step) => ({ stepSize: optimizer.stepSize(step) * scheduleFactor(options, step) }),
    scalars: (step) => ({
      ...(average && { averageRate: follower.rate(step) }),
      ...(optimizer.mix && { mix: optimizer.mix(step) }),
    }),
    step: (inputs): Losses =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => loss(inputs), parameters.trainable());
        optimizer.update(grads, inputs.scalars.stepSize as tf.Scalar, inputs.scalars.mix);
        if (average) follower.update(inputs.scalars.averageRate as tf.Scalar);
        return { velocity: value };
      }),
    sample: (latents, { labels, classShares, lastWeights = false } = {}) =>
      tf.tidy(() => {
        const start = tf.reshape(latents, [-1, height, width, channels]) as tf.Tensor4D;
        const speed = lastWeights ? velocity : (average ?? velocity);
        const end = travel(start, [0, 1], speed, classShares ?? classesOf(labels));
        return tf.clipByValue(tf.mul(tf.add(end, mean + 1), 0.5), 0, 1) as tf.Tensor4D;
      }),
    encode: (images, labels) =>
      tf.tidy(() => {
        const end = tf.sub(images, mean) as tf.Tensor4D;
        return tf.reshape(travel(end, [1, 0], average ?? velocity, classesOf(labels)), [
          -1,
          pixels,
        ]) as tf.Tensor2D;
      }),
    latent: { dimension: pixels, prior: 'normal' },
    dispose: () => parameters.dispose(),
  };
}

function createVelocity(
  parameters: Parameters,
  { image, options }: FlowSetting,
  classCount: number,
): Velocity {
  const network = createVelocityNetwork(parameters, 'velocity', {
    image,
    channels: options.channels,
    lowestSide: options.lowestSide,
    blocks: options.blocks,
    times: timeKnots,
    classes: classCount,
  });
  return (x, time, classes) => {
    const { input, linear, output } = scalingAt(time);
    const told = network(tf.mul(x, input), { time: timeShares(time), classes });
    return tf.add(tf.mul(x, linear), tf.mul(told, output));
  };
}
