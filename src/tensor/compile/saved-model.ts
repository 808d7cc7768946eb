// Encodes a list of graph nodes as TensorFlow's SavedModel: tensorflow/core/protobuf/saved_model.proto and
// tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto.
import {
  bytesField,
  type Fields,
  floatField,
  integerField,
  messageField,
  packedFloatsField,
  packedIntegersField,
  textField,
} from './protobuf';

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

/** The tag under which the graph is found in the file. */
export const savedModelTag = 'serve';

/** The GraphDef version of TensorFlow 2.9, the oldest that tfjs-node comes with. */
const producerVersion = 1087;

export function encodeSavedModel(nodes: readonly GraphNode[]): Buffer {
  const graph = [...nodes.map(encodeNode), messageField(4, integerField(1, producerVersion))];
  const metaInfo = messageField(1, textField(4, savedModelTag));
  const savedModel = [integerField(1, 1), messageField(2, metaInfo, messageField(2, ...graph))];
  return Buffer.concat(savedModel.flat());
}

function encodeNode({ name, op, inputs, attributes }: GraphNode): Fields {
  return messageField(
    1,
    textField(1, name),
    textField(2, op),
    ...inputs.map((input) => textField(3, input)),
    ...Object.entries(attributes).map(([key, value]) =>
      messageField(5, textField(1, key), messageField(2, encodeAttribute(value))),
    ),
  );
}

/** The field of an AttrValue; numbers and floats have a list of their own inside it. */
function encodeAttribute(attribute: NodeAttribute): Fields {
  switch (attribute.kind) {
    case 'bool':
      return integerField(5, attribute.value ? 1 : 0);
    case 'float':
      return floatField(4, attribute.value);
    case 'floats':
      return messageField(1, packedFloatsField(4, attribute.value));
    case 'integer':
      return integerField(3, attribute.value);
    case 'integers':
      return messageField(1, packedIntegersField(3, attribute.value));
    case 'shape':
      return messageField(7, encodeShape(attribute.value));
    case 'text':
      return textField(2, attribute.value);
    case 'type':
      return integerField(6, attribute.value);
    case 'tensor': {
      const { type, shape, content } = attribute;
      const fields = [integerField(1, type), messageField(2, encodeShape(shape)), bytesField(4, content)];
      return messageField(8, ...fields);
    }
  }
}

function encodeShape(shape: readonly number[]): Fields {
  return shape.flatMap((extent) => messageField(2, integerField(1, extent)));
}
