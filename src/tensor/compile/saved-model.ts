// Encodes a list of graph nodes as TensorFlow's SavedModel: tensorflow/core/protobuf/saved_model.proto and
// tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto.
import { MessageWriter } from './protobuf';

/** A value of a node's attribute; `type` is a number of TensorFlow's enum DataType. */
export type NodeAttribute =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'type'; readonly value: number }
  | { readonly kind: 'types'; readonly value: readonly number[] }
  /** By its name. */
  | { readonly kind: 'function'; readonly value: string }
  | {
      readonly kind: 'tensor';
      readonly type: number;
      readonly shape: readonly number[];
      readonly content: Uint8Array;
    };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** "node:0" for a tensor; then, after all tensors, "^node" for what must have run before. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
}

/** What nodes call by its name. */
export interface GraphFunction {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: number }[];
  /** The tensors as the nodes name them: "matmul3:product:0", or the name of an input. */
  readonly outputs: readonly { readonly name: string; readonly dtype: number; readonly tensor: string }[];
  /** Which name tensors so, too. */
  readonly nodes: readonly GraphNode[];
  readonly attributes: GraphNode['attributes'];
}

/** The tag under which the graph is found in the file. */
export const savedModelTag = 'serve';

/** The GraphDef version of TensorFlow 2.9, the oldest that tfjs-node comes with. */
const producerVersion = 1087;

/** A tensor of a signature: the name that callers know it by, and the tensor of the graph. */
export interface SignatureTensor {
  readonly name: string;
  readonly tensor: string;
  /** A number of TensorFlow's enum DataType. */
  readonly type: number;
  /** −1 for any extent. */
  readonly shape: readonly number[];
}

/** A function of the graph that others call by name. */
export interface Signature {
  readonly name: string;
  readonly inputs: readonly SignatureTensor[];
  readonly outputs: readonly SignatureTensor[];
}

/** What TensorFlow Serving calls a function from tensors to tensors. */
const predictMethod = 'tensorflow/serving/predict';

export function encodeSavedModel(
  nodes: readonly GraphNode[],
  signatures: readonly Signature[] = [],
  functions: readonly GraphFunction[] = [],
): Buffer {
  const to = new MessageWriter();
  to.integer(1, 1);
  to.message(2, () => {
    to.message(1, () => to.text(4, savedModelTag)); // of its meta information
    to.message(2, () => {
      for (const node of nodes) to.message(1, () => encodeNode(to, node));
      if (functions.length > 0)
        to.message(2, () => {
          for (const one of functions) to.message(1, () => encodeFunction(to, one));
        });
      to.message(4, () => to.integer(1, producerVersion));
    });
    for (const signature of signatures) to.message(5, () => encodeSignature(to, signature));
  });
  return to.finish();
}

/** An entry of a map: the name, then the SignatureDef. */
function encodeSignature(to: MessageWriter, { name, inputs, outputs }: Signature): void {
  to.text(1, name);
  to.message(2, () => {
    for (const tensor of inputs) to.message(1, () => encodeSignatureTensor(to, tensor));
    for (const tensor of outputs) to.message(2, () => encodeSignatureTensor(to, tensor));
    to.text(3, predictMethod);
  });
}

function encodeSignatureTensor(to: MessageWriter, { name, tensor, type, shape }: SignatureTensor): void {
  to.text(1, name);
  to.message(2, () => {
    to.text(1, tensor);
    to.integer(2, type);
    to.message(3, () => encodeShape(to, shape));
  });
}

/** A FunctionDef: its signature is an OpDef. */
function encodeFunction(
  to: MessageWriter,
  { name, inputs, outputs, nodes, attributes }: GraphFunction,
): void {
  const encodeArgument = (argument: GraphFunction['inputs'][number]) => {
    to.text(1, argument.name);
    to.integer(3, argument.dtype);
  };
  to.message(1, () => {
    to.text(1, name);
    for (const input of inputs) to.message(2, () => encodeArgument(input));
    for (const output of outputs) to.message(3, () => encodeArgument(output));
    to.integer(17, 1); // stateful
  });
  for (const node of nodes) to.message(3, () => encodeNode(to, node));
  for (const output of outputs) {
    to.message(4, () => {
      to.text(1, output.name);
      to.text(2, output.tensor);
    });
  }
  encodeAttributes(to, attributes);
}

function encodeNode(to: MessageWriter, { name, op, inputs, attributes }: GraphNode): void {
  to.text(1, name);
  to.text(2, op);
  for (const input of inputs) to.text(3, input);
  encodeAttributes(to, attributes);
}

/** A map, in the field that it has in nodes and functions. */
function encodeAttributes(to: MessageWriter, attributes: GraphNode['attributes']): void {
  for (const [key, value] of Object.entries(attributes)) {
    to.message(5, () => {
      to.text(1, key);
      to.message(2, () => encodeAttribute(to, value));
    });
  }
}

/** The field of an AttrValue; numbers and floats have a list of their own inside it. */
function encodeAttribute(to: MessageWriter, attribute: NodeAttribute): void {
  switch (attribute.kind) {
    case 'bool':
      to.integer(5, attribute.value ? 1 : 0);
      break;
    case 'float':
      to.float(4, attribute.value);
      break;
    case 'floats':
      to.message(1, () => to.packedFloats(4, attribute.value));
      break;
    case 'integer':
      to.integer(3, attribute.value);
      break;
    case 'integers':
      to.message(1, () => to.packedIntegers(3, attribute.value));
      break;
    case 'shape':
      to.message(7, () => encodeShape(to, attribute.value));
      break;
    case 'text':
      to.text(2, attribute.value);
      break;
    case 'type':
      to.integer(6, attribute.value);
      break;
    case 'types':
      to.message(1, () => to.packedIntegers(6, attribute.value));
      break;
    case 'function':
      to.message(10, () => to.text(1, attribute.value));
      break;
    case 'tensor':
      to.message(8, () => {
        to.integer(1, attribute.type);
        to.message(2, () => encodeShape(to, attribute.shape));
        to.raw(4, attribute.content);
      });
  }
}

function encodeShape(to: MessageWriter, shape: readonly number[]): void {
  for (const extent of shape) to.message(2, () => to.integer(1, extent));
}
