// Turns a recording into a TensorFlow graph whose variables live in the session that runs it.
import type { Binding } from '../native/binding';
import type { GraphInput } from './graph-input';
import { GraphNodes, type TensorName, type TensorType } from './graph-nodes';
import { addInput, type InputSpec, shapeRead } from './inputs';
import type { Recording, TensorId } from './recording';
import { withoutReshapes } from './reshapes';
import type { GraphNode } from './saved-model';
import { SessionVariable } from './session-variable';
import { addStepLoop, type StepLoop } from './step-loop';
import { addStep } from './step-nodes';

/** What a step reads, and what fetching gives. */
interface StepEnds {
  /** By the names of the step's inputs. */
  readonly inputs: ReadonlyMap<string, GraphInput>;
  /** By the names of the step's outputs. */
  readonly outputs: ReadonlyMap<string, TensorName>;
  /** Fetching it runs every update. */
  readonly done: TensorName;
}

/** Several steps that run one after the other in one call. */
interface Chain extends Omit<StepEnds, 'inputs'> {
  /** Of each step. */
  readonly inputs: readonly StepEnds['inputs'][];
}

/** What to feed and what to fetch. */
export interface StepGraph extends StepEnds {
  readonly nodes: readonly GraphNode[];
  /** The names of the nodes that compute the step. */
  readonly step: ReadonlySet<string>;
  /** Its outputs are those of the last step. */
  readonly chain: Chain | undefined;
  readonly loop: StepLoop | undefined;
  /** Feeding the inputs' tables and all of `initial`, and fetching it, stores the ones and sets the others: TensorFlow
   *  looks through the whole graph for each new set of names to fetch. */
  readonly prepared: TensorName;
  /** In the order of the recording's variables: feeding `initial` and fetching `initialised` sets them, fetching
   *  `values` reads them. */
  readonly initial: readonly TensorName[];
  readonly initialised: TensorName;
  readonly values: readonly TensorName[];
}

interface Sources {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** In the order of the recording's variables. */
  readonly variables: readonly TensorType[];
}

/** How many steps the chain has, and at most the loop; none when left out. */
interface Lengths {
  readonly chained?: number;
  readonly looped?: number;
}

export function buildGraph(
  recording: Recording,
  sources: Sources,
  binding: Binding,
  { chained, looped }: Lengths,
): StepGraph {
  const nodes = new GraphNodes();
  const variables = recording.variables.map(({ before }, i) => {
    const type = sources.variables[i] as TensorType;
    return new SessionVariable(nodes, { node: `variable${i}`, type, before });
  });
  const inputs = new Map(
    Object.entries(sources.inputs).map(([name, spec], i) => [
      name,
      addInput(nodes, binding, `input${i}`, spec),
    ]),
  );
  const initial = variables.map((variable) => variable.addInitialiser());
  const shapes = new Map<TensorId, readonly number[]>();
  for (const [name, id] of recording.inputs) shapes.set(id, shapeRead(sources.inputs[name] as InputSpec));
  for (const [i, { before }] of recording.variables.entries())
    shapes.set(before, (sources.variables[i] as TensorType).shape);
  const before = nodes.all.length;
  const simplified = withoutReshapes(recording, shapes);
  const { outputs, writers } = addStep(nodes, simplified, valuesOf(inputs), variables, binding);
  const step = new Set(nodes.all.slice(before).map(({ name }) => name));

  function addChain(length: number): Chain {
    const forks = variables.map((variable) => variable.fork('chain_'));
    const steps = Array.from({ length }, (_, k) => {
      for (const fork of forks) fork.beginAgain();
      const own = new Map(
        [...inputs].map(([name, { table }], i) => [
          name,
          addInput(nodes, binding, `chain${k}_input${i}`, sources.inputs[name] as InputSpec, table),
        ]),
      );
      return { inputs: own, ...addStep(nodes, simplified, valuesOf(own), forks, binding, `chain${k}_`) };
    });
    const all = steps.flatMap((each) => each.writers);
    return {
      inputs: steps.map((each) => each.inputs),
      outputs: (steps.at(-1) as (typeof steps)[number]).outputs,
      done: nodes.addFlag('chain_done', all, binding),
    };
  }

  const tableWriters = [...inputs.values()].flatMap(({ table }) => table?.writer ?? []);
  const initialWriters = initial.map(({ writer }) => writer);
  return {
    step,
    inputs,
    outputs,
    done: nodes.addFlag('done', writers, binding),
    chain: chained === undefined ? undefined : addChain(chained),
    loop:
      looped === undefined
        ? undefined
        : addStepLoop(nodes, binding, {
            recording: simplified,
            inputs: sources.inputs,
            tables: new Map([...inputs].map(([name, { table }]) => [name, table])),
            variables,
            length: looped,
          }),
    prepared: nodes.addFlag('prepared', [...tableWriters, ...initialWriters], binding),
    initial: initial.map(({ feed }) => feed),
    initialised: nodes.addFlag('initialised', initialWriters, binding),
    values: variables.map((variable) => variable.addReader()),
    nodes: nodes.all,
  };
}

function valuesOf(inputs: ReadonlyMap<string, GraphInput>): Map<string, TensorName> {
  return new Map([...inputs].map(([name, { values }]) => [name, values]));
}
