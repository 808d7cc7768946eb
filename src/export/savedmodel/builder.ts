// Collects the nodes of a TensorFlow graph, and gives them names.
import type { GraphNode, NodeAttribute } from '../../tensor/compile/saved-model';
import { openShape, scalarOf } from '../graph/attributes';
import { type Extent, type GraphInput, type HostValue, isPerImage, keyOf } from '../graph/graph';

/** TensorFlow's enum DataType, of the types that graphs have. */
const dataTypes: Readonly<Record<string, number>> = { float32: 1, int32: 3, bool: 10 };

export const typeNumber = (dtype: string): number => dataTypes[dtype] as number;

export const attribute = {
  bool: (value: boolean): NodeAttribute => ({ kind: 'bool', value }),
  float: (value: number): NodeAttribute => ({ kind: 'float', value }),
  integer: (value: number): NodeAttribute => ({ kind: 'integer', value }),
  integers: (value: readonly number[]): NodeAttribute => ({ kind: 'integers', value }),
  text: (value: string): NodeAttribute => ({ kind: 'text', value }),
  type: (dtype: string): NodeAttribute => ({ kind: 'type', value: typeNumber(dtype) }),
};

export type Attributes = Readonly<Record<string, NodeAttribute>>;

export interface Builder {
  readonly nodes: readonly GraphNode[];
  /** Adds a node. @returns its first output; those after it end in :1, :2 */
  add(op: string, inputs: readonly string[], attributes: Attributes): string;
  input(input: GraphInput): string;
  /** The same one whenever it is asked for. */
  host(value: HostValue): string;
  /** A vector of int32, or a scalar. */
  integers(values: readonly number[] | number): string;
  float(value: number): string;
  /** A vector of int32: the shape for as many images as a tensor has at its first axis. */
  shape(extents: readonly Extent[], of: string, dtype: string): string;
}

/** Nodes of all graphs of a model, which share weights and constants. */
export function createBuilder() {
  const nodes: GraphNode[] = [];
  const hosts = new Map<string, string>();
  const taken = new Set<string>();
  const unique = (wanted: string) => {
    const name = wanted.replace(/[^\w./-]/g, '_').replace(/^[^A-Za-z0-9.]/, 'x');
    let free = name;
    for (let i = 1; taken.has(free.toLowerCase()); i++) free = `${name}_${i}`;
    taken.add(free.toLowerCase());
    return free;
  };
  const put = (
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, NodeAttribute>>,
  ) => {
    const node = unique(name);
    nodes.push({ name: node, op, inputs, attributes });
    return `${node}:0`;
  };
  const host = (value: HostValue) => {
    const { dtype, shape, values } = value;
    const key = keyOf(value);
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const name = value.kind === 'weight' ? `weights/${value.name}` : `constants/${dtype}`;
    const made =
      hosts.get(key) ??
      put(name, 'Const', [], {
        dtype: attribute.type(dtype),
        value: { kind: 'tensor', type: typeNumber(dtype), shape, content },
      });
    hosts.set(key, made);
    return made;
  };
  const integers: Builder['integers'] = (given) => {
    const values = Int32Array.from([given].flat());
    const shape = typeof given === 'number' ? [] : [values.length];
    return host({ kind: 'constant', dtype: 'int32', shape, values });
  };
  const float: Builder['float'] = (value) => host(scalarOf('float32', value));
  return {
    nodes,
    /** Of the graph of that name, whose nodes stand below it. */
    of: (graph: string): Builder => {
      const add: Builder['add'] = (op, inputs, attributes) => put(`${graph}/${op}`, op, inputs, attributes);
      return {
        nodes,
        add,
        input: ({ name, dtype, shape }) =>
          put(`${graph}/${name}`, 'Placeholder', [], {
            dtype: attribute.type(dtype),
            shape: { kind: 'shape', value: openShape(shape) },
          }),
        ...{ host, integers, float },
        shape: (extents, of, dtype) => {
          if (!extents.some(isPerImage)) return integers(extents as number[]);
          const int32 = attribute.type('int32');
          const whole = add('Shape', [of], { T: attribute.type(dtype), out_type: int32 });
          const batch = add('Slice', [whole, integers([0]), integers([1])], { T: int32, Index: int32 });
          const parts = extents.map((extent) => {
            if (!isPerImage(extent)) return integers([extent]);
            return extent.perImage === 1
              ? batch
              : add('Mul', [batch, integers([extent.perImage])], { T: int32 });
          });
          if (parts.length === 1) return parts[0] as string;
          return add('ConcatV2', [...parts, integers(0)], {
            N: attribute.integer(parts.length),
            T: int32,
            Tidx: int32,
          });
        },
      };
    },
  };
}
