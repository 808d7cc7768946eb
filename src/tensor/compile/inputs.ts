// What a step reads besides its variables, and the nodes that it comes in through.
import * as tf from '@tensorflow/tfjs-core';
import type { Binding } from '../native/binding';
import { addByteImages, addByteRows, addScaled, type ByteImages, type ByteRows } from './byte-rows';
import { dataType } from './data-type';
import type { FedInput, GraphInput, Table } from './graph-input';
import type { GraphNodes, TensorName } from './graph-nodes';

/** A tensor that each run is fed. */
export interface TensorInput {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** What an input is given in a run. */
export type Values = Float32Array | Int32Array | Uint8Array;

export type InputSpec = TensorInput | ByteRows | ByteImages;

/** The shape in which the step reads it. */
export function shapeRead(spec: InputSpec): readonly number[] {
  return 'picked' in spec ? [spec.picked, ...spec.rowShape] : spec.shape;
}

/** The shape of what a step is fed. */
export function fedShape(spec: InputSpec): readonly number[] {
  return 'bytes' in spec ? [spec.picked] : shapeRead(spec);
}

/** A tensor of zeros of the shape and type that the step reads. */
function standIn(spec: InputSpec): tf.Tensor {
  return tf.zeros([...shapeRead(spec)], 'picked' in spec ? 'float32' : spec.dtype);
}

/** Runs `work` with a stand-in for each input, whose values do not matter. */
export function withStandIns<T>(
  inputs: Readonly<Record<string, InputSpec>>,
  work: (standIns: Readonly<Record<string, tf.Tensor>>) => T,
): T {
  const standIns = Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, standIn(spec)]));
  try {
    return work(standIns);
  } finally {
    tf.dispose(standIns);
  }
}

/** @param made what was done to the step: "compiled" @throws RangeError when there are not as many values as the shape has */
export function checkedValues(
  name: string,
  values: Values | undefined,
  shape: readonly number[],
  made: string,
): Values {
  const size = tf.util.sizeFromShape([...shape]);
  if (values?.length === size) return values;
  throw new RangeError(
    `The step is ${made} for ${size} values [${shape}] of ${name}, got ${values ? `${values.length}` : 'none'}.`,
  );
}

/** @param table of rows, when another input has it already */
export function addInput(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: InputSpec,
  table?: Table,
): GraphInput {
  const { raw, ...input } = addFed(nodes, binding, name, spec, table);
  return { ...input, values: addValues(nodes, binding, name, spec, raw) };
}

/** What is fed, and the raw values that come of it: bytes of images are still bytes. */
export function addFed(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: InputSpec,
  table?: Table,
): FedInput {
  if ('bytes' in spec) return addByteRows(nodes, binding, name, spec, table);
  if ('fed' in spec) return addByteImages(nodes, binding, name, spec);
  const type = { dtype: dataType(binding, spec.dtype), shape: spec.shape };
  const feed = nodes.addPlaceholder(name, type);
  return { feed, type, raw: feed };
}

/** The type of raw values. */
export function rawType(binding: Binding, spec: InputSpec): number {
  return 'picked' in spec ? binding.TF_UINT8 : dataType(binding, spec.dtype);
}

/** What the step reads of raw values. */
export function addValues(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: InputSpec,
  raw: TensorName,
): TensorName {
  return 'picked' in spec ? addScaled(nodes, binding, name, raw, spec.scale) : raw;
}
