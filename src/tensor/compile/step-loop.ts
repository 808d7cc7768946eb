// A step as a loop of TensorFlow's, in a function for XLA to make one kernel of: it takes as many turns as a run says, each a
// step. Whatever their number the kernel is the same, and so are the bits.
import type { Binding } from '../native/binding';
import { dataType } from './data-type';
import { FunctionNodes } from './graph-function';
import type { FedInput } from './graph-input';
import { constantAttributes, type GraphNodes, type TensorName, typeOf } from './graph-nodes';
import { addFed, addValues, type InputSpec } from './inputs';
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
  const { TF_INT32, TF_UINT8, TF_RESOURCE } = binding;
  const entries = Object.entries(specs);
  const count = nodes.addPlaceholder('loop_count', { dtype: TF_INT32, shape: [] });
  const fed = new Map(
    entries.map(([name, spec], i) => [name, addFed(nodes, binding, `loop_input${i}`, ofSteps(spec, length))]),
  );
  const given = [
    { name: 'count', dtype: TF_INT32, tensor: count },
    ...entries.map(([name, spec], i) => {
      const { raw, type } = fed.get(name) as FedInput;
      return { name: `all${i}`, dtype: 'picked' in spec ? TF_UINT8 : type.dtype, tensor: raw };
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
    const values = new Uint32Array(shape.reduce((product, side) => product * side, 1));
    return nodes.add(`${name}_zero`, 'Const', [], constantAttributes({ dtype, shape, values }));
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
  const { TF_INT32, TF_UINT8 } = binding;
  const int32 = { T: typeOf(TF_INT32) };
  const tensors = new Map(carried.map(({ name, dtype }) => [name, nodes.addArgument(name, dtype)]));
  const argument = (name: string) => tensors.get(name) as TensorName;
  const constant = (name: string, values: readonly number[], shape: readonly number[] = [values.length]) =>
    nodes.add(
      name,
      'Const',
      [],
      constantAttributes({ dtype: TF_INT32, shape, values: Int32Array.from(values) }),
    );
  const values = Object.entries(specs).map(([name, spec], i): [string, TensorName] => {
    const isImages = 'picked' in spec;
    const dtype = isImages ? TF_UINT8 : dataType(binding, spec.dtype);
    const label = `input${i}`;
    const size = isImages ? [spec.picked, ...spec.rowShape] : [1, ...spec.shape];
    const rows = constant(`${label}_rows`, size.slice(0, 1), []);
    const first = nodes.add(`${label}_first`, 'Mul', [argument('turn'), rows], int32);
    const corner = [first, ...size.slice(1).map((_, k) => constant(`${label}_corner${k}`, [0], []))];
    const from = nodes.add(`${label}_begin`, 'Pack', corner, {
      ...int32,
      N: { kind: 'integer', value: corner.length },
      axis: { kind: 'integer', value: 0 },
    });
    const own = nodes.add(
      `${label}_own`,
      'Slice',
      [argument(`all${i}`), from, constant(`${label}_extent`, size)],
      { T: typeOf(dtype), Index: typeOf(TF_INT32) },
    );
    if (isImages) return [name, addValues(nodes, binding, label, spec, own)];
    const flat = nodes.add(`${label}_flat`, 'Reshape', [own, constant(`${label}_shape`, spec.shape)], {
      T: typeOf(dtype),
      Tshape: typeOf(TF_INT32),
    });
    return [name, flat];
  });
  const forks = variables.map((variable, i) => variable.fork('', argument(`handle${i}`), nodes));
  const step = addStep(nodes, recording, new Map(values), forks, binding);
  const added = nodes.add('turn_added', 'Add', [argument('turn'), constant('one', [1], [])], int32);
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

function typesOf(all: readonly Carried[]): NodeAttribute {
  return { kind: 'types', value: all.map(({ dtype }) => dtype) };
}

/** The input of so many steps at once. */
function ofSteps(spec: InputSpec, length: number): InputSpec {
  return 'picked' in spec
    ? { ...spec, picked: spec.picked * length }
    : { ...spec, shape: [length, ...spec.shape] };
}
