// What a step reads besides its variables, and the nodes that it comes in through.
import * as tf from '@tensorflow/tfjs-core';
import type { Binding } from '../native/binding';
import { addByteImages, addByteRows, type ByteImages, type ByteRows } from './byte-rows';
import { dataType } from './data-type';
import type { GraphInput, Table } from './graph-input';
import type { GraphNodes } from './graph-nodes';

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
  if ('bytes' in spec) return addByteRows(nodes, binding, name, spec, table);
  if ('fed' in spec) return addByteImages(nodes, binding, name, spec);
  const type = { dtype: dataType(binding, spec.dtype), shape: spec.shape };
  const feed = nodes.addPlaceholder(name, type);
  return { feed, type, values: feed };
}
