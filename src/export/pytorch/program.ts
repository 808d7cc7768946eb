// model.py: what a model computes, as a module of PyTorch that one can read.
import type { StoredTensor } from '../../run/safetensors';
import { printableLine } from '../../words';
import type { PassGraphs } from '../graph/functions';
import { fuse } from '../graph/fuse';
import { type Graph, type GraphInput, weightsRead } from '../graph/graph';
import { methodLines } from './method';
import { createParameters } from './parameters';

export interface Program {
  readonly text: string;
  /** The module's state_dict. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** What the graphs are called as methods. */
const methodNames: Readonly<Record<string, string>> = {
  generator: 'draw',
  decoder: 'draw',
  encoder: 'encode',
};

/** What the module does: `draw` at once or in passes, and `encode`. */
export interface Functions {
  readonly draw: Graph | PassGraphs;
  readonly encoder: readonly Graph[];
}

/** @param head what is said of it in comments, a line each: from files of the user's, so that nothing of it may run */
export function programOf({ draw, encoder }: Functions, head: readonly string[]): Program {
  const passes = 'next' in draw ? draw : undefined;
  const graphs = passes ? [passes.next, passes.finish, ...encoder] : [draw as Graph, ...encoder];
  const parameters = createParameters([...weightsRead(graphs).keys()]);
  const methods = graphs.map((graph) => methodOf(graph, methodLines(fuse(graph), parameters)));
  const text = [
    ...head.map((line) => `# ${printableLine(line)}`),
    '#',
    '#     from model import load',
    '#     model = load()',
    `#     ${usage(graphs[0] as Graph)}`,
    'from pathlib import Path',
    '',
    'import torch',
    'import torch.nn.functional as F',
    'from safetensors.torch import load_file',
    'from torch import nn',
    '',
    '',
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...parameters.lines.map((line) => `        ${line}`),
    ...(passes ? [passing(passes)] : []),
    ...methods,
    '',
    '',
    "def load(path=Path(__file__).with_name('model.safetensors')):",
    '    model = Model()',
    '    model.load_state_dict(load_file(path))',
    '    return model.eval().requires_grad_(False)',
    '',
  ].join('\n');
  return { text, tensors: parameters.tensors };
}

function methodOf({ name, inputs, outputs }: Graph, lines: readonly string[]): string {
  const results = outputs.map((output) => `-> ${describe(output)}`);
  const isOwn = !(name in methodNames); // a part of another, which says it
  return [
    '',
    `    def ${methodNames[name] ?? name}(self, ${inputs.map((input) => input.name).join(', ')}):`,
    ...[...(isOwn ? [] : [`"""${inputs.map(describe).join('\n')}`, ...results, '"""']), ...lines]
      .join('\n')
      .split('\n')
      .map((line) => `        ${line}`),
  ].join('\n');
}

/** `draw`, of what `next` and `finish` do. */
function passing({ next, finish, count, rows, columns }: PassGraphs): string {
  const inputs = next.inputs.slice(0, -1);
  const names = inputs.map(({ name }) => name).join(', ');
  return [
    '',
    `    def draw(self, ${names}):`,
    `        """${inputs.map(describe).join('\n        ')}`,
    ...finish.outputs.map((output) => `        -> ${describe(output)}`),
    '',
    `        Position by position: each pass settles one more of ${count}.`,
    '        """',
    `        state = torch.zeros(len(latent) * ${rows}, ${columns}, device=latent.device)`,
    `        for _ in range(${count}):`,
    `            state = self.next(${names}, state)`,
    '        return self.finish(state)',
  ].join('\n');
}

const describe = ({ name, description }: { readonly name: string; readonly description: string }) =>
  `${name} ${channelsFirst(description)}`;

/** Of "[N, height, width, channels]". */
function channelsFirst(description: string): string {
  return description.replace(/^\[N, (\d+), (\d+), (\d+)\]/, '[N, $3, $1, $2]');
}

function usage({ inputs }: Graph): string {
  const [latent] = inputs as readonly [GraphInput];
  const label = inputs.some(({ name }) => name === 'label') ? ', torch.zeros(16, dtype=torch.long)' : '';
  return `images = model.draw(torch.randn(16, ${latent.shape[1]})${label})`;
}
