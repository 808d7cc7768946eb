// A model's training step as what records it takes it: inputs by name, and a function of tensors.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { AnySet } from '../dataset/image-set';
import type { Losses, Trainable } from '../models/family';
import type { TensorInput, Values } from '../tensor/compile/inputs';
import { type HostInputs, scalarsAt } from './stepper';

/** Names of the inputs: those of noise and scalars may be anything, so they get a prefix. */
const noiseName = (name: string) => `noise.${name}`;
const scalarName = (name: string) => `scalar.${name}`;

export interface RecordedStep<Images> {
  readonly inputs: Readonly<Record<string, TensorInput | Images>>;
  step(tensors: Readonly<Record<string, Tensor>>): Losses;
}

/** @param images how the step gets its images @param at the step whose shapes it is recorded for */
export function recordedStep<Images>(
  model: Trainable,
  set: AnySet,
  batchSize: number,
  images: Images,
  at: number,
): RecordedStep<Images> {
  const noise = model.noise(batchSize, at);
  const scalars = Object.keys(scalarsAt(model, 0));
  const inputs: Record<string, TensorInput | Images> = {
    images,
    ...(set.labels && { labels: { shape: [batchSize], dtype: 'int32' } }),
  };
  for (const [name, { shape }] of Object.entries(noise))
    inputs[noiseName(name)] = { shape, dtype: 'float32' };
  for (const name of scalars) inputs[scalarName(name)] = { shape: [], dtype: 'float32' };
  const step: RecordedStep<Images>['step'] = (tensors) =>
    model.step({
      images: tensors.images as never,
      labels: tensors.labels as never,
      noise: Object.fromEntries(Object.keys(noise).map((name) => [name, tensors[noiseName(name)] as never])),
      scalars: Object.fromEntries(scalars.map((name) => [name, tensors[scalarName(name)] as never])),
    });
  return { inputs, step };
}

/** What one run of it is given. */
export function stepValues({ labels, noise, scalars }: HostInputs, images: Values): Record<string, Values> {
  const values: Record<string, Values> = { images, ...(labels && { labels }) };
  for (const [name, numbers] of Object.entries(noise)) values[noiseName(name)] = numbers;
  for (const [name, number] of Object.entries(scalars)) values[scalarName(name)] = Float32Array.of(number);
  return values;
}

/** Losses as they are logged. */
export function figuresOf(outputs: Readonly<Record<string, Float32Array>>): Record<string, number> {
  return Object.fromEntries(Object.entries(outputs).map(([name, [value]]) => [name, value as number]));
}
