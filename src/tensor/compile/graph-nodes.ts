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

/** A node, and the numbers of those that it reads or waits for: all are smaller than its own. */
interface Numbered {
  readonly node: GraphNode;
  readonly inputs: readonly number[];
}

export class GraphNodes {
  /** In the order in which they were added; a node's number is its place. */
  private readonly nodes: Numbered[] = [];
  private readonly numbers = new Map<string, number>();

  get all(): readonly GraphNode[] {
    return this.nodes.map(({ node }) => node);
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
    const read = inputs.map((input) => this.numberOf(nodeOf(input)));
    const waits = this.withoutAncestors(
      read,
      [...new Set(after)].map((node) => this.numberOf(node)),
    );
    const controls = waits.map((number) => `^${this.nodes[number]?.node.name}`);
    this.numbers.set(name, this.nodes.length);
    this.nodes.push({
      node: { name, op, inputs: [...inputs, ...controls], attributes },
      inputs: [...read, ...waits],
    });
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
    return this.addConstant(name, nothing, after);
  }

  addConstant(
    name: string,
    { dtype, shape, values }: Omit<Constant, 'kind' | 'id'>,
    after: readonly string[] = [],
  ): TensorName {
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const value = { kind: 'tensor', type: dtype, shape, content } as const;
    return this.add(name, 'Const', [], { dtype: typeOf(dtype), value }, after);
  }

  /** @param shape that of a list when left out */
  addIntegers(
    name: string,
    binding: Binding,
    values: readonly number[],
    shape: readonly number[] = [values.length],
  ): TensorName {
    return this.addConstant(name, { dtype: binding.TF_INT32, shape, values: Int32Array.from(values) });
  }

  /** Those of the tensors that others do not depend on. */
  withoutOrigins(tensors: readonly TensorName[], others: readonly TensorName[]): readonly TensorName[] {
    const number = (tensor: TensorName) => this.numberOf(nodeOf(tensor));
    const left = new Set(this.withoutAncestors(others.map(number), tensors.map(number)));
    return tensors.filter((tensor) => left.has(number(tensor)));
  }

  /** Those of the nodes that these do not depend on. An ancestor's number is smaller than that of whoever depends on it,
   *  so the search looks at none below the smallest that is sought: in a chain of steps, at the last step alone. */
  private withoutAncestors(of: readonly number[], nodes: readonly number[]): readonly number[] {
    const sought = new Set(nodes);
    const lowest = Math.min(...nodes);
    const found = new Set<number>();
    const open = [...of];
    for (let number = open.pop(); number !== undefined && sought.size > 0; number = open.pop()) {
      if (number < lowest || found.has(number)) continue;
      found.add(number);
      sought.delete(number);
      open.push(...(this.nodes[number]?.inputs ?? []));
    }
    return nodes.filter((number) => sought.has(number));
  }

  private numberOf(name: string): number {
    const number = this.numbers.get(name);
    if (number === undefined) throw new Error(`the graph has no node ${name} yet`);
    return number;
  }
}

/** The node that a tensor, or a control edge, comes from. */
export function nodeOf(input: string): string {
  const colon = input.indexOf(':');
  return input.slice(input.startsWith('^') ? 1 : 0, colon < 0 ? undefined : colon);
}

export function typeOf(value: number): NodeAttribute {
  return { kind: 'type', value };
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
