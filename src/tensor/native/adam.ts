// The Adam step by TensorFlow's fused op, 2 to 3 times as fast as the composed form.
import { dispose, scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './binding';
import {
  type Attributes,
  boolAttribute,
  type Inputs,
  shapeAttribute,
  stringAttribute,
  typeAttribute,
} from './op';

/** The op works on resource variables, which tfjs has none of: parameter and moments pass through three of TensorFlow's,
 *  one set for each shape. What goes in and comes out shares their memory, and the op copies before it writes. */
const variables = new WeakMap<TensorFlowBackend, Map<string, readonly number[]>>();

/** See `adamKernel` for the contract. */
export function adam(backend: TensorFlowBackend, inputs: Inputs, attributes: Attributes): Tensor[] {
  const { parameter, firstMoment, secondMoment, gradient, stepSize } = inputs as Record<string, Tensor>;
  const { beta1, beta2, epsilon } = attributes as Record<string, number>;
  const constants = [0, beta1, beta2, epsilon].map((value) => scalar(value as number));
  const { binding } = backend;
  const handles = variablesFor(backend, (parameter as Tensor).shape);
  const state = backend.getInputTensorIds([parameter, firstMoment, secondMoment] as Tensor[]);
  const [step, gradientId, zero, b1, b2, eps] = backend.getInputTensorIds([
    stepSize,
    gradient,
    ...constants,
  ] as Tensor[]) as [number, number, number, number, number, number];
  const type = [typeAttribute(backend, 'dtype')];
  for (const [i, id] of state.entries()) {
    binding.executeOp('AssignVariableOp', type, [handles[i] as number, id], 0);
  }
  // The step size is corrected for the bias already: powers of zero turn the op's own correction off.
  const apply = [
    typeAttribute(backend, 'T'),
    boolAttribute(backend, 'use_locking', false),
    boolAttribute(backend, 'use_nesterov', false),
  ];
  binding.executeOp('ResourceApplyAdam', apply, [...handles, zero, zero, step, b1, b2, eps, gradientId], 0);
  dispose(constants);
  return handles.map((handle) => {
    const [value] = binding.executeOp('ReadVariableOp', type, [handle], 1);
    return backend.createOutputTensor(value as NonNullable<typeof value>);
  });
}

function variablesFor(backend: TensorFlowBackend, shape: number[]): readonly number[] {
  const byShape = variables.get(backend) ?? new Map<string, readonly number[]>();
  variables.set(backend, byShape);
  const key = shape.join('x');
  const known = byShape.get(key);
  if (known) return known;
  const made = ['parameter', 'first', 'second'].map((part) =>
    makeVariable(backend, shape, `aigc-adam-${key}-${part}`),
  );
  byShape.set(key, made);
  return made;
}

/** @returns the id of the variable's handle */
function makeVariable(backend: TensorFlowBackend, shape: number[], name: string): number {
  const attributes = [
    typeAttribute(backend, 'dtype'),
    shapeAttribute(backend, 'shape', shape),
    stringAttribute(backend, 'shared_name', name),
    stringAttribute(backend, 'container', ''),
  ];
  const [handle] = backend.binding.executeOp('VarHandleOp', attributes, [], 1);
  return (handle as NonNullable<typeof handle>).id;
}
