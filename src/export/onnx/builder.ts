// Collects the nodes and initializers of an ONNX graph, and gives them names.
import { type Extent, type HostValue, isPerImage, keyOf } from '../graph/graph';
import { type Arrangement, arranged } from '../graph/transpose';
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from './proto';

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

export interface Builder {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Adds a node. @returns the name of its output */
  add(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds a node of several outputs. */
  addMany(op: string, inputs: readonly string[], attributes: Attributes, count: number): string[];
  /** The same one whenever it is asked for in the same way. @returns its name */
  host(value: HostValue, how?: Arrangement): string;
  /** A vector of int64. */
  integers(values: readonly number[]): string;
  /** A scalar of float32. */
  float(value: number): string;
  /** A vector of int64: the shape for as many images as there are. */
  shape(extents: readonly Extent[]): string;
}

/** @param input of the graph, whose first extent is the batch @param reserved names that are the graph's own */
export function createBuilder(input: string, reserved: readonly string[]): Builder {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const taken = new Set(reserved);
  /** "conv", "conv_2", … */
  const unique = (name: string) => {
    let free = name;
    for (let i = 2; taken.has(free); i++) free = `${name}_${i}`;
    taken.add(free);
    return free;
  };
  const initializer = (key: string, name: string, make: () => Omit<OnnxTensor, 'name'>) => {
    const found = initializers.get(key) ?? { name: unique(name), ...make() };
    initializers.set(key, found);
    return found.name;
  };
  const addMany = (op: string, inputs: readonly string[], attributes: Attributes, count: number) => {
    const outputs = Array.from({ length: count }, () => unique(op.toLowerCase()));
    nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  };
  const add = (op: string, inputs: readonly string[], attributes: Attributes = {}) =>
    addMany(op, inputs, attributes, 1)[0] as string;
  const integers = (values: readonly number[]) =>
    initializer(`int64 ${values}`, 'shape', () => ({
      type: 'int64',
      dims: [values.length],
      bytes: bytesOf(BigInt64Array.from(values, BigInt)),
    }));
  let batch: string | undefined;
  return {
    nodes,
    get initializers() {
      return [...initializers.values()];
    },
    add,
    addMany,
    host: (value, how = {}) => {
      const name = value.kind === 'weight' ? value.name : 'constant';
      return initializer(`${keyOf(value)} ${how.order} ${how.shape}`, name, () => {
        const { shape, values } = arranged(value, how);
        return { type: value.dtype as OnnxType, dims: shape, bytes: bytesOf(values) };
      });
    },
    integers,
    float: (value) =>
      initializer(`float ${value}`, 'constant', () => ({
        type: 'float32',
        dims: [],
        bytes: bytesOf(Float32Array.of(value)),
      })),
    shape: (extents) => {
      if (!extents.some(isPerImage)) return integers(extents as number[]);
      batch ??= add('Shape', [input], { start: { integer: 0 }, end: { integer: 1 } });
      const parts = extents.map((extent) => {
        if (!isPerImage(extent)) return integers([extent]);
        const { perImage } = extent;
        return perImage === 1 ? (batch as string) : add('Mul', [batch as string, integers([perImage])]);
      });
      return add('Concat', parts, { axis: { integer: 0 } });
    },
  };
}

function bytesOf(values: Float32Array | Int32Array | Uint8Array | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
