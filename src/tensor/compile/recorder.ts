// Stands between tfjs-node's backend and its binding while a step runs, and writes down what passes.
import type { Binding, OpAttribute, TensorFlowBackend, TensorMetadata } from '../native/binding';
import { createCarriers } from './carriers';
import { currentOp, declareIt, type HostSpy, spyOnHost } from './host-spy';
import type { Event, TensorId } from './recording';
import { RecordingError } from './recording-error';

/** Ops that draw from a generator with a state of its own: no two runs agree. */
const statefulRandomOp = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncatedNormal)/;

export interface Recorder {
  readonly events: readonly Event[];
  /** Runs code under the recorder's eyes. @throws RecordingError for the first thing that cannot be recorded */
  watch<T>(code: () => T): T;
  /** The id under which the events know a tensor; for use inside `watch`. @param reader for the error's message */
  resolve(id: TensorId, reader: string): TensorId;
}

/** @param declared the tensors that the code may read without having made them */
export function createRecorder(backend: TensorFlowBackend, declared: readonly TensorId[]): Recorder {
  const { binding } = backend;
  const events: Event[] = [];
  const known = new Set(declared);
  const carriers = createCarriers();
  /** Tensors read from carriers, by the id of what those held. */
  const aliases = new Map<TensorId, TensorId>();
  let offence: RecordingError | undefined;
  const refuse = (error: RecordingError) => {
    offence ??= error;
  };

  function resolve(id: TensorId, reader: string): TensorId {
    const original = aliases.get(id) ?? id;
    if (!known.has(original)) {
      const problem = `${reader} reads a tensor that is neither an input of the step nor one of its variables`;
      refuse(new RecordingError(problem, declareIt));
    }
    return original;
  }

  function onConstant(id: TensorId, shape: number[], dtype: number, values: object, spy: HostSpy): void {
    if (!spy.saw(values) && dtype !== binding.TF_INT64)
      refuse(new RecordingError(`${currentOp()} reads a tensor that was made before the step`, declareIt));
    known.add(id);
    if (ArrayBuffer.isView(values)) events.push({ kind: 'constant', id, dtype, shape: [...shape], values });
    else refuse(new RecordingError('it makes a tensor of strings'));
  }

  function onCarrier(op: string, attributes: OpAttribute[], ids: number[], outputs: TensorMetadata[]): void {
    const [handle = 0, value = 0] = ids;
    if (op === 'AssignVariableOp') {
      carriers.assign(handle, resolve(value, op));
    } else if (op === 'ReadVariableOp') {
      aliases.set((outputs[0] as TensorMetadata).id, carriers.value(handle));
    } else {
      const handles = ids.filter(carriers.has);
      const inputs = ids.slice(handles.length).map((id) => resolve(id, op));
      const { before, after } = carriers.change(handles);
      for (const id of after) known.add(id);
      events.push({ kind: 'update', op, attributes, state: before, inputs, outputs: after });
    }
  }

  function onOp(op: string, attributes: OpAttribute[], ids: number[], outputs: TensorMetadata[]): void {
    if (op === 'VarHandleOp') return;
    if (op === 'AssignVariableOp' || ids.some(carriers.has)) {
      onCarrier(op, attributes, ids, outputs);
      return;
    }
    if (statefulRandomOp.test(op))
      refuse(new RecordingError(`${op} draws other random numbers in each run`, declareIt));
    if (outputs.length === 0) refuse(new RecordingError(`${op} does something outside of the step`));
    const inputs = ids.map((id) => resolve(id, op));
    for (const { id } of outputs) known.add(id);
    const shapes = outputs.map(({ shape }) => shape);
    events.push({ kind: 'operation', op, attributes, inputs, outputs: outputs.map(({ id }) => id), shapes });
  }

  function watch<T>(code: () => T): T {
    const spy = spyOnHost(backend, refuse);
    backend.binding = standIn(binding, {
      executeOp: (name, attributes, ids, count) => {
        const outputs = binding.executeOp(name, attributes, ids, count);
        onOp(name, attributes, [...ids], outputs);
        return outputs;
      },
      createTensor: (shape, dtype, values) => {
        const id = binding.createTensor(shape, dtype, values);
        onConstant(id, shape, dtype, values, spy);
        return id;
      },
      tensorDataSync: (id) => {
        const problem = 'it reads the values of a tensor on the host (data, dataSync, array or print)';
        refuse(new RecordingError(problem, 'Return the tensor, and read it after the step.'));
        return binding.tensorDataSync(id);
      },
    });
    try {
      return code();
    } finally {
      backend.binding = binding;
      spy.leave();
      // biome-ignore lint/correctness/noUnsafeFinally: the first offence explains an error that came after it
      if (offence) throw offence;
    }
  }

  return { events, watch, resolve };
}

/** The binding, whose properties are read-only, with some of its methods replaced. */
function standIn(binding: Binding, methods: Partial<Binding>): Binding {
  const properties = Object.entries(methods).map(([name, value]) => [name, { value }]);
  return Object.create(binding, Object.fromEntries(properties));
}
