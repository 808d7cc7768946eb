// Turns a recording into a TensorFlow graph whose variables live in the session that runs it.
import type { Binding } from '../native/binding';
import { GraphNodes, type TensorName, type TensorType } from './graph-nodes';
import { addInput, type GraphInput, type InputSpec, shapeRead } from './inputs';
import type { Recording, TensorId } from './recording';
import { withoutReshapes } from './reshapes';
import type { GraphNode } from './saved-model';
import { SessionVariable } from './session-variable';
import { addStep } from './step-nodes';

/** What to feed and what to fetch. */
export interface StepGraph {
  readonly nodes: readonly GraphNode[];
  /** The names of the nodes that compute the step. */
  readonly step: ReadonlySet<string>;
  /** By the names of the step's inputs. */
  readonly inputs: ReadonlyMap<string, GraphInput>;
  /** By the names of the step's outputs. */
  readonly outputs: ReadonlyMap<string, TensorName>;
  /** Fetching it runs every update of the step. */
  readonly done: TensorName;
  /** Feeding the inputs' tables and fetching it stores them. */
  readonly stored: TensorName;
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

export function buildGraph(recording: Recording, sources: Sources, binding: Binding): StepGraph {
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
  const { outputs, writers } = addStep(nodes, withoutReshapes(recording, shapes), inputs, variables, binding);
  const step = new Set(nodes.all.slice(before).map(({ name }) => name));
  const tableWriters = [...inputs.values()].flatMap(({ table }) => table?.writer ?? []);
  const initialWriters = initial.map(({ writer }) => writer);
  return {
    step,
    inputs,
    outputs,
    done: nodes.addFlag('done', writers, binding),
    stored: nodes.addFlag('stored', tableWriters, binding),
    initial: initial.map(({ feed }) => feed),
    initialised: nodes.addFlag('initialised', initialWriters, binding),
    values: variables.map((variable) => variable.addReader()),
    nodes: nodes.all,
  };
}
