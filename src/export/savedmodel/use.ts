// What a form of a kernel in TensorFlow's ops sees of the node that it writes.
import type { NodeAttribute } from '../../tensor/compile/saved-model';
import type { GraphNode, GraphResult, GraphValue } from '../graph/graph';
import type { Refuse } from '../graph/refusal';
import { type Attributes, attribute, type Builder } from './builder';

export interface Use {
  readonly node: GraphNode;
  readonly builder: Builder;
  readonly output: GraphResult;
  readonly outputs: readonly GraphResult[];
  /** The names of all that it reads, in the kernel's order. */
  readonly operands: readonly string[];
  value(name: string): GraphValue;
  has(name: string): boolean;
  operand(name: string): string;
  attribute<T>(name: string): T;
  /** The type of an input, the first when none is named, as `T` has it. */
  type(name?: string): NodeAttribute;
  add(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** @throws DataError that names the kernel */
  refuse(problem: string): never;
}

/** @returns the name of the node's first output, or of each */
export type Operator = (use: Use) => string | readonly string[];

export function createUse(
  node: GraphNode,
  builder: Builder,
  nameOf: (value: GraphValue) => string,
  refuse: Refuse,
): Use {
  const value = (name: string) => node.inputs[name] ?? refuse(`it has no ${name}`);
  return {
    node,
    builder,
    refuse,
    value,
    output: node.outputs[0] as GraphResult,
    outputs: node.outputs,
    operands: Object.values(node.inputs).map(nameOf),
    has: (name) => node.inputs[name] !== undefined,
    operand: (name) => nameOf(value(name)),
    attribute: <T>(name: string) => node.attributes[name] as T,
    type: (name) =>
      attribute.type((name === undefined ? Object.values(node.inputs)[0] : value(name))?.dtype ?? ''),
    add: (op, inputs, attributes = {}) => builder.add(op, inputs, attributes),
  };
}
