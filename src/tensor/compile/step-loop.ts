// A step as a loop of TensorFlow's, for XLA to make one kernel of: it takes as many turns as a run says, each a step. Whatever
// their number the kernel is the same, and so are the bits.
import type { Binding } from '../native/binding';
import type { FedInput } from './graph-input';
import { constantAttributes, type GraphNodes, type TensorName, type TensorType, typeOf } from './graph-nodes';
import { addFed, addValues, type InputSpec } from './inputs';
import type { Recording } from './recording';
import type { GraphNode } from './saved-model';
import type { SessionVariable } from './session-variable';
import { addStep } from './step-nodes';

export interface StepLoop {
  /** To be fed with how many steps to run. */
  readonly count: TensorName;
  /** Of `length` steps, whose values come one after the other; those beyond the count are not looked at. */
  readonly inputs: ReadonlyMap<string, Pick<FedInput, 'feed' | 'type'>>;
  /** Of the last step that ran; zeros when none did. */
  readonly outputs: ReadonlyMap<string, TensorName>;
  /** Fetching it runs every update. */
  readonly done: TensorName;
  /** The names of the nodes that XLA is to compile. */
  readonly nodes: ReadonlySet<string>;
}

interface LoopRequest {
  readonly recording: Recording;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** The tables that rows are picked from. */
  readonly tables: ReadonlyMap<string, FedInput['table']>;
  /** In the order of the recording's variables. */
  readonly variables: readonly SessionVariable[];
  /** The most steps of a run. */
  readonly length: number;
}

/** What goes from turn to turn: how many there were, and the outputs. */
interface Carried extends TensorType {
  readonly name: string;
}

