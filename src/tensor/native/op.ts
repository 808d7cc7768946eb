// Calls TensorFlow's ops by name, on float32 tensors.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OpAttribute, TensorFlowBackend } from './binding';

export type Inputs = Readonly<Record<string, Tensor>>;
export type Attributes = Readonly<Record<string, unknown>>;

/** A kernel of tfjs on this backend: inputs are borrowed, results are the caller's. */
export type Kernel = (
  backend: TensorFlowBackend,
  inputs: Inputs,
  attributes: Attributes,
) => Tensor | Tensor[];

/** Runs an op that has one output. */
export function runOp(
  backend: TensorFlowBackend,
  op: string,
  inputs: readonly (Tensor | undefined)[],
  attributes: readonly OpAttribute[] = [],
): Tensor {
  const all = [typeAttribute(backend, 'T'), ...attributes];
  return backend.executeSingleOutput(op, all, inputs as readonly Tensor[]);
}

/** float32, as the attribute `name`. */
export function typeAttribute({ binding }: TensorFlowBackend, name: string): OpAttribute {
  return { name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

export function floatAttribute({ binding }: TensorFlowBackend, name: string, value: number): OpAttribute {
  return { name, type: binding.TF_ATTR_FLOAT, value };
}

export function boolAttribute({ binding }: TensorFlowBackend, name: string, value: boolean): OpAttribute {
  return { name, type: binding.TF_ATTR_BOOL, value };
}

export function stringAttribute({ binding }: TensorFlowBackend, name: string, value: string): OpAttribute {
  return { name, type: binding.TF_ATTR_STRING, value };
}

export function shapeAttribute({ binding }: TensorFlowBackend, name: string, value: number[]): OpAttribute {
  return { name, type: binding.TF_ATTR_SHAPE, value };
}
