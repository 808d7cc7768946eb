// Puts together in a graph what formats have a layer for: a convolution and its bias, batch normalisation from tracked
// statistics. What TensorFlow.js has fused and formats have not, an activation, is taken apart.
import { fusedActivations } from '../../tensor/ops/fused-activations';
import { scalarOf } from './attributes';
import { type Graph, type GraphNode, type GraphResult, type GraphValue, sameShape } from './graph';
import { used } from './simplify';

/** A transposed convolution with a bias; TensorFlow.js has none. */
export const biasedTranspose = 'AigcFusedConv2DTranspose';

const biasedKernels: Readonly<Record<string, string>> = {
  Conv2D: 'FusedConv2D',
  Conv2DBackpropInput: biasedTranspose,
  BatchMatMul: '_FusedMatMul',
};

export function fuse(graph: Graph): Graph {
  const apart = graph.nodes.flatMap(withoutActivation);
  const context = contextOf(apart, graph);
  const scalars = apart.map((node) => withScalars(node, context));
  const nodes = scalars.map((node) => batchNorm(node, context) ?? biased(node, context) ?? node);
  return { ...graph, nodes: used(nodes, graph.outputs) };
}

interface Context {
  readonly makers: ReadonlyMap<GraphValue, GraphNode>;
  readonly uses: ReadonlyMap<GraphValue, number>;
}

function contextOf(nodes: readonly GraphNode[], { outputs }: Graph): Context {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const uses = new Map<GraphValue, number>();
  const read = [
    ...nodes.flatMap(({ inputs }) => Object.values(inputs)),
    ...outputs.map(({ value }) => value),
  ];
  for (const value of read) uses.set(value, (uses.get(value) ?? 0) + 1);
  return { makers, uses };
}

/** A product or a convolution, and then what was fused with it. */
export function withoutActivation(node: GraphNode): GraphNode[] {
  const { activation, leakyreluAlpha, ...attributes } = node.attributes;
  const kernel = fusedActivations[activation as string];
  if (kernel === undefined) return [node];
  const [output] = node.outputs as readonly [GraphResult];
  const { preluActivationWeights: alpha, ...inputs } = node.inputs;
  const before: GraphResult = { ...output };
  return [
    { ...node, inputs, attributes: { ...attributes, activation: 'linear' }, outputs: [before] },
    {
      kernel,
      attributes: kernel === 'LeakyRelu' ? { alpha: leakyreluAlpha } : {},
      inputs: alpha ? { x: before, alpha } : { x: before },
      outputs: [output],
    },
  ];
}

const elementwise = new Set(['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'Pow']);

/** A number beside a tensor instead of a tensor of its shape that is filled with it. */
function withScalars(node: GraphNode, { makers }: Context): GraphNode {
  const { a, b } = node.inputs;
  if (!elementwise.has(node.kernel) || !a || !b) return node;
  const scalar = (value: GraphValue, other: GraphValue): GraphValue => {
    const maker = makers.get(value);
    if (maker?.kernel !== 'Fill' || !sameShape(value.shape, other.shape)) return value;
    return value.dtype === 'float32' ? scalarOf('float32', maker.attributes.value as number) : value;
  };
  const [left, right] = [scalar(a, b), scalar(b, a)];
  if (left !== a && right !== b) return node;
  return { ...node, inputs: { ...node.inputs, a: left, b: right } };
}

/** x + b of an x that nothing else reads, b a weight of one number for each channel. */
function biased(node: GraphNode, { makers, uses }: Context): GraphNode | undefined {
  const { a, b } = node.inputs;
  const maker = a && makers.get(a);
  const kernel = maker && biasedKernels[maker.kernel];
  if (node.kernel !== 'Add' || !kernel || uses.get(a) !== 1) return undefined;
  if (b?.kind !== 'weight' || b.shape.length !== 1 || b.shape[0] !== a.shape.at(-1)) return undefined;
  return { ...maker, kernel, inputs: { ...maker.inputs, bias: b }, outputs: node.outputs };
}

/** (x − mean) · (gamma / √(variance + ε)) + beta, of weights, as src/models/layers.ts computes it. */
function batchNorm(node: GraphNode, { makers }: Context): GraphNode | undefined {
  const scaled = made(makers, node, 'Add', 'Multiply');
  const shifted = scaled && made(makers, scaled, 'Multiply', 'Sub');
  const factor = scaled && makers.get(scaled.inputs.b as GraphValue);
  const root = factor?.kernel === 'Multiply' && makers.get(factor.inputs.b as GraphValue);
  const sum = root && root.kernel === 'Rsqrt' && makers.get(root.inputs.x as GraphValue);
  if (!shifted || !factor || !sum || sum.kernel !== 'Add') return undefined;
  const { a: variance, b: epsilon } = sum.inputs;
  const parts = {
    x: shifted.inputs.a,
    mean: shifted.inputs.b,
    variance,
    offset: node.inputs.b,
    scale: factor.inputs.a,
  };
  const { x, ...weights } = parts;
  if (!x || ![2, 4].includes(x.shape.length)) return undefined;
  if (epsilon?.kind !== 'constant' || epsilon.values.length !== 1) return undefined;
  if (Object.values(weights).some((one) => one?.kind !== 'weight' || one.shape.length !== 1))
    return undefined;
  return {
    kernel: 'FusedBatchNorm',
    attributes: { varianceEpsilon: epsilon.values[0] as number },
    inputs: parts as GraphNode['inputs'],
    outputs: node.outputs,
  };
}

/** What made the first operand of a node, when both are of these kernels. */
function made(makers: Context['makers'], node: GraphNode, kernel: string, by: string): GraphNode | undefined {
  const maker = node.kernel === kernel ? makers.get(node.inputs.a as GraphValue) : undefined;
  return maker?.kernel === by ? maker : undefined;
}
