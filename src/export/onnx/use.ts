// What the ONNX form of a kernel is written with: its operands by name, in the layout that was chosen for it.
import type { GraphAttribute, GraphNode, GraphResult, GraphValue } from '../graph/graph';
import type { Refuse } from '../graph/refusal';
import { firstOrder } from '../graph/transpose';
import type { Attributes, Builder } from './builder';
import type { Layout } from './layout';

/** @returns the names of what it gives */
export type Operator = (use: Use) => string | readonly string[];

export interface Use {
  readonly node: GraphNode;
  readonly builder: Builder;
  readonly layout: Layout;
  readonly output: GraphResult;
  readonly outputs: readonly GraphResult[];
  value(input: string): GraphValue;
  /** All of them, in order, by their names in ONNX. */
  readonly operands: readonly string[];
  /** The name of one in ONNX. */
  operand(input: string): string;
  attribute<T extends GraphAttribute>(name: string): T;
  /** Where an axis of the graph is, counted from the first. */
  axis(axis: number): number;
  /** One for each axis, in the order of the layout. */
  arranged<T>(each: readonly T[]): T[];
  add(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** For what this form does not do. @throws DataError */
  refuse(problem: string): never;
}

export function createUse(
  node: GraphNode,
  builder: Builder,
  layout: Layout,
  channelsFirst: boolean,
  refuse: Refuse,
): Use {
  const { attributes, inputs, outputs } = node;
  const output = outputs[0] as GraphResult;
  const name = channelsFirst ? layout.first : layout.last;
  const value = (input: string) => inputs[input] as GraphValue;
  return {
    node,
    builder,
    layout,
    output,
    outputs,
    value,
    get operands() {
      return Object.values(inputs).map(name);
    },
    operand: (input) => name(value(input)),
    attribute: (attribute) => attributes[attribute] as never,
    axis: (axis) => {
      const { shape } = Object.values(inputs)[0] ?? output;
      const counted = axis < 0 ? axis + shape.length : axis;
      return channelsFirst ? firstOrder.indexOf(counted as 0) : counted;
    },
    arranged: <T>(each: readonly T[]) =>
      channelsFirst ? firstOrder.map((axis) => each[axis] as T) : [...each],
    add: builder.add,
    refuse,
  };
}
