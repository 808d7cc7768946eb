// Runs training steps: gathers what a step reads, feeds it, and reads the losses back only when asked.
import * as tf from '@tensorflow/tfjs-core';
import { type BatchPlan, gatherBatch, gatherLabels, pixelFloats } from '../dataset/batches';
import type { AnySet, PixelRange } from '../dataset/image-set';
import type { ReadAhead } from '../dataset/read-ahead';
import { pickImages } from '../dataset/split';
import type { NoiseSpec, StepInputs, Trainable } from '../models/family';
import { normals, randomStream, uniforms } from '../rng';
import type { Figures } from '../run/events';

/** What one step reads, as arrays. Always new ones: tfjs-node keeps an array that it was given. */
export interface HostInputs {
  /** Which step, from 0. */
  readonly step: number;
  /** [batch], which images of the training set. */
  readonly indices: Uint32Array;
  /** [batch, height, width, channels] in the family's pixel range; gathered when it is read. */
  readonly images: Float32Array;
  /** The same as bytes. To be read once, it or `images`. */
  readonly bytes: Uint8Array;
  readonly labels: Int32Array | undefined;
  readonly noise: Readonly<Record<string, Float32Array>>;
  readonly scalars: Readonly<Record<string, number>>;
}

export interface Stepper {
  /** Trains one step. @returns the losses when `read`, which waits for the device */
  run(inputs: HostInputs, read: boolean): Promise<Figures | undefined>;
  /** Brings the model's variables up to date; a stepper may keep the weights elsewhere between calls. */
  settle(): Promise<void>;
  /** Takes the present values of the model's variables, after these were set from outside. */
  load(): void;
  dispose(): void;
}

/** A stepper that runs each op by its own call. */
export function createEagerStepper(model: Trainable, set: AnySet, batchSize: number): Stepper {
  const shape = [batchSize, set.height, set.width, set.channels] as [number, number, number, number];
  return {
    run: async (inputs, read) => {
      const specs = model.noise(batchSize, inputs.step);
      const losses = tf.tidy(() => model.step(toTensors(inputs, shape, specs)));
      const figures: Record<string, number> = {};
      for (const [name, loss] of Object.entries(losses)) {
        if (read) figures[name] = (await loss.data())[0] as number;
        loss.dispose();
      }
      return read ? figures : undefined;
    },
    settle: async () => undefined,
    load: () => undefined,
    dispose: () => undefined,
  };
}

function toTensors(
  inputs: HostInputs,
  shape: [number, number, number, number],
  specs: Readonly<Record<string, NoiseSpec>>,
): StepInputs {
  const { images, labels, noise, scalars } = inputs;
  return {
    images: tf.tensor4d(images, shape),
    labels: labels && tf.tensor1d(labels, 'int32'),
    noise: noiseTensors(noise, specs),
    scalars: Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)])),
  };
}

export function noiseTensors(
  noise: Readonly<Record<string, Float32Array>>,
  specs: Readonly<Record<string, NoiseSpec>>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      tf.tensor(noise[name] as Float32Array, [...spec.shape]),
    ]),
  );
}

/** Draws every noise of a step from its own stream. @param purpose "train" or "held-out" */
export function drawNoise(
  specs: Readonly<Record<string, NoiseSpec>>,
  seed: number,
  purpose: string,
  step: number,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, distribution }]) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const stream = randomStream(seed, `${purpose}/${name}`, step);
      return [name, distribution === 'normal' ? normals(stream, count) : uniforms(stream, count)];
    }),
  );
}

/** The numbers that a step reads. A compiled step is fed them, so that no scale has it compiled anew.
 *  @param learningRateScale 1 leaves every bit as it is */
export function scalarsAt(
  model: Pick<Trainable, 'stepSizes' | 'scalars'>,
  step: number,
  learningRateScale = 1,
): Record<string, number> {
  const stepSizes = Object.entries(model.stepSizes(step));
  return {
    ...Object.fromEntries(stepSizes.map(([name, size]) => [name, size * learningRateScale])),
    ...model.scalars?.(step),
  };
}

interface Source {
  readonly model: Trainable;
  readonly set: AnySet;
  readonly plan: BatchPlan;
  /** Of a set on disk: it has read what the step needs by then. */
  readonly ahead?: ReadAhead | undefined;
  readonly range: PixelRange;
  readonly seed: number;
  /** What roll-backs have left of the learning rate; 1 when left out. */
  readonly learningRateScale?: number;
}

/** Gathers what step `step` reads; the same step always reads the same. */
export function gatherInputs(source: Source, step: number): HostInputs {
  const { model, set, plan, range, seed, ahead, learningRateScale = 1 } = source;
  const indices = plan.indicesOf(step);
  return {
    step,
    indices,
    get images() {
      return ahead ? pixelFloats(ahead.take(step), range) : gatherBatch(set, indices, range);
    },
    get bytes() {
      return ahead ? ahead.take(step) : pickImages(set, indices).pixels;
    },
    labels: set.labels && gatherLabels(set, indices),
    noise: drawNoise(model.noise(plan.batchSize, step), seed, 'train', step),
    scalars: scalarsAt(model, step, learningRateScale),
  };
}
