// Adds what a step computes to a graph, event by event, in the order in which they ran.
import type { Binding } from '../native/binding';
import { addAdam } from './adam-nodes';
import { type GraphNodes, nodeAttributes, type TensorName } from './graph-nodes';
import type { Event, Operation, RecordedVariable, Recording, TensorId, Update } from './recording';
import { RecordingError } from './recording-error';
import type { SessionVariable } from './session-variable';

interface Building {
  readonly nodes: GraphNodes;
  readonly binding: Binding;
  readonly variables: readonly SessionVariable[];
  readonly tensors: Map<TensorId, TensorName>;
  /** Tensors that an op reads, rather than changes in place. */
  readonly read: ReadonlySet<TensorId>;
  /** The nodes that change a variable. */
  readonly writers: string[];
  readonly form: StepForm;
  readonly scalars: ReadonlyMap<TensorId, number>;
}

interface StepForm {
  /** What the names of its nodes begin with. */
  readonly prefix?: string;
  /** XLA makes one kernel of all: then updates are spelled out where it gains by that. */
  readonly isKernel?: boolean;
}

/** @param inputs what the step reads of each. @returns the step's outputs, and every node that changes a variable */
export function addStep(
  nodes: GraphNodes,
  recording: Recording,
  inputs: ReadonlyMap<string, TensorName>,
  variables: readonly SessionVariable[],
  binding: Binding,
  form: StepForm = {},
): { outputs: Map<string, TensorName>; writers: readonly string[] } {
  const { live, read } = findLive(recording);
  const tensors = new Map<TensorId, TensorName>();
  for (const [name, id] of recording.inputs) tensors.set(id, inputs.get(name) as TensorName);
  const scalars = scalarsOf(recording);
  const building: Building = { nodes, binding, variables, tensors, read, writers: [], form, scalars };
  for (const [i, event] of recording.events.entries()) {
    if (resultsOf(event).some((id) => live.has(id))) addEvent(building, event, i);
  }
  const outputs = new Map([...recording.outputs].map(([name, { id }]) => [name, tensorOf(building, id)]));
  assignRest(building, recording);
  return { outputs, writers: building.writers };
}

/** Ops that hand out the memory that they are given, or may in XLA. */
const views: ReadonlySet<string> = new Set(['ExpandDims', 'Identity', 'Reshape', 'Squeeze', 'Transpose']);

/** Ops of floats that give truths or integers. */
const countsOrCompares: ReadonlySet<string> = new Set(
  'ArgMax ArgMin Bitcast Cast Equal Greater GreaterEqual IsFinite IsInf IsNan Less LessEqual NotEqual Shape Where'.split(
    ' ',
  ),
);

/** Which tensors the results depend on, and which of them an op reads as tensors rather than changes in place. */
function findLive({ events, outputs, variables }: Recording) {
  const read = new Set<TensorId>(
    [...outputs.values()].map(({ id }) => id).concat(variables.map(({ after }) => after)),
  );
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

function resultsOf(event: Event): readonly TensorId[] {
  return event.kind === 'constant' ? [event.id] : event.outputs;
}

/** @param position makes the node's name its own */
function addEvent(building: Building, event: Event, position: number): void {
  const { prefix = '' } = building.form;
  if (event.kind === 'operation') addOperation(building, event, `${prefix}${event.op}_${position}`);
  else if (event.kind === 'update') addUpdate(building, event, `${prefix}${event.op}_${position}`);
  else {
    const tensor = building.nodes.addConstant(`${prefix}constant_${position}`, event);
    building.tensors.set(event.id, tensor);
  }
}

function addOperation(building: Building, event: Operation, name: string): void {
  const { nodes, tensors, variables, binding } = building;
  const operands = event.inputs.map((id) => tensorOf(building, id));
  nodes.add(name, event.op, operands, nodeAttributes(event.attributes, binding));
  const gives = views.has(event.op) ? 'view' : countsOrCompares.has(event.op) ? 'other' : 'floats';
  for (const variable of variables) variable.noteReader(operands, name, gives);
  for (const [output, id] of event.outputs.entries()) tensors.set(id, `${name}:${output}`);
}

function addUpdate(building: Building, update: Update, name: string): void {
  const { nodes, variables, binding, read, writers } = building;
  const changed = update.state.map((id) => {
    const variable = variables.find((candidate) => candidate.holds(id));
    if (variable) return variable;
    throw new RecordingError(`${update.op} changes a tensor that is not the present value of a variable`);
  });
  // Who reads the old value later must have it by now.
  for (const id of update.state) if (read.has(id)) tensorOf(building, id);
  const inputs = update.inputs.map((id) => tensorOf(building, id));
  if (building.form.isKernel && update.op === 'ResourceApplyAdam') {
    writers.push(...spellAdam(building, update, changed, inputs, name));
    return;
  }
  const operands = [...changed.map(({ handle }) => handle), ...inputs];
  const after = changed.flatMap((variable) => variable.readers());
  nodes.add(name, update.op, operands, nodeAttributes(update.attributes, binding), after);
  for (const [i, variable] of changed.entries()) variable.changed(update.outputs[i] as TensorId, name);
  writers.push(name);
}

/** @param inputs of ResourceApplyAdam, which has two more for a correction that the step size holds already
 *  @returns the nodes that change the variables */
function spellAdam(
  { nodes, binding, scalars }: Building,
  update: Update,
  changed: readonly SessionVariable[],
  inputs: readonly TensorName[],
  name: string,
): readonly string[] {
  const [parameter, first, second] = changed as [SessionVariable, SessionVariable, SessionVariable];
  const [stepSize, beta1, beta2, epsilon, gradient] = inputs.slice(2) as FiveNames;
  const state = {
    parameter: parameter.read(),
    firstMoment: first.read(),
    secondMoment: second.read(),
  };
  const results = addAdam(
    nodes,
    binding,
    name,
    { ...state, stepSize, beta1, beta2, epsilon, gradient },
    {
      readers: nodes.withoutOrigins(parameter.computed(), [stepSize, gradient]),
      withoutMomentum: scalars.get(update.inputs[3] as TensorId) === 0,
    },
  );
  const values = [results.parameter, results.firstMoment, results.secondMoment];
  return changed.map((variable, i) =>
    variable.assign(values[i] as TensorName, update.outputs[i] as TensorId),
  );
}

type FiveNames = [TensorName, TensorName, TensorName, TensorName, TensorName];

/** The constants that are one number. */
function scalarsOf({ events }: Recording): ReadonlyMap<TensorId, number> {
  return new Map(
    events.flatMap((event) =>
      event.kind === 'constant' && event.values instanceof Float32Array && event.values.length === 1
        ? [[event.id, event.values[0] as number]]
        : [],
    ),
  );
}

/** Gives the variables that no update changed in place their new value: all are read before the first is changed. */
function assignRest(building: Building, recording: Recording): void {
  const { variables, writers } = building;
  const assigned = recording.variables.map(({ after }, i) =>
    variables[i]?.holds(after) ? undefined : tensorOf(building, after),
  );
  for (const [i, tensor] of assigned.entries()) {
    const { after } = recording.variables[i] as RecordedVariable;
    if (tensor !== undefined) writers.push((variables[i] as SessionVariable).assign(tensor, after));
  }
}

function tensorOf({ tensors, variables }: Building, id: TensorId): TensorName {
  const found = tensors.get(id) ?? variables.find((variable) => variable.holds(id))?.read();
  if (found === undefined) throw new Error(`the recording lost tensor ${id}`);
  tensors.set(id, found);
  return found;
}
