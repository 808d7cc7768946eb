// A step as a loop of TensorFlow's, in a function for XLA to make one kernel of: it takes as many turns as a run says, each a
// step. Whatever their number the kernel is the same, and so are the bits.
import { util } from '@tensorflow/tfjs-core';
import type { Binding } from '../native/binding';
import { FunctionNodes } from './graph-function';
import type { FedInput } from './graph-input';
import { type GraphNodes, type TensorName, typeOf } from './graph-nodes';
import { addFed, addValues, type InputSpec, rawType, shapeRead } from './inputs';
import type { Recording } from './recording';
import type { GraphFunction, NodeAttribute } from './saved-model';
import type { SessionVariable } from './session-variable';
import { addStep } from './step-nodes';

export interface StepLoop {
  /** To be fed with how many steps to run. */
  readonly count: TensorName;
  /** Of `length` steps, whose values come one after the other; those beyond the count are not looked at. */
  readonly inputs: ReadonlyMap<string, FedInput>;
  /** Of the last step that ran; zeros when none did. */
  readonly outputs: ReadonlyMap<string, TensorName>;
  /** Fetching it runs every update. */
  readonly done: TensorName;
  /** What the graph's nodes call. */
  readonly functions: readonly GraphFunction[];
}

interface LoopRequest {
  readonly recording: Recording;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** In the order of the recording's variables. */
  readonly variables: readonly SessionVariable[];
  /** The most steps of a run. */
  readonly length: number;
}

/** A value that goes from turn to turn. */
interface Carried {
  readonly name: string;
  readonly dtype: number;
}

/** What the loop is about, for those who write its parts. */
interface Loop extends LoopRequest {
  readonly binding: Binding;
  /** The turn, the results of its step, and what is given. */
  readonly carried: readonly Carried[];
}

export function addStepLoop(nodes: GraphNodes, binding: Binding, request: LoopRequest): StepLoop {
  const { recording, inputs: specs, variables, length } = request;
  const { TF_INT32, TF_RESOURCE } = binding;
  const entries = Object.entries(specs);
  const count = nodes.addPlaceholder('loop_count', { dtype: TF_INT32, shape: [] });
  const fed = new Map(
    entries.map(([name, spec], i) => [name, addFed(nodes, binding, `loop_input${i}`, ofSteps(spec, length))]),
  );
  const given = [
    { name: 'count', dtype: TF_INT32, tensor: count },
    ...entries.map(([name, spec], i) => {
      const { raw } = fed.get(name) as FedInput;
      return { name: `all${i}`, dtype: rawType(binding, spec), tensor: raw };
    }),
    ...variables.map(({ handle }, i) => ({ name: `handle${i}`, dtype: TF_RESOURCE, tensor: handle })),
  ];
  const results = [...recording.outputs.values()].map(({ dtype }, i) => ({ name: `result${i}`, dtype }));
  const changing = [{ name: 'turn', dtype: TF_INT32 }, ...results];
  const loop = { ...request, binding, carried: [...changing, ...given] };
  const call = nodes.add(
    'loop',
    'StatefulPartitionedCall',
    given.map(({ tensor }) => tensor),
    { f: { kind: 'function', value: 'steps' }, Tin: typesOf(given), Tout: typesOf(changing), ...asOneKernel },
  );
  return {
    count,
    inputs: fed,
    outputs: new Map([...recording.outputs.keys()].map((name, i) => [name, `loop:${i + 1}`])),
    done: call,
    functions: [stepsFunction(loop, given, changing), conditionFunction(loop), turnFunction(loop)],
  };
}

/** This attribute, of a function and its call, has XLA make one kernel of it, which changes the variables where they are. */
const asOneKernel = { _XlaMustCompile: { kind: 'bool', value: true } } as const;

