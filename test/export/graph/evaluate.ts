// Computes a graph of src/export/graph with the kernels of TensorFlow.js: what a runtime has to give.
import * as tf from '@tensorflow/tfjs-core';
import {
  extentOf,
  type Graph,
  type GraphAttribute,
  type GraphValue,
  isPerImage,
} from '../../../src/export/graph/graph';

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** @param inputs by name @returns outputs by name, for the caller to dispose */
export function evaluate(graph: Graph, images: number, inputs: Inputs): tf.NamedTensorMap {
  return tf.tidy(() => {
    const known = new Map<GraphValue, tf.Tensor>();
    const tensorOf = (value: GraphValue): tf.Tensor => {
      const found = value.kind === 'input' ? inputs[value.name] : known.get(value);
      if (found) return found;
      if (value.kind !== 'weight' && value.kind !== 'constant') throw new Error('a result that no node gave');
      const made = tf.tensor(value.values as never, [...value.shape], value.dtype as 'float32');
      known.set(value, made);
      return made;
    };
    for (const { kernel, attributes, inputs: read, outputs } of graph.nodes) {
      const tensors = Object.entries(read).map(([name, value]) => [name, tensorOf(value)] as const);
      const isList = tensors[0]?.[0] === '0';
      const operands = isList ? tensors.map(([, tensor]) => tensor) : Object.fromEntries(tensors);
      const results = [
        tf.engine().runKernel(kernel, operands as never, forImages(attributes, images) as never),
      ].flat() as tf.Tensor[];
      results.forEach((result, i) => {
        const output = outputs[i] as GraphValue;
        expect(result.shape).toEqual(output.shape.map((extent) => extentOf(extent, images)));
        known.set(output, result);
      });
    }
    return Object.fromEntries(graph.outputs.map(({ name, value }) => [name, tf.clone(tensorOf(value))]));
  });
}

function forImages(attribute: GraphAttribute, images: number): unknown {
  if (typeof attribute !== 'object' || attribute === null) return attribute;
  if (isPerImage(attribute)) return extentOf(attribute, images);
  if (Array.isArray(attribute)) return attribute.map((one) => forImages(one, images));
  return Object.fromEntries(Object.entries(attribute).map(([name, one]) => [name, forImages(one, images)]));
}
