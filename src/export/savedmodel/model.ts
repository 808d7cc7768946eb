// Graphs as functions of one SavedModel, by name.
import type {
  Signature,
  SignatureTensor,
  GraphNode as TensorFlowNode,
} from '../../tensor/compile/saved-model';
import { openShape } from '../graph/attributes';
import { withoutActivation } from '../graph/fuse';
import {
  type Extent,
  type Graph,
  type GraphInput,
  type GraphNode,
  type GraphValue,
  isHost,
} from '../graph/graph';
import { refusalOf } from '../graph/refusal';
import { type Builder, createBuilder, typeNumber } from './builder';
import { fill, operators } from './operators';
import { createUse } from './use';

/** The name under which TensorFlow's tools look for the function when none is named. */
const mainSignature = 'serving_default';

export interface Functions {
  readonly nodes: readonly TensorFlowNode[];
  readonly signatures: readonly Signature[];
}

/** @param graphs the first is also the one that is called when none is named
 *  @throws DataError for a kernel that we do not know how to say in TensorFlow, which is named */
export function functionsOf(graphs: readonly Graph[]): Functions {
  const { of, nodes } = createBuilder();
  const signatures = graphs.map((graph) => signatureOf(graph, of(graph.name)));
  const [main] = signatures;
  return { nodes, signatures: main ? [{ ...main, name: mainSignature }, ...signatures] : signatures };
}

function signatureOf(graph: Graph, builder: Builder): Signature {
  const names = new Map<GraphValue, string>(graph.inputs.map((input) => [input, builder.input(input)]));
  const nameOf = (value: GraphValue) => (isHost(value) ? builder.host(value) : (names.get(value) as string));
  const [batch] = graph.inputs as readonly [GraphInput];
  for (const node of graph.nodes.flatMap(withoutActivation)) {
    const given = [written(node, builder, nameOf, batch)].flat();
    for (const [i, output] of node.outputs.entries()) names.set(output, given[i] as string);
  }
  const tensor = (name: string, value: GraphValue): SignatureTensor => ({
    name,
    tensor: nameOf(value),
    type: typeNumber(value.dtype),
    shape: openShape(value.shape as readonly Extent[]),
  });
  return {
    name: graph.name,
    inputs: graph.inputs.map((input) => tensor(input.name, input)),
    outputs: graph.outputs.map(({ name, value }) => tensor(name, value)),
  };
}

function written(
  node: GraphNode,
  builder: Builder,
  nameOf: (value: GraphValue) => string,
  batch: GraphInput,
): string | readonly string[] {
  const { kernel } = node;
  const refuse = refusalOf('savedmodel', node);
  const use = createUse(node, builder, nameOf, refuse);
  if (kernel === 'Fill') return fill(use, nameOf(batch), batch.dtype);
  return operators[kernel]?.(use) ?? refuse('aigc does not know how to say it in TensorFlow');
}
