// A graph as an ONNX model.
import { version } from '../../version';
import { fuse } from '../graph/fuse';
import { type Extent, type Graph, type GraphNode, isPerImage } from '../graph/graph';
import { refusalOf } from '../graph/refusal';
import { type Builder, createBuilder } from './builder';
import { imageOperators } from './convolutions';
import { createLayout, type Layout } from './layout';
import { batchNorm, freeOperators, plainOperators } from './operators';
import { encodeOnnx, type OnnxNode, type OnnxType, type OnnxValue } from './proto';
import { createUse, type Operator } from './use';

/**
 * @param metadata for the model's metadata_props
 * @throws DataError for what ONNX, or we, cannot say of a kernel, which is named
 */
export function onnxOf(graph: Graph, metadata: Readonly<Record<string, string>>): Buffer {
  const fused = fuse(graph);
  const reserved = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const builder = createBuilder(graph.inputs[0]?.name as string, reserved);
  const layout = createLayout(builder);
  for (const node of fused.nodes) addNode(node, builder, layout);
  const names = new Map<string, string>();
  for (const { name, value } of fused.outputs) {
    const given = layout.last(value);
    names.set(value.kind === 'result' && !names.has(given) ? given : builder.add('Identity', [given]), name);
  }
  return encodeOnnx({
    name: graph.name,
    description: graph.description,
    version,
    metadata,
    inputs: graph.inputs.map((input) => described(input, input)),
    outputs: fused.outputs.map((output) => described(output, output.value)),
    initializers: builder.initializers,
    nodes: builder.nodes.map((node) => renamed(node, names)),
  });
}

function addNode(node: GraphNode, builder: Builder, layout: Layout): void {
  const { operator, order } = choose(node, layout);
  const use = createUse(node, builder, layout, order === 'first', refusalOf('onnx', node));
  const names = [operator(use)].flat() as string[];
  for (const [i, output] of node.outputs.entries()) layout.set(output, names[i] as string, order);
}

/** The form of the kernel, and the layout that it is written in. */
function choose(
  node: GraphNode,
  layout: Layout,
): { readonly operator: Operator; readonly order: 'first' | 'last' } {
  const { kernel, outputs } = node;
  const ofImages = imageOperators[kernel];
  if (ofImages) return { operator: ofImages, order: 'first' };
  if (kernel === 'FusedBatchNorm')
    return { operator: batchNorm, order: outputs[0]?.shape.length === 4 ? 'first' : 'last' };
  const free = freeOperators[kernel];
  if (free) return { operator: free, order: layout.prefersFirst(node) ? 'first' : 'last' };
  const plain = plainOperators[kernel];
  if (plain) return { operator: plain, order: 'last' };
  return refusalOf('onnx', node)('aigc does not know how to say it in ONNX');
}

function described(
  { name, description }: { readonly name: string; readonly description: string },
  { shape, dtype }: { readonly shape: readonly Extent[]; readonly dtype: string },
): OnnxValue {
  return {
    name,
    description,
    type: dtype as OnnxType,
    dims: shape.map((extent) => (isPerImage(extent) ? 'N' : extent)),
  };
}

/** What a node gives bears the graph's name for it. */
function renamed(node: OnnxNode, names: ReadonlyMap<string, string>): OnnxNode {
  const rename = (name: string) => names.get(name) ?? name;
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
}
