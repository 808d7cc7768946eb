// Runs a step once on any backend of TensorFlow.js and writes down its kernel calls, and whose values each of them reads.

import * as tf from '@tensorflow/tfjs-core';
import { currentOp, declareIt, type HostSpy, type Refuse, spyOnHost } from '../compile/host-spy';
import type { Tensors } from '../compile/recording';
import { RecordingError } from '../compile/recording-error';

/** Names what lies in the backend's memory. Tensors that share it, as a reshape and what it reshapes, have one. */
export type Slot = number;

/** A tensor as kernels take it. */
export interface Operand {
  readonly slot: Slot;
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

export interface KernelCall {
  readonly kernelName: string;
  readonly attributes: tf.NamedAttrMap;
  /** By name, or a list for kernels that take one. */
  readonly inputs: Readonly<Record<string, Operand>> | readonly Operand[];
  readonly outputs: readonly Slot[];
}

/** Values that were on the host. */
export interface Constant extends Operand {
  readonly values: Float32Array | Int32Array | Uint8Array;
}

export interface Recording {
  /** In the order in which they ran. */
  readonly calls: readonly KernelCall[];
  readonly slotCount: number;
  readonly constants: readonly Constant[];
  readonly inputs: ReadonlyMap<string, Operand>;
  /** In the order in which they were given: what they hold before the step, and after. */
  readonly variables: readonly { readonly before: Operand; readonly after: Operand }[];
  readonly outputs: ReadonlyMap<string, Operand>;
}

type HostValues = Constant['values'];

export function setVariable(variable: tf.Variable, values: HostValues): void {
  tf.tidy(() => variable.assign(tf.tensor(values as never, variable.shape, variable.dtype as 'int32')));
}

/** What of tfjs's engine runs kernels: those of customGrad have no name. */
interface KernelRunner {
  runKernelFunc?(call: KernelInvocation): tf.Tensor | tf.Tensor[];
}

interface KernelInvocation {
  readonly kernelName?: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>> | readonly tf.Tensor[];
  readonly attrs?: tf.NamedAttrMap;
}

interface ReadingBackend {
  readSync?(dataId: object): unknown;
}

/**
 * The variables are as before when it returns.
 * @param inputs stand-ins, of the shapes and types that the step will be fed with; their values do not matter
 * @throws RecordingError for what would be frozen into the recording: randomness or values of the host, and tensors
 *   that are neither inputs nor variables
 */
export function record(
  inputs: Tensors,
  variables: readonly tf.Variable[],
  step: (inputs: Tensors) => Tensors,
): Recording {
  const values = variables.map((variable) => variable.dataSync().slice());
  // Each in memory of its own: two variables may share one tensor.
  const setAll = () => {
    for (const [i, variable] of variables.entries()) setVariable(variable, values[i] as HostValues);
  };
  setAll();
  try {
    return watch(inputs, variables, step);
  } finally {
    setAll();
  }
}

function watch(
  inputs: Tensors,
  variables: readonly tf.Variable[],
  step: (inputs: Tensors) => Tensors,
): Recording {
  let offence: RecordingError | undefined;
  const refuse = (error: RecordingError) => {
    offence ??= error;
  };
  const spy = spyOnHost(tf.backend(), refuse);
  const slots = createSlots(spy, refuse);
  const calls: KernelCall[] = [];
  const leaveEngine = listen(slots, calls, refuse);
  try {
    const declaredInputs = new Map(
      Object.entries(inputs).map(([name, tensor]) => [name, slots.declare(tensor)]),
    );
    const before = variables.map(slots.declare);
    const results = tf.tidy(() => step(inputs));
    const outputs = new Map(
      Object.entries(results).map(([name, tensor]) => [
        name,
        slots.resolve(tensor, 'the result of the step'),
      ]),
    );
    const after = variables.map((variable) => slots.resolve(variable, 'the new value of a variable'));
    tf.dispose(results);
    return {
      ...{ calls, inputs: declaredInputs, outputs },
      ...{ slotCount: slots.count(), constants: slots.constants },
      variables: before.map((operand, i) => ({ before: operand, after: after[i] as Operand })),
    };
  } finally {
    leaveEngine();
    spy.leave();
    // biome-ignore lint/correctness/noUnsafeFinally: the first offence explains an error that came after it
    if (offence) throw offence;
  }
}

interface Slots {
  readonly constants: readonly Constant[];
  count(): number;
  has(tensor: tf.TensorInfo): boolean;
  /** A new slot for what nobody has seen yet. */
  declare(tensor: tf.TensorInfo): Operand;
  /** The slot of something declared; values that the host makes during the step become constants. @param reader for the
   *  error's message */
  resolve(tensor: tf.TensorInfo, reader: string): Operand;
}

function createSlots(spy: HostSpy, refuse: Refuse): Slots {
  const slots = new Map<object, Slot>();
  const constants: Constant[] = [];
  let count = 0;
  const declare = ({ dataId, shape, dtype }: tf.TensorInfo): Operand => {
    const slot = count++;
    slots.set(dataId, slot);
    return { slot, shape, dtype };
  };
  return {
    constants,
    count: () => count,
    has: ({ dataId }) => slots.has(dataId),
    declare,
    resolve: (tensor, reader) => {
      const { dataId, shape, dtype } = tensor;
      const slot = slots.get(dataId);
      if (slot !== undefined) return { slot, shape, dtype };
      const values = spy.valuesOf(dataId);
      const operand = declare(tensor);
      if (ArrayBuffer.isView(values)) {
        constants.push({ ...operand, values: (values as Float32Array).slice() });
      } else {
        const problem = `${reader} reads a tensor that is neither an input of the step nor one of its variables`;
        refuse(new RecordingError(problem, declareIt));
      }
      return operand;
    },
  };
}

/** Writes down the kernels that the engine runs, and hears when values are read. @returns what stops it */
function listen(slots: Slots, calls: KernelCall[], refuse: Refuse): () => void {
  const backend = tf.backend();
  const engine = tf.engine() as unknown as KernelRunner;
  const runKernelFunc = engine.runKernelFunc as NonNullable<KernelRunner['runKernelFunc']>;
  const reading = backend as unknown as ReadingBackend;
  const readSync = reading.readSync as NonNullable<ReadingBackend['readSync']>;
  let isInKernel = false;

  const operandsOf = (tensors: KernelInvocation['inputs']): KernelCall['inputs'] => {
    const operandOf = (tensor: tf.Tensor) => slots.resolve(tensor, currentOp());
    if (Array.isArray(tensors)) return tensors.map(operandOf);
    const named = Object.entries(tensors as Readonly<Record<string, tf.Tensor | undefined>>);
    return Object.fromEntries(named.flatMap(([name, tensor]) => (tensor ? [[name, operandOf(tensor)]] : [])));
  };

  engine.runKernelFunc = (call) => {
    const { kernelName, attrs = {} } = call;
    // Within a kernel's call the engine takes copies, which share its memory, of what it saves for the gradient.
    if (kernelName === undefined || isInKernel) return runKernelFunc.call(engine, call);
    const inputs = operandsOf(call.inputs);
    isInKernel = true;
    try {
      const result = runKernelFunc.call(engine, call);
      const outputs = Array.isArray(result) ? result : [result];
      // A reshape or a copy that shares its input's memory computes nothing.
      if (!outputs.every(slots.has)) {
        const declared = outputs.map((output) => slots.declare(output).slot);
        calls.push({ kernelName, attributes: attrs, inputs, outputs: declared });
      }
      return result;
    } finally {
      isInKernel = false;
    }
  };
  reading.readSync = (dataId) => {
    if (!isInKernel) {
      const problem = 'it reads the values of a tensor on the host (data, dataSync, array or print)';
      refuse(new RecordingError(problem, 'Return the tensor, and read it after the step.'));
    }
    return readSync.call(backend, dataId);
  };
  return () => {
    delete engine.runKernelFunc; // The class's own are seen again.
    delete reading.readSync;
  };
}
