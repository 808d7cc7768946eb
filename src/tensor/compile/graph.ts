// Turns a recording into a TensorFlow graph whose variables live in the session that runs it.
import type { Binding } from '../native/binding';
import type { GraphInput, Table } from './graph-input';
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

/** What a session is fed with and fetches, whatever it runs. */
export interface SessionGraph {
  readonly nodes: readonly GraphNode[];
  /** By the names of the inputs whose rows are picked from them. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Feeding the tables and all of `initial`, and fetching it, stores the ones and sets the others: TensorFlow looks
   *  through the whole graph for each new set of names to fetch. */
  readonly prepared: TensorName;
  /** In the order of the recording's variables: feeding `initial` and fetching `initialised` sets them, fetching
   *  `values` reads them. */
  readonly initial: readonly TensorName[];
  readonly initialised: TensorName;
  readonly values: readonly TensorName[];
}

export interface StepGraph extends SessionGraph, StepEnds {
  /** The names of the nodes that compute the step. */
  readonly step: ReadonlySet<string>;
  /** Its outputs are those of the last step. */
  readonly chain: Chain | undefined;
}

export interface LoopGraph extends SessionGraph {
  readonly loop: StepLoop;
}

interface Sources {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** In the order of the recording's variables. */
  readonly variables: readonly TensorType[];
}

/** @param chained how many steps the chain has; without it there is none */
export function buildGraph(
  recording: Recording,
  sources: Sources,
  binding: Binding,
  chained?: number,
): StepGraph {
  const begun = beginGraph(recording, sources);
  const { nodes, variables, simplified } = begun;
  const inputs = new Map(
    Object.entries(sources.inputs).map(([name, spec], i) => [
      name,
      addInput(nodes, binding, `input${i}`, spec),
    ]),
  );
  const before = nodes.all.length;
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
      return {
        inputs: own,
        ...addStep(nodes, simplified, valuesOf(own), forks, binding, { prefix: `chain${k}_` }),
      };
    });
    const all = steps.flatMap((each) => each.writers);
    return {
      inputs: steps.map((each) => each.inputs),
      outputs: (steps.at(-1) as (typeof steps)[number]).outputs,
      done: nodes.addFlag('chain_done', all, binding),
    };
  }

  const ends = { inputs, outputs, done: nodes.addFlag('done', writers, binding) };
  const chain = chained === undefined ? undefined : addChain(chained);
  return { ...finishGraph(begun, inputs, binding), ...ends, step, chain };
}

/** @param length the most steps of a run */
export function buildLoop(
  recording: Recording,
  sources: Sources,
  binding: Binding,
  length: number,
): LoopGraph {
  const begun = beginGraph(recording, sources);
  const { nodes, variables, simplified } = begun;
  const request = { recording: simplified, inputs: sources.inputs, variables, length };
  const loop = addStepLoop(nodes, binding, request);
  return { ...finishGraph(begun, loop.inputs, binding), loop };
}

/** The variables, and what to compute with them. */
function beginGraph(recording: Recording, { inputs, variables: types }: Sources) {
  const nodes = new GraphNodes();
  const variables = recording.variables.map(({ before }, i) => {
    const type = types[i] as TensorType;
    return new SessionVariable(nodes, { node: `variable${i}`, type, before });
  });
  const initial = variables.map((variable) => variable.addInitialiser());
  const shapes = new Map<TensorId, readonly number[]>();
  for (const [name, id] of recording.inputs) shapes.set(id, shapeRead(inputs[name] as InputSpec));
  for (const [i, { before }] of recording.variables.entries())
    shapes.set(before, (types[i] as TensorType).shape);
  return { nodes, variables, initial, simplified: withoutReshapes(recording, shapes) };
}

function finishGraph(
  { nodes, variables, initial }: ReturnType<typeof beginGraph>,
  inputs: ReadonlyMap<string, Pick<GraphInput, 'table'>>,
  binding: Binding,
): SessionGraph {
  const tables = new Map([...inputs].flatMap(([name, { table }]) => (table ? [[name, table] as const] : [])));
  const writers = initial.map(({ writer }) => writer);
  const tableWriters = [...tables.values()].map(({ writer }) => writer);
  return {
    tables,
    prepared: nodes.addFlag('prepared', [...tableWriters, ...writers], binding),
    initial: initial.map(({ feed }) => feed),
    initialised: nodes.addFlag('initialised', writers, binding),
    values: variables.map((variable) => variable.addReader()),
    nodes: nodes.all,
  };
}

function valuesOf(inputs: ReadonlyMap<string, GraphInput>): Map<string, TensorName> {
  return new Map([...inputs].map(([name, { values }]) => [name, values]));
}
