// Stands between tfjs-node's backend and its binding while a step runs, and writes down what passes.
import * as tf from '@tensorflow/tfjs-core';
import type { Binding, OpAttribute, TensorFlowBackend, TensorMetadata } from '../native/binding';
import type { Event, TensorId } from './recording';
import { RecordingError } from './recording-error';

/** Ops that draw from a generator with a state of its own: no two runs agree. */
const statefulRandomOp = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncatedNormal)/;
/** The ops of tfjs that draw; a scope bears the op's name while it runs. */
const randomScope = /^(rand|random\w*|truncatedNormal|multinomial|dropout)__op$/;
const declareIt = 'Declare it as an input, and feed it with each step.';

export interface Recorder {
  readonly events: readonly Event[];
  /** Runs code under the recorder's eyes. @throws RecordingError for the first thing that cannot be recorded */
  watch<T>(code: () => T): T;
  /** The id under which the events know a tensor. @throws RecordingError when they do not */
  resolve(id: TensorId, reader: string): TensorId;
}

/** @param declared the tensors that the code may read without having made them */
export function createRecorder(backend: TensorFlowBackend, declared: readonly TensorId[]): Recorder {
  const { binding } = backend;
  const events: Event[] = [];
  const known = new Set(declared);
  /** What the resource variables that kernels go through hold now, by the id of their handle. */
  const held = new Map<TensorId, TensorId>();
  /** Tensors read from those, by the id of the tensor that was put in. */
  const aliases = new Map<TensorId, TensorId>();
  const madeHere = new WeakSet<object>();
  let offence: RecordingError | undefined;
  let updates = 0;

  const refuse = (problem: string, remedy?: string) => {
    offence ??= new RecordingError(problem, remedy);
  };

  function resolve(id: TensorId, reader: string): TensorId {
    const original = aliases.get(id) ?? id;
    if (!known.has(original)) {
      refuse(
        `${reader} reads a tensor that is neither an input of the step nor one of its variables`,
        declareIt,
      );
    }
    return original;
  }

  function onHostValues(values: unknown): void {
    const random = scopeNames().find((name) => randomScope.test(name));
    if (random) refuse(`${opOf(random)} draws random numbers`, declareIt);
    if (typeof values === 'object' && values !== null) madeHere.add(values);
  }

  function onRandom(): void {
    const caller = scopeNames().find((name) => randomScope.test(name));
    refuse(caller ? `${opOf(caller)} draws random numbers` : 'it calls Math.random', declareIt);
  }

  function onConstant(id: TensorId, shape: number[], dtype: number, values: object): void {
    if (!madeHere.has(values) && dtype !== binding.TF_INT64) {
      refuse(`${opOf(scopeNames().at(-1) ?? 'it')} reads a tensor that was made before the step`, declareIt);
    }
    known.add(id);
    if (ArrayBuffer.isView(values)) events.push({ kind: 'constant', id, dtype, shape: [...shape], values });
    else refuse('it makes a tensor of strings');
  }

  /** Resource variables that only carry values through an op are dissolved: what counts is what they hold. */
  function onVariableOp(
    op: string,
    attributes: OpAttribute[],
    ids: number[],
    outputs: TensorMetadata[],
  ): void {
    const [handle = 0, value = 0] = ids;
    if (op === 'AssignVariableOp') {
      held.set(handle, resolve(value, op));
    } else if (op === 'ReadVariableOp') {
      aliases.set(outputs[0]?.id as TensorId, held.get(handle) as TensorId);
    } else {
      const handles = ids.filter((id) => held.has(id));
      const state = handles.map((id) => held.get(id) as TensorId);
      const after = handles.map(() => -++updates);
      for (const [i, id] of handles.entries()) held.set(id, after[i] as TensorId);
      for (const id of after) known.add(id);
      const inputs = ids.slice(handles.length).map((id) => resolve(id, op));
      events.push({ kind: 'update', op, attributes, state, inputs, outputs: after });
    }
  }

  function onOp(op: string, attributes: OpAttribute[], ids: number[], outputs: TensorMetadata[]): void {
    if (op === 'VarHandleOp') return;
    if (op === 'AssignVariableOp' || ids.some((id) => held.has(id))) {
      onVariableOp(op, attributes, ids, outputs);
      return;
    }
    if (statefulRandomOp.test(op)) refuse(`${op} draws other random numbers in each run`, declareIt);
    if (outputs.length === 0) refuse(`${op} does something outside of the step`);
    const inputs = ids.map((id) => resolve(id, op));
    for (const { id } of outputs) known.add(id);
    const shapes = outputs.map(({ shape }) => shape);
    events.push({ kind: 'operation', op, attributes, inputs, outputs: outputs.map(({ id }) => id), shapes });
  }

  const standIn: Binding = Object.create(binding, {
    executeOp: {
      value: (name: string, attributes: OpAttribute[], ids: number[], count: number) => {
        const outputs = binding.executeOp(name, attributes, ids, count);
        onOp(name, attributes, [...ids], outputs);
        return outputs;
      },
    },
    createTensor: {
      value: (shape: number[], dtype: number, values: ArrayBufferView) => {
        const id = binding.createTensor(shape, dtype, values);
        onConstant(id, shape, dtype, values);
        return id;
      },
    },
    tensorDataSync: {
      value: (id: number) => {
        refuse('it reads the values of a tensor on the host (data, dataSync, array or print)');
        return binding.tensorDataSync(id);
      },
    },
  });

  function watch<T>(code: () => T): T {
    const restore = stand(backend, standIn, onHostValues, onRandom);
    try {
      return code();
    } finally {
      restore();
      // biome-ignore lint/correctness/noUnsafeFinally: the first offence explains an error that came after it
      if (offence) throw offence;
    }
  }

  return { events, watch, resolve };
}

type Move = TensorFlowBackend['move'];

/** Puts the stand-in and the two spies in place. @returns what takes them away again */
function stand(
  backend: TensorFlowBackend,
  standIn: Binding,
  onHostValues: (values: unknown) => void,
  onRandom: () => void,
): () => void {
  const { binding } = backend;
  const { random } = Math;
  const spied: { binding: Binding; move?: Move } = backend;
  const { move } = spied;
  backend.binding = standIn;
  // tfjs hands the backend every array that becomes a tensor, long before an op needs it.
  spied.move = (id, values, ...rest) => {
    onHostValues(values);
    move?.call(backend, id, values, ...rest);
  };
  Math.random = () => {
    onRandom();
    return random();
  };
  return () => {
    backend.binding = binding;
    delete spied.move; // The class's own is seen again.
    Math.random = random;
  };
}

/** The op whose scope it is. */
function opOf(scope: string): string {
  return scope.replace('__op', '');
}

/** From the outermost to the innermost. */
function scopeNames(): string[] {
  const { state } = tf.engine() as unknown as { state: { scopeStack: readonly { name: string }[] } };
  return state.scopeStack.map(({ name }) => name);
}