export function addStepLoop(nodes: GraphNodes, binding: Binding, request: LoopRequest): StepLoop {
  const { recording, inputs: specs, tables, variables, length } = request;
  const { TF_INT32, TF_RESOURCE } = binding;
  const int32 = { T: typeOf(TF_INT32) };
  const constant = (name: string, values: readonly number[], shape: readonly number[] = [values.length]) =>
    nodes.add(
      name,
      'Const',
      [],
      constantAttributes({ dtype: TF_INT32, shape, values: Int32Array.from(values) }),
    );
  const count = nodes.addPlaceholder('loop_count', { dtype: TF_INT32, shape: [] });
  const entries = Object.entries(specs);
  const fed = new Map(
    entries.map(([name, spec], i) => [
      name,
      addFed(nodes, binding, `loop_input${i}`, ofSteps(spec, length), tables.get(name)),
    ]),
  );
  const carried: readonly Carried[] = [
    { name: 'loop_turn', dtype: TF_INT32, shape: [] },
    ...[...recording.outputs.values()].map((type, i) => ({ ...type, name: `loop_output${i}` })),
  ];
  const zeros = carried.map(({ name, dtype, shape }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    return nodes.add(
      `${name}_zero`,
      'Const',
      [],
      constantAttributes({ dtype, shape, values: new Uint32Array(size) }),
    );
  });

  const before = nodes.all.length;
  const enter = (name: string, tensor: TensorName, dtype: number, isConstant: boolean) =>
    nodes.add(name, 'Enter', [tensor], {
      T: typeOf(dtype),
      frame_name: { kind: 'text', value: 'steps' },
      is_constant: { kind: 'bool', value: isConstant },
      parallel_iterations: { kind: 'integer', value: 1 },
    });
  const merges = carried.map(({ name, dtype }, i) => {
    const entered = enter(`${name}_enter`, zeros[i] as string, dtype, false);
    const two = { T: typeOf(dtype), N: { kind: 'integer', value: 2 } } as const;
    return nodes.add(`${name}_merge`, 'Merge', [entered], two);
  });
  const limit = enter('loop_limit', count, TF_INT32, true);
  const goesOn = nodes.add('loop_less', 'Less', [merges[0] as string, limit], int32);
  const condition = nodes.add('loop_condition', 'LoopCond', [goesOn], {});
  for (const [i, { name, dtype }] of carried.entries())
    nodes.add(`${name}_switch`, 'Switch', [merges[i] as string, condition], { T: typeOf(dtype) });
  const turn = nodes.add('loop_turn_now', 'Identity', ['loop_turn_switch:1'], int32);

  nodes.within(turn, () => {
    const values = entries.map(([name, spec], i) => {
      const { raw, type } = fed.get(name) as FedInput;
      const isImages = 'picked' in spec;
      const dtype = isImages ? binding.TF_UINT8 : type.dtype;
      const label = `turn_input${i}`;
      const all = enter(`${label}_all`, raw, dtype, true);
      const size = isImages ? [spec.picked, ...spec.rowShape] : [1, ...spec.shape];
      const first = nodes.add(
        `${label}_first`,
        'Mul',
        [turn, constant(`${label}_step`, size.slice(0, 1), [])],
        int32,
      );
      const corner = [first, ...size.slice(1).map((_, k) => constant(`${label}_from${k}`, [0], []))];
      const from = nodes.add(`${label}_from`, 'Pack', corner, {
        ...int32,
        N: { kind: 'integer', value: corner.length },
        axis: { kind: 'integer', value: 0 },
      });
      const own = nodes.add(`${label}_own`, 'Slice', [all, from, constant(`${label}_size`, size)], {
        T: typeOf(dtype),
        Index: typeOf(TF_INT32),
      });
      if (isImages) return [name, addValues(nodes, binding, `${label}_now`, spec, own)] as const;
      const flat = nodes.add(`${label}_now`, 'Reshape', [own, constant(`${label}_shape`, spec.shape)], {
        T: typeOf(dtype),
        Tshape: typeOf(TF_INT32),
      });
      return [name, flat] as const;
    });
    const forks = variables.map((variable, i) =>
      variable.fork('loop_', enter(`loop_variable${i}`, variable.handle, TF_RESOURCE, true)),
    );
    const step = addStep(nodes, recording, new Map(values), forks, binding, 'loop_');
    const added = nodes.add('loop_turn_added', 'Add', [turn, constant('loop_one', [1], [])], int32);
    // The next turn waits for the updates of this one.
    const next = nodes.add('loop_turn_next', 'Identity', [added], int32, step.writers);
    for (const [i, value] of [next, ...step.outputs.values()].entries()) {
      const { name, dtype } = carried[i] as Carried;
      const back = nodes.add(`${name}_back`, 'NextIteration', [value], { T: typeOf(dtype) });
      nodes.leadBack(back, merges[i] as string);
    }
  });
  const exits = carried.map(({ name, dtype }) =>
    nodes.add(`${name}_exit`, 'Exit', [`${name}_switch:0`], { T: typeOf(dtype) }),
  );
  const compiled = new Set(nodes.all.slice(before).map(({ name }) => name));
  const [done, ...outputs] = carried.map(({ name, dtype }, i) => {
    const left = nodes.add(`${name}_left`, 'XlaClusterOutput', [exits[i] as string], { T: typeOf(dtype) });
    return nodes.add(`${name}_result`, 'Identity', [left], { T: typeOf(dtype) });
  });
  return {
    count,
    inputs: fed,
    outputs: new Map([...recording.outputs.keys()].map((name, i) => [name, outputs[i] as string])),
    done: done as string,
    nodes: compiled,
  };
}

/** The input of so many steps at once. */
function ofSteps(spec: InputSpec, length: number): InputSpec {
  return 'picked' in spec
    ? { ...spec, picked: spec.picked * length }
    : { ...spec, shape: [length, ...spec.shape] };
}

/** This attribute has XLA make one kernel of all nodes that have it. */
export function asOneKernel(all: readonly GraphNode[], { nodes }: StepLoop): GraphNode[] {
  const mark = { _xla_compile_id: { kind: 'text', value: 'steps' } } as const;
  return all.map((node) =>
    nodes.has(node.name) ? { ...node, attributes: { ...node.attributes, ...mark } } : node,
  );
}
