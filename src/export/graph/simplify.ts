// Leaves out of a graph what computes nothing: copies, reshapes to the same shape and of reshapes, batches of one matrix,
// what nobody reads.
import {
  type Graph,
  type GraphNode,
  type GraphOutput,
  type GraphResult,
  type GraphValue,
  sameShape,
} from './graph';

export function simplify(graph: Graph): Graph {
  const { nodes, seen } = rewrite(graph.nodes);
  const outputs = graph.outputs.map((output) => ({ ...output, value: seen(output.value) }));
  return { ...graph, nodes: used(nodes, outputs), outputs };
}

function rewrite(given: readonly GraphNode[]) {
  const instead = new Map<GraphValue, GraphValue>();
  const seen = (value: GraphValue) => instead.get(value) ?? value;
  /** What a value was before it was reshaped. */
  const sources = new Map<GraphValue, GraphValue>();
  const nodes: GraphNode[] = [];
  for (const node of given) {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, seen(value)]),
    );
    const [output] = node.outputs as readonly [GraphResult];
    const { x } = inputs;
    if (x && isReshape(node.kernel)) {
      const source = sources.get(x) ?? x;
      sources.set(output, source);
      if (sameShape(source.shape, output.shape)) instead.set(output, source);
      else nodes.push(reshape(source, output));
    } else if (x && isCopy(node.kernel, x, output)) {
      instead.set(output, x);
    } else {
      const flat = flatProduct({ ...node, inputs }, sources);
      if (flat) {
        const [result] = (flat.at(-1) as GraphNode).outputs as readonly [GraphResult];
        sources.set(output, result);
        nodes.push(...flat, reshape(result, output));
      } else nodes.push({ ...node, inputs });
    }
  }
  return { nodes, seen };
}

const isReshape = (kernel: string) => kernel === 'Reshape' || kernel === 'ExpandDims';

const isCopy = (kernel: string, x: GraphValue, output: GraphResult) =>
  kernel === 'Identity' || (kernel === 'Cast' && x.dtype === output.dtype);

function reshape(x: GraphValue, output: GraphResult): GraphNode {
  return { kernel: 'Reshape', attributes: { shape: output.shape }, inputs: { x }, outputs: [output] };
}

/** Products of matrices come as batches of one: [1, n, k] of [n, k]. @returns the product of the matrices themselves, and
 *  what makes matrices of its operands */
function flatProduct(node: GraphNode, sources: ReadonlyMap<GraphValue, GraphValue>): GraphNode[] | undefined {
  if (node.kernel !== '_FusedMatMul' && node.kernel !== 'BatchMatMul') return undefined;
  const [output] = node.outputs as readonly [GraphResult];
  const { a, b } = node.inputs as { readonly a: GraphValue; readonly b: GraphValue };
  const isOne = (one: GraphValue) => one.shape.length === 3 && one.shape[0] === 1;
  if ([a, b].some((one) => !isOne(one) || !(one.kind === 'constant' || sources.has(one)))) return undefined;
  const [flatA, flatB] = [a, b].map((one): readonly [GraphValue, GraphNode[]] => {
    if (one.kind === 'constant') return [{ ...one, shape: one.shape.slice(1) }, []];
    const source = sources.get(one) as GraphValue;
    const flat: GraphResult = { kind: 'result', dtype: one.dtype, shape: one.shape.slice(1) };
    return sameShape(source.shape, flat.shape) ? [source, []] : [flat, [reshape(source, flat)]];
  }) as [readonly [GraphValue, GraphNode[]], readonly [GraphValue, GraphNode[]]];
  const result: GraphResult = { ...output, shape: output.shape.slice(1) };
  const product = { ...node, inputs: { ...node.inputs, a: flatA[0], b: flatB[0] }, outputs: [result] };
  return [...flatA[1], ...flatB[1], product];
}

/** Those whose results are read, by others of them or at the end. */
export function used(nodes: readonly GraphNode[], outputs: readonly GraphOutput[]): GraphNode[] {
  const read = new Set(outputs.map(({ value }) => value));
  const kept = [...nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => read.has(output))) return false;
    for (const value of Object.values(node.inputs)) read.add(value);
    return true;
  });
  return kept.reverse();
}
