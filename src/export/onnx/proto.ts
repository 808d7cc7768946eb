// Encodes ONNX's ModelProto: onnx/onnx.proto of version 1.12, which is IR version 8 and opset 17.
import { MessageWriter } from '../../tensor/compile/protobuf';

const irVersion = 8;
const opset = 17;

/** Numbers of TensorProto.DataType. */
export const dataTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = keyof typeof dataTypes;

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  /** Little-endian. */
  readonly bytes: Uint8Array;
}

/** A number that is no `integer` is a float. */
export type OnnxAttribute =
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly tensor: OnnxTensor };

export interface OnnxNode {
  readonly op: string;
  /** '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** An input or an output. A dimension with a name is free. */
export interface OnnxValue {
  readonly name: string;
  readonly description: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

export function encodeOnnx(model: OnnxModel): Buffer {
  const to = new MessageWriter();
  to.integer(1, irVersion);
  to.text(2, 'aigc');
  to.text(3, model.version);
  to.text(6, model.description);
  to.message(7, () => {
    for (const node of model.nodes) to.message(1, () => encodeNode(to, node));
    to.text(2, model.name);
    for (const tensor of model.initializers) to.message(5, () => encodeTensor(to, tensor));
    to.text(10, model.description);
    for (const value of model.inputs) to.message(11, () => encodeValue(to, value));
    for (const value of model.outputs) to.message(12, () => encodeValue(to, value));
  });
  to.message(8, () => {
    to.text(1, ''); // ONNX's own operators
    to.integer(2, opset);
  });
  for (const [key, value] of Object.entries(model.metadata)) {
    to.message(14, () => {
      to.text(1, key);
      to.text(2, value);
    });
  }
  return to.finish();
}

function encodeNode(to: MessageWriter, { op, inputs, outputs, attributes }: OnnxNode): void {
  for (const input of inputs) to.text(1, input);
  for (const output of outputs) to.text(2, output);
  to.text(3, outputs[0] as string);
  to.text(4, op);
  for (const [name, attribute] of Object.entries(attributes)) {
    to.message(5, () => {
      to.text(1, name);
      encodeAttribute(to, attribute);
    });
  }
}

function encodeAttribute(to: MessageWriter, attribute: OnnxAttribute): void {
  const type = (number: number) => to.integer(20, number);
  if ('float' in attribute) {
    to.float(2, attribute.float);
    type(1);
  } else if ('integer' in attribute) {
    to.integer(3, attribute.integer);
    type(2);
  } else if ('text' in attribute) {
    to.text(4, attribute.text);
    type(3);
  } else if ('tensor' in attribute) {
    to.message(5, () => encodeTensor(to, attribute.tensor));
    type(4);
  } else {
    to.packedIntegers(8, attribute.integers);
    type(7);
  }
}

function encodeTensor(to: MessageWriter, { name, type, dims, bytes }: OnnxTensor): void {
  to.packedIntegers(1, dims);
  to.integer(2, dataTypes[type]);
  to.text(8, name);
  to.raw(9, bytes);
}

function encodeValue(to: MessageWriter, { name, description, type, dims }: OnnxValue): void {
  to.text(1, name);
  to.message(2, () =>
    to.message(1, () => {
      to.integer(1, dataTypes[type]);
      to.message(2, () => {
        for (const dim of dims) {
          to.message(1, () => {
            if (typeof dim === 'number') to.integer(1, dim);
            else to.text(2, dim);
          });
        }
      });
    }),
  );
  to.text(3, description);
}
