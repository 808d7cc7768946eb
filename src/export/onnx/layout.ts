// Which ONNX value holds what of the graph: as it is, channels last, or channels first, as ONNX's convolutions take images.
import { type GraphNode, type GraphValue, isHost, isPerImage } from '../graph/graph';
import { firstOrder } from '../graph/transpose';
import type { Builder } from './builder';

const lastOrder = [0, 2, 3, 1] as const;

export interface Layout {
  /** The name of the value, as it is in the graph. */
  last(value: GraphValue): string;
  /** The name of the value, of at most four axes, as it broadcasts with images of channels first. */
  first(value: GraphValue): string;
  /** Says what a node gave, in one of the two. */
  set(value: GraphValue, name: string, order: 'first' | 'last'): void;
  /** Whether a node that may run in either is cheaper with channels first. */
  prefersFirst(node: GraphNode): boolean;
}

export function createLayout(builder: Builder): Layout {
  const known = { first: new Map<GraphValue, string>(), last: new Map<GraphValue, string>() };
  const last = (value: GraphValue): string => {
    const name = known.last.get(value) ?? madeLast(value);
    known.last.set(value, name);
    return name;
  };
  const madeLast = (value: GraphValue): string => {
    if (value.kind === 'input') return value.name;
    if (isHost(value)) return builder.host(value);
    return builder.add('Transpose', [known.first.get(value) as string], { perm: { integers: lastOrder } });
  };
  const first = (value: GraphValue): string => {
    const name = known.first.get(value) ?? madeFirst(value);
    known.first.set(value, name);
    return name;
  };
  const madeFirst = (value: GraphValue): string => {
    const { shape } = value;
    if (shape.length === 0) return last(value);
    const wide = [...Array(4 - shape.length).fill(1), ...shape] as typeof shape;
    const moved = firstOrder.map((axis) => wide[axis] as number);
    const isVector = shape.length === 1;
    if (isHost(value)) {
      if (isVector) return builder.host(value, { shape: moved.slice(1) as number[] });
      if (shape.length === 4) return builder.host(value, { order: firstOrder });
    }
    if (isVector && !moved.some(isPerImage))
      return builder.add('Reshape', [last(value), builder.integers(moved)]);
    const ranked =
      shape.length === 4 ? last(value) : builder.add('Reshape', [last(value), builder.shape(wide)]);
    return builder.add('Transpose', [ranked], { perm: { integers: firstOrder } });
  };
  return {
    last,
    first,
    set: (value, name, order) => known[order].set(value, name),
    prefersFirst: ({ inputs, outputs }) =>
      outputs.every(({ shape }) => shape.length === 4) &&
      Object.values(inputs).some((value) => known.first.has(value) && !known.last.has(value)),
  };
}
