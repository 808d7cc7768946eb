// Turns a recording into a TensorFlow graph whose variables live in the session that runs it.
import type { Binding } from '../native/binding';
import {
  constantAttributes,
  GraphNodes,
  nodeAttributes,
  type TensorName,
  type TensorType,
} from './graph-nodes';
import { addInput, type GraphInput, type InputSpec } from './inputs';
import type { Recording, TensorId, Update } from './recording';
import { RecordingError } from './recording-error';
import type { GraphNode } from './saved-model';
import { SessionVariable } from './session-variable';

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
  const before = nodes.all.length;
  const { outputs, writers } = addStep(nodes, recording, inputs, variables, binding);
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

/** Adds what the step computes: the events that an output or a variable hangs on, in the order in which they ran. */
function addStep(
  nodes: GraphNodes,
  recording: Recording,
  inputs: ReadonlyMap<string, GraphInput>,
  variables: readonly SessionVariable[],
  binding: Binding,
) {
  const { live, read } = findLive(recording);
  const tensors = new Map<TensorId, TensorName>();
  for (const [name, id] of recording.inputs) tensors.set(id, (inputs.get(name) as GraphInput).values);
  const writers: string[] = [];

  const tensorOf = (id: TensorId): TensorName => {
    const found = tensors.get(id) ?? variables.find((variable) => variable.holds(id))?.read();
    if (found === undefined) throw new Error(`the recording lost tensor ${id}`);
    tensors.set(id, found);
    return found;
  };

  const addUpdate = (update: Update, name: string) => {
    const changed = update.state.map((id) => {
      const variable = variables.find((candidate) => candidate.holds(id));
      if (variable) return variable;
      throw new RecordingError(`${update.op} changes a tensor that is not the present value of a variable`);
    });
    for (const id of update.state) if (read.has(id)) tensorOf(id);
    const parameters = [...changed.map((variable) => variable.handle), ...update.inputs.map(tensorOf)];
    const after = changed.flatMap((variable) => variable.readers());
    nodes.add(name, update.op, parameters, nodeAttributes(update.attributes, binding), after);
    for (const [at, variable] of changed.entries()) variable.changed(update.outputs[at] as TensorId, name);
    writers.push(name);
  };

  for (const [i, event] of recording.events.entries()) {
    const ids = event.kind === 'constant' ? [event.id] : event.outputs;
    if (!ids.some((id) => live.has(id))) continue;
    if (event.kind === 'constant') {
      tensors.set(event.id, nodes.add(`constant${i}`, 'Const', [], constantAttributes(event)));
      continue;
    }
    const name = `${event.op}${i}`;
    if (event.kind === 'update') {
      addUpdate(event, name);
      continue;
    }
    const operands = event.inputs.map(tensorOf);
    nodes.add(name, event.op, operands, nodeAttributes(event.attributes, binding));
    for (const variable of variables) variable.noteReader(operands, name);
    for (const [output, id] of event.outputs.entries()) tensors.set(id, `${name}:${output}`);
  }

  const outputs = new Map([...recording.outputs].map(([name, id]) => [name, tensorOf(id)]));
  const assigned = recording.variables.map(({ after }, i) =>
    variables[i]?.holds(after) ? undefined : tensorOf(after),
  );
  assigned.forEach((tensor, i) => {
    if (tensor !== undefined) writers.push((variables[i] as SessionVariable).assign(tensor));
  });
  return { outputs, writers };
}

/** Which tensors the results hang on, and which of them an op reads as tensors rather than changes in place. */
function findLive({ events, outputs, variables }: Recording) {
  const read = new Set<TensorId>([...outputs.values(), ...variables.map(({ after }) => after)]);
  const live = new Set(read);
  for (const event of [...events].reverse()) {
    if (event.kind === 'constant' || !event.outputs.some((id) => live.has(id))) continue;
    for (const id of event.inputs) {
      read.add(id);
      live.add(id);
    }
    if (event.kind === 'update') for (const id of event.state) live.add(id);
  }
  return { live, read };
}
