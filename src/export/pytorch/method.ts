// A graph as the lines of a method: layers in variables, what is read once inside what reads it.
import { type Graph, type GraphNode, type GraphValue, isPerImage } from '../graph/graph';
import { type Refuse, refusalOf } from '../graph/refusal';
import { call, type Expression, whole } from './expression';
import { layerOperators } from './layers';
import { freeOperators, plainOperators, reshaped } from './operators';
import type { ModuleParameters } from './parameters';
import { channelsFirst, createUse, type Scope } from './use';

interface Statement {
  readonly targets: readonly GraphValue[];
  readonly text: string;
}

/** Of an expression: what stands in the last line, what stands in another at all, what stands in a layer's call. */
const [longest, shortest] = [88, 25];

/** Those that begin a line: what they read has a variable. */
const isLayer = (kernel: string) => /MatMul|Conv/.test(kernel);

/** @returns the lines, the last of which returns the outputs */
export function methodLines(graph: Graph, parameters: ModuleParameters): string[] {
  const marks = new Map<GraphValue, number>();
  const inlined = new Map<GraphValue, Expression>();
  const markOf = (value: GraphValue) => {
    const mark = marks.get(value) ?? marks.size;
    marks.set(value, mark);
    return `«${mark}»`;
  };
  const readers = readersOf(graph);
  const scope: Scope = {
    parameters,
    device: `${graph.inputs[0]?.name}.device`,
    expressionOf: (value) =>
      value.kind === 'input' ? whole(value.name) : (inlined.get(value) ?? whole(markOf(value))),
  };
  const statements: Statement[] = [];
  const assign = (targets: readonly GraphValue[], { text }: Expression) => {
    for (const target of targets) markOf(target);
    statements.push({ targets, text });
  };
  for (const node of graph.nodes) {
    const expression = expressionOf(node, scope, graph);
    const [output] = node.outputs as [GraphValue];
    const reading = readers.get(output) ?? [];
    const staysInside = node.outputs.length === 1 && reading.length === 1;
    const most = isLayer(reading[0] as string) ? shortest : reading[0] === '' ? longest : longest / 2;
    if (staysInside && expression.text.length < most) inlined.set(output, expression);
    else assign(node.outputs, expression);
  }
  const results = graph.outputs.map(({ value }) => scope.expressionOf(value).text);
  return named(statements, results.join(', '), [...marks.keys()]);
}

/** The kernels that read each value; "" for the end. */
function readersOf({ nodes, outputs }: Graph): ReadonlyMap<GraphValue, string[]> {
  const readers = new Map<GraphValue, string[]>();
  const add = (value: GraphValue, kernel: string) =>
    readers.set(value, [...(readers.get(value) ?? []), kernel]);
  for (const { inputs, kernel } of nodes) for (const value of Object.values(inputs)) add(value, kernel);
  for (const { value } of outputs) add(value, '');
  return readers;
}

const elsewhere = 'Export it with --to onnx, which PyTorch reads by other packages, or --to safetensors.';

function expressionOf(node: GraphNode, scope: Scope, graph: Graph): Expression {
  const { kernel, outputs } = node;
  const refuse = refusalOf('pytorch', node, elsewhere);
  const [output] = outputs as [GraphValue];
  if (kernel === 'Fill') return filled(node, graph, scope, refuse);
  const { x } = node.inputs;
  if (kernel === 'Reshape' && x && (x.kind === 'input' || x.kind === 'result'))
    return reshaped(scope.expressionOf(x), x.shape, output.shape, refuse);
  const standing = layerOperators[kernel] ?? freeOperators[kernel];
  if (standing) return standing(createUse(node, scope, true, refuse));
  const plain = plainOperators[kernel] ?? refuse('aigc does not know how to say it in PyTorch');
  return channelsFirst(plain(createUse(node, scope, false, refuse)), output.shape);
}

function filled(
  { attributes, outputs }: GraphNode,
  { inputs }: Graph,
  { device }: Scope,
  refuse: Refuse,
): Expression {
  const [input] = inputs;
  const { shape } = outputs[0] as GraphValue;
  if (!input || shape.length === 4) refuse('it fills images');
  const extents = shape.map((extent) => {
    if (!isPerImage(extent)) return String(extent);
    return extent.perImage === 1 ? `len(${input?.name})` : `${extent.perImage} * len(${input?.name})`;
  });
  return call('torch.full', `(${extents.join(', ')},)`, String(attributes.value), `device=${device}`);
}

/** Gives variables their names: each as few as are alive at once, the image's way through the layers is x. */
function named(statements: readonly Statement[], results: string, values: readonly GraphValue[]): string[] {
  const marksIn = (text: string) => [...text.matchAll(/«(\d+)»/g)].map(([, mark]) => Number(mark));
  const lastRead = new Map<number, number>();
  for (const [i, { text }] of [...statements, { text: results }].entries())
    for (const mark of marksIn(text)) lastRead.set(mark, i);
  const names = new Map<number, string>();
  const rename = (text: string) =>
    text.replaceAll(/«(\d+)»/g, (_, mark) => names.get(Number(mark)) as string);
  const lines = statements.map(({ targets, text }, i) => {
    const line = rename(text);
    for (const mark of names.keys()) if ((lastRead.get(mark) ?? -1) <= i) names.delete(mark);
    const left = targets.map((target) => {
      const mark = values.indexOf(target);
      if (!lastRead.has(mark)) return '_';
      const taken = new Set(names.values());
      const name = variables.find((one) => !taken.has(one)) ?? `v${mark}`;
      names.set(mark, name);
      return name;
    });
    return `${left.join(', ')} = ${line}`;
  });
  return [...lines, `return ${rename(results)}`];
}

const variables = ['x', 'y', 'z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
