// A graph under construction: nodes by name, and which node depends on which.
import type { Binding, OpAttribute } from '../native/binding';
import type { Constant } from './recording';
import { RecordingError } from './recording-error';
import type { GraphNode, NodeAttribute } from './saved-model';

/** A tensor of the graph, as nodes name it: "matmul3:0". */
export type TensorName = string;

export interface TensorType {
  /** A number of TensorFlow's enum DataType. */
  readonly dtype: number;
  readonly shape: readonly number[];
}

export class GraphNodes {
  private readonly byName = new Map<string, GraphNode>();

  get all(): readonly GraphNode[] {
    return [...this.byName.values()];
  }

  /**
   * @param after nodes that must have run before; those that the inputs depend on anyway are left out
   * @returns the node's first output
   */
  add(
    name: string,
    op: string,
    inputs: readonly TensorName[],
    attributes: GraphNode['attributes'],
    after: Iterable<string> = [],
  ): TensorName {
    const waiting = new Set(after);
    if (waiting.size > 0) {
      for (const ancestor of this.ancestors(inputs)) waiting.delete(ancestor);
    }
    const controls = [...waiting].map((node) => `^${node}`);
    this.byName.set(name, { name, op, inputs: [...inputs, ...controls], attributes });
    return `${name}:0`;
  }

  /** A tensor that is fed. */
  addPlaceholder(name: string, { dtype, shape }: TensorType): TensorName {
    return this.add(name, 'Placeholder', [], {
      dtype: typeOf(dtype),
      shape: { kind: 'shape', value: shape },
    });
  }

  /** A tensor to fetch only so that other nodes run. */
  addFlag(name: string, after: readonly string[], binding: Binding): TensorName {
    const nothing = { dtype: binding.TF_INT32, shape: [], values: new Int32Array(1) };
    return this.add(name, 'Const', [], constantAttributes(nothing), after);
  }

  private ancestors(inputs: readonly string[]): Set<string> {
    const found = new Set<string>();
    const open = inputs.map(nodeOf);
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      for (const input of this.byName.get(name)?.inputs ?? []) open.push(nodeOf(input));
    }
    return found;
  }
}

/** The node that a tensor, or a control edge, comes from. */
export function nodeOf(input: string): string {
  return (input.startsWith('^') ? input.slice(1) : input).split(':')[0] as string;
}

export function typeOf(value: number): NodeAttribute {
  return { kind: 'type', value };
}

export function constantAttributes({ dtype, shape, values }: Omit<Constant, 'kind' | 'id'>) {
  const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: typeOf(dtype), value: { kind: 'tensor', type: dtype, shape, content } } as const;
}

/** The attributes of an op call as those of a node. */
export function nodeAttributes(
  attributes: readonly OpAttribute[],
  binding: Binding,
): GraphNode['attributes'] {
  return Object.fromEntries(
    attributes.map((attribute) => [attribute.name, nodeAttribute(attribute, binding)]),
  );
}

function nodeAttribute({ name, type, value }: OpAttribute, binding: Binding): NodeAttribute {
  const list = Array.isArray(value);
  switch (type) {
    case binding.TF_ATTR_STRING:
      return { kind: 'text', value: String(value) };
    case binding.TF_ATTR_INT:
      return list ? { kind: 'integers', value } : { kind: 'integer', value: Number(value) };
    case binding.TF_ATTR_FLOAT:
      return list ? { kind: 'floats', value } : { kind: 'float', value: Number(value) };
    case binding.TF_ATTR_TYPE:
      return typeOf(Number(value));
    case binding.TF_ATTR_BOOL:
      if (!list) return { kind: 'bool', value: Boolean(value) };
      break;
    case binding.TF_ATTR_SHAPE:
      if (list) return { kind: 'shape', value };
  }
  throw new RecordingError(`an op's attribute ${name} is of a kind that is not supported`);
}
