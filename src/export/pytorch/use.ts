// What the PyTorch form of a kernel is written with. Images are [N, channels, height, width] in PyTorch: what has four axes
// is kept so, and turned where a kernel needs the graph's order.
import {
  type Extent,
  type GraphAttribute,
  type GraphNode,
  type GraphResult,
  type GraphValue,
  type HostValue,
  isHost,
} from '../graph/graph';
import type { Refuse } from '../graph/refusal';
import { firstOrder } from '../graph/transpose';
import { call, type Expression, method, number, whole } from './expression';
import type { ModuleParameters } from './parameters';

/** @returns one, or a statement's for several outputs */
export type Operator = (use: Use) => Expression;

export interface Use {
  readonly node: GraphNode;
  readonly parameters: ModuleParameters;
  readonly output: GraphResult;
  value(input: string): GraphValue;
  has(input: string): boolean;
  /** All of them. */
  readonly operands: readonly Expression[];
  operand(input: string): Expression;
  attribute<T extends GraphAttribute>(name: string): T;
  /** Where an axis of the graph is, counted from the first. */
  axis(axis: number): number;
  /** One for each axis, in their order here. */
  arranged<T>(each: readonly T[]): T[];
  /** Whether four axes stand with channels first. */
  readonly channelsFirst: boolean;
  refuse(problem: string): never;
}

export interface Scope {
  readonly parameters: ModuleParameters;
  /** Where its tensors are: "latent.device". */
  readonly device: string;
  /** What was made of a result or an input: channels first when it has four axes. */
  expressionOf(value: GraphValue): Expression;
}

export function createUse(
  node: GraphNode,
  { parameters, device, expressionOf }: Scope,
  channelsFirst: boolean,
  refuse: Refuse,
): Use {
  const { attributes, inputs, outputs } = node;
  const output = outputs[0] as GraphResult;
  const value = (input: string) => inputs[input] as GraphValue;
  const rank = Math.max(output.shape.length, ...Object.values(inputs).map(({ shape }) => shape.length));
  const nameOf = (one: GraphValue): Expression => {
    if (isHost(one)) return hostExpression(one, parameters, device, channelsFirst && rank === 4);
    const { length } = one.shape;
    if (channelsFirst && rank === 4 && length > 0 && length < 4) {
      if (length === 1) return method(expressionOf(one), 'view', '-1', '1', '1');
      refuse('its operands have other numbers of axes');
    }
    return channelsFirst ? expressionOf(one) : channelsLast(expressionOf(one), one.shape);
  };
  return {
    ...{ node, parameters, output, value, channelsFirst, refuse },
    has: (input) => input in inputs,
    get operands() {
      return Object.values(inputs).map(nameOf);
    },
    operand: (input) => nameOf(value(input)),
    attribute: (name) => attributes[name] as never,
    axis: (axis) => {
      const counted = axis < 0 ? axis + rank : axis;
      return channelsFirst && rank === 4 ? firstOrder.indexOf(counted as 0) : counted;
    },
    arranged: <T>(each: readonly T[]) =>
      channelsFirst && each.length === 4 ? firstOrder.map((axis) => each[axis] as T) : [...each],
  };
}

/** Weights and constants, as they broadcast with images where these have channels first. */
function hostExpression(
  value: HostValue,
  parameters: ModuleParameters,
  device: string,
  besideImages: boolean,
): Expression {
  const { shape, values, dtype } = value;
  const [only = 0] = values;
  if (value.kind === 'constant' && values.length === 1 && shape.length < 2) return whole(number(only));
  if (value.kind === 'constant' && dtype === 'int32' && values.every((one, i) => one === i))
    return call('torch.arange', String(values.length), `device=${device}`);
  if (!besideImages || shape.length === 0) return whole(parameters.parameter(value));
  const wide = [...Array(4 - shape.length).fill(1), ...shape] as number[];
  if (shape.length === 4) return whole(parameters.parameter(value, { order: firstOrder }));
  const moved = firstOrder.map((axis) => wide[axis] as number);
  if (shape.length === 1) return whole(parameters.parameter(value, { shape: moved.slice(1) }));
  const order = firstOrder.map((axis) => axis - (4 - shape.length)).filter((axis) => axis >= 0);
  return whole(parameters.parameter(value, { order, shape: moved }));
}

/** Whether it is the same numbers in the same order with channels first and last. */
export function isFlat(shape: readonly Extent[]): boolean {
  const [, height, width, channels] = shape;
  return channels === 1 || (height === 1 && width === 1);
}

/** From four axes with channels first to the graph's order. */
export function channelsLast(x: Expression, { length }: readonly Extent[]): Expression {
  return length === 4 ? method(x, 'permute', '0', '2', '3', '1') : x;
}

export function channelsFirst(x: Expression, { length }: readonly Extent[]): Expression {
  return length === 4 ? method(x, 'permute', '0', '3', '1', '2') : x;
}