/** Begins with no turn and zeros, and turns. */
function stepsFunction(
  { recording, carried }: Loop,
  given: readonly Carried[],
  changing: readonly Carried[],
): GraphFunction {
  const nodes = new FunctionNodes();
  const passed = given.map(({ name, dtype }) => nodes.addArgument(name, dtype));
  const shapes = [[], ...[...recording.outputs.values()].map(({ shape }) => shape)];
  const zeros = changing.map(({ name, dtype }, i) => {
    const shape = shapes[i] as readonly number[];
    const values = new Uint32Array(util.sizeFromShape([...shape]));
    return nodes.addConstant(`${name}_zero`, { dtype, shape, values });
  });
  nodes.add('while', 'While', [...zeros, ...passed], {
    T: typesOf(carried),
    cond: { kind: 'function', value: 'goes_on' },
    body: { kind: 'function', value: 'turn' },
  });
  const outputs = changing.map((one, i) => ({ ...one, name: `${one.name}_last`, tensor: `while:${i}` }));
  return nodes.finish('steps', outputs, asOneKernel);
}

function conditionFunction({ binding, carried }: Loop): GraphFunction {
  const nodes = new FunctionNodes();
  const tensors = new Map(carried.map(({ name, dtype }) => [name, nodes.addArgument(name, dtype)]));
  const operands = [tensors.get('turn') as TensorName, tensors.get('count') as TensorName];
  const less = nodes.add('less', 'Less', operands, { T: typeOf(binding.TF_INT32) });
  return nodes.finish('goes_on', [{ name: 'more', dtype: binding.TF_BOOL, tensor: less }]);
}

/** A step, on its share of what is given. */
function turnFunction({ binding, carried, recording, inputs: specs, variables }: Loop): GraphFunction {
  const nodes = new FunctionNodes();
  const int32 = { T: typeOf(binding.TF_INT32) };
  const tensors = new Map(carried.map(({ name, dtype }) => [name, nodes.addArgument(name, dtype)]));
  const argument = (name: string) => tensors.get(name) as TensorName;
  const values = Object.entries(specs).map(([name, spec], i): [string, TensorName] => {
    const share = addShare(nodes, binding, `input${i}`, spec, argument(`all${i}`), argument('turn'));
    return [name, addValues(nodes, binding, `input${i}`, spec, share)];
  });
  const forks = variables.map((variable, i) => variable.fork('', argument(`handle${i}`), nodes));
  const step = addStep(nodes, recording, new Map(values), forks, binding, { isKernel: true });
  const added = nodes.add(
    'turn_added',
    'Add',
    [argument('turn'), nodes.addIntegers('one', binding, [1], [])],
    int32,
  );
  // The next turn waits for the updates of this one.
  const next = nodes.add('turn_next', 'Identity', [added], int32, step.writers);
  const after = [next, ...step.outputs.values()];
  return nodes.finish(
    'turn',
    carried.map(({ name, dtype }, i) => ({
      name: `${name}_after`,
      dtype,
      tensor: after[i] ?? argument(name),
    })),
  );
}

/** What a turn's step is given of an input, of the raw values of all steps. */
function addShare(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: InputSpec,
  all: TensorName,
  turn: TensorName,
): TensorName {
  const integers = (label: string, values: readonly number[], shape?: readonly number[]) =>
    nodes.addIntegers(`${name}_${label}`, binding, values, shape);
  const T = typeOf(rawType(binding, spec));
  const [int32, index] = [{ T: typeOf(binding.TF_INT32) }, typeOf(binding.TF_INT32)];
  const [rows, ...rest] = 'picked' in spec ? shapeRead(spec) : [1, ...spec.shape];
  const first = nodes.add(`${name}_first`, 'Mul', [turn, integers('rows', [rows as number], [])], int32);
  const corner = [first, ...rest.map((_, k) => integers(`corner${k}`, [0], []))];
  const from = nodes.add(`${name}_begin`, 'Pack', corner, {
    ...int32,
    N: { kind: 'integer', value: corner.length },
    axis: { kind: 'integer', value: 0 },
  });
  const extent = integers('extent', [rows as number, ...rest]);
  const own = nodes.add(`${name}_own`, 'Slice', [all, from, extent], { T, Index: index });
  const shape = integers('shape', shapeRead(spec));
  return nodes.add(`${name}_share`, 'Reshape', [own, shape], { T, Tshape: index });
}

function typesOf(all: readonly Carried[]): NodeAttribute {
  return { kind: 'types', value: all.map(({ dtype }) => dtype) };
}

/** The input of so many steps at once. */
function ofSteps(spec: InputSpec, length: number): InputSpec {
  return 'picked' in spec
    ? { ...spec, picked: spec.picked * length }
    : { ...spec, shape: [length, ...spec.shape] };
}
