// Two tapes of one function, for two numbers of images, as one: where they differ by so much for each image, an extent.
import type * as tf from '@tensorflow/tfjs-core';
import {
  type Extent,
  type GraphAttribute,
  type GraphInput,
  type GraphNode,
  type GraphResult,
  type GraphValue,
  isPerImage,
} from './graph';
import type { Refuse } from './refusal';
import type { TapeValue } from './tape';

interface Unifier {
  value(small: TapeValue, large: TapeValue): GraphValue;
  attributes(small: tf.NamedAttrMap, large: tf.NamedAttrMap): GraphNode['attributes'];
  /** Nodes that make constants of as many rows as there are images, for those that were asked for since the last call. */
  takeFills(): GraphNode[];
}

export function createUnifier(
  batches: readonly [number, number],
  inputs: readonly GraphInput[],
  weights: ReadonlyMap<string, tf.Variable>,
  refuse: Refuse,
): Unifier {
  const known = new Map<TapeValue, GraphValue>();
  const byName = new Map<string, GraphValue>(inputs.map((input) => [input.name, input]));
  const filled = new Map<string, GraphResult>();
  let fills: GraphNode[] = [];

  const extent = (a: number, b: number): Extent => {
    if (a === b) return a;
    const perImage = a / batches[0];
    if (Number.isInteger(perImage) && b === perImage * batches[1]) return { perImage };
    return refuse(`a number is ${a} for ${batches[0]} images and ${b} for ${batches[1]}`);
  };
  const attribute = (a: unknown, b: unknown): GraphAttribute => {
    if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) ? a : extent(a, b);
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null)
      return Object.is(a, b) ? (a as GraphAttribute) : refuse('it depends on the number of images');
    const names = Object.keys(a);
    const parts = names.map((name) => attribute(a[name as keyof typeof a], b[name as keyof typeof b]));
    if (names.length !== Object.keys(b).length) refuse('it depends on the number of images');
    return Array.isArray(a) ? parts : Object.fromEntries(names.map((name, i) => [name, parts[i]]));
  };
  const shapeOf = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length
      ? a.map((size, i) => extent(size, b[i] as number))
      : refuse('a tensor has another rank for another number of images');

  const constant = ({ dtype, values = new Float32Array() }: TapeValue, large: TapeValue, shape: Extent[]) => {
    const others = large.values as NonNullable<TapeValue['values']>;
    if (!shape.some(isPerImage)) {
      if (values.some((value, i) => !Object.is(value, others[i])))
        refuse('numbers of its code differ from call to call');
      return { kind: 'constant' as const, shape: shape as number[], dtype, values };
    }
    const [value = 0] = values;
    if ([...values, ...others].some((other) => other !== value))
      refuse('numbers of its code depend on the number of images');
    const attributes = { shape, value, dtype };
    const key = JSON.stringify(attributes);
    const result = filled.get(key) ?? { kind: 'result', shape, dtype };
    if (!filled.has(key)) fills.push({ kernel: 'Fill', attributes, inputs: {}, outputs: [result] });
    filled.set(key, result);
    return result;
  };
  const weight = (name: string): GraphValue => {
    const found = byName.get(name);
    if (found) return found;
    const variable = weights.get(name) as tf.Variable;
    const { shape, dtype } = variable;
    const made = { kind: 'weight' as const, name, shape, dtype, values: variable.dataSync().slice() };
    byName.set(name, made as GraphValue);
    return made as GraphValue;
  };
  const made = (small: TapeValue, large: TapeValue): GraphValue => {
    if (small.kind !== large.kind || small.name !== large.name) refuse('it depends on the number of images');
    if (small.kind === 'input') return byName.get(small.name as string) as GraphValue;
    if (small.kind === 'weight') return weight(small.name as string);
    const shape = shapeOf(small.shape, large.shape);
    return small.kind === 'constant'
      ? constant(small, large, shape)
      : { kind: 'result', shape, dtype: small.dtype };
  };
  return {
    value: (small, large) => {
      const value = known.get(small) ?? made(small, large);
      known.set(small, value);
      return value;
    },
    attributes: (small, large) => attribute(small, large) as GraphNode['attributes'],
    takeFills: () => {
      const taken = fills;
      fills = [];
      return taken;
    },
  };
}
