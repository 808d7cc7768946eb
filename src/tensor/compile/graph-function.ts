// A function of a graph: nodes between arguments and results, which other nodes call by its name.
import { GraphNodes, nodeOf, type TensorName } from './graph-nodes';
import { outputInFunction } from './op-outputs';
import type { GraphFunction } from './saved-model';

export class FunctionNodes extends GraphNodes {
  private readonly arguments: { name: string; dtype: number }[] = [];

  /** @returns the tensor of an argument */
  addArgument(name: string, dtype: number): TensorName {
    this.arguments.push({ name, dtype });
    return this.add(name, argument, [], {});
  }

  /** @param results tensors, and what they are called */
  finish(
    name: string,
    results: readonly { readonly name: string; readonly dtype: number; readonly tensor: TensorName }[],
    attributes: GraphFunction['attributes'] = {},
  ): GraphFunction {
    const ops = new Map(this.all.map((node) => [node.name, node.op]));
    const inFunction = (input: string) => {
      if (input.startsWith('^')) return input;
      const node = nodeOf(input);
      const op = ops.get(node) as string;
      return op === argument ? node : outputInFunction(node, op, Number(input.slice(node.length + 1)));
    };
    return {
      name,
      inputs: this.arguments,
      outputs: results.map(({ tensor, ...result }) => ({ ...result, tensor: inFunction(tensor) })),
      nodes: this.all
        .filter(({ op }) => op !== argument)
        .map((node) => ({ ...node, inputs: node.inputs.map(inFunction) })),
      attributes,
    };
  }
}

/** Of nodes that stand for arguments; TensorFlow has no such op in a function's definition. */
const argument = 'argument';
