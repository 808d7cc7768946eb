// Runs a recorded step again by its kernel calls alone: without tfjs's engine, its tape and its tensors, and with memory
// given back as soon as nobody reads it any more.

import * as tf from '@tensorflow/tfjs-core';
import { checkedValues, type TensorInput, type Values, withStandIns } from '../compile/inputs';
import { type KernelCall, type Operand, type Recording, record, type Slot, setVariable } from './record';

export interface ReplayRequest {
  /** What the step reads besides its variables; given anew with each run. */
  readonly inputs: Readonly<Record<string, TensorInput>>;
  /** What the step reads and changes: weights, moving statistics, the optimizer's slots. All must exist already. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Tensor code alone: it changes variables by `assign`, and returns tensors for the caller to dispose. */
  step(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
}

/** A recorded step. It has its own copy of the variables. */
export interface ReplayedStep {
  /**
   * Runs the step once: the same kernels in the same order as when it was recorded, so the same bits.
   * @param values for each input
   * @returns the outputs when `read`; what only they need is not computed otherwise
   * @throws RangeError when an array does not have the declared size
   */
  run(values: Readonly<Record<string, Values>>, read: boolean): Record<string, Float32Array> | undefined;
  /** Takes the values of the tf.Variables. Done once by `createReplay`. */
  load(): void;
  /** Puts the values into the tf.Variables. */
  store(): void;
  dispose(): void;
}

/** Whether recorded steps run so on the backend in use. TensorFlow's have a graph instead, and cpu is for tests. */
export const canReplay = () => tf.getBackend() === 'wasm';

/** What the replay needs of a backend; tfjs's own have it. */
interface Memory {
  write(values: Values | Uint8Array, shape: number[], dtype: tf.DataType): object;
  readSync(dataId: object): Values;
  disposeData(dataId: object): boolean;
  incRef(dataId: object): void;
}

/**
 * Records the step by running it once. The variables are as before.
 * @throws RecordingError for a step that would run otherwise than it is written
 */
export function createReplay({ inputs, variables, step }: ReplayRequest): ReplayedStep {
  const backend = tf.backend() as unknown as Memory;
  const targets = [...variables.values()];
  const recording = withStandIns(inputs, (standIns) => record(standIns, targets, step));
  /** What lies in each slot now. */
  const held: (object | undefined)[] = new Array(recording.slotCount).fill(undefined);
  const plans = {
    read: planOf(recording, [...recording.outputs.values()]),
    unread: planOf(recording, []),
  };
  const place = ({ slot, shape, dtype }: Operand, values: Values | Uint8Array) => {
    held[slot] = backend.write(values, shape, dtype);
  };
  const release = (slot: Slot) => {
    const data = held[slot];
    held[slot] = undefined;
    if (data) backend.disposeData(data);
  };
  for (const constant of recording.constants) place(constant, constant.values);

  const load = () => {
    targets.forEach((variable, i) => {
      const { before } = recording.variables[i] as Recording['variables'][number];
      release(before.slot);
      place(before, variable.dataSync() as Values);
    });
  };
  load();
  return {
    run: (values, read) => {
      for (const [name, operand] of recording.inputs)
        place(operand, checkedValues(name, values[name], operand.shape, 'recorded'));
      const plan = read ? plans.read : plans.unread;
      for (const { call, unused, after } of plan.steps) {
        perform(call, held);
        for (const slot of unused) release(slot);
        for (const slot of after) release(slot);
      }
      const outputs = read
        ? readOutputs(recording, (slot) => backend.readSync(held[slot] as object))
        : undefined;
      // All new values first: one variable's may be another's old one.
      const next = recording.variables.map(({ after }) => held[after.slot] as object);
      for (const data of next) backend.incRef(data);
      for (const slot of plan.atEnd) release(slot);
      recording.variables.forEach(({ before }, i) => {
        release(before.slot);
        held[before.slot] = next[i];
      });
      return outputs;
    },
    load,
    store: () => {
      targets.forEach((variable, i) => {
        const { before } = recording.variables[i] as Recording['variables'][number];
        setVariable(variable, backend.readSync(held[before.slot] as object));
      });
    },
    dispose: () => {
      for (const slot of held.keys()) release(slot);
    },
  };
}

function readOutputs({ outputs }: Recording, read: (slot: Slot) => Values): Record<string, Float32Array> {
  return Object.fromEntries([...outputs].map(([name, { slot }]) => [name, read(slot) as Float32Array]));
}

interface PreparedCall {
  readonly kernelFunc: tf.KernelFunc;
  readonly backend: object;
  readonly attributes: tf.NamedAttrMap;
  /** The same objects each time, whose `dataId` is set before the call. */
  readonly inputs: tf.NamedTensorInfoMap;
  readonly operands: readonly { readonly slot: Slot; readonly info: { dataId: object } }[];
  readonly outputs: readonly Slot[];
}

interface Plan {
  readonly steps: readonly {
    readonly call: PreparedCall;
    /** Outputs that nobody reads. */
    readonly unused: readonly Slot[];
    /** What nobody reads after this call. */
    readonly after: readonly Slot[];
  }[];
  /** What is to be given back at the end of the step. */
  readonly atEnd: readonly Slot[];
}

/** The calls that variables and `outputs` depend on, and when memory is given back. */
function planOf({ calls, inputs, variables, constants }: Recording, outputs: readonly Operand[]): Plan {
  const wanted = new Set([...variables.map(({ after }) => after.slot), ...outputs.map(({ slot }) => slot)]);
  /** Variables and constants are kept, and what they and the outputs are made of until the end. */
  const kept = new Set([...variables.map(({ before }) => before.slot), ...constants.map(({ slot }) => slot)]);
  const last = new Set([...wanted].filter((slot) => !kept.has(slot)));
  const seen = new Set([...wanted, ...kept]);
  const steps = [];
  for (const call of [...calls].reverse()) {
    if (!call.outputs.some((slot) => wanted.has(slot))) continue;
    const unused = call.outputs.filter((slot) => !wanted.has(slot));
    const after = new Set<Slot>();
    for (const { slot } of operandsOf(call)) {
      wanted.add(slot);
      if (!seen.has(slot)) after.add(slot);
      seen.add(slot);
    }
    steps.push({ call: prepare(call), unused, after: [...after] });
  }
  const unreadInputs = [...inputs.values()].map(({ slot }) => slot).filter((slot) => !seen.has(slot));
  return { steps: steps.reverse(), atEnd: [...last, ...unreadInputs] };
}

const operandsOf = ({ inputs }: KernelCall): Operand[] => Object.values(inputs);

function prepare({ kernelName, attributes, inputs, outputs }: KernelCall): PreparedCall {
  const kernel = tf.getKernel(kernelName, tf.getBackend());
  if (!kernel) throw new Error(`The kernel ${kernelName} is gone.`);
  const operands: { slot: Slot; info: { dataId: object } }[] = [];
  const infoOf = ({ slot, shape, dtype }: Operand) => {
    const info = { dataId: {}, shape, dtype };
    operands.push({ slot, info });
    return info;
  };
  const infos = Array.isArray(inputs)
    ? inputs.map(infoOf)
    : Object.fromEntries(Object.entries(inputs).map(([name, operand]) => [name, infoOf(operand as Operand)]));
  return {
    ...{ kernelFunc: kernel.kernelFunc, backend: tf.backend(), attributes },
    ...{ inputs: infos as unknown as tf.NamedTensorInfoMap, operands, outputs },
  };
}

function perform(
  { kernelFunc, backend, attributes, inputs, operands, outputs }: PreparedCall,
  held: (object | undefined)[],
): void {
  for (const { slot, info } of operands) info.dataId = held[slot] as object;
  const result = kernelFunc({ inputs, attrs: attributes, backend });
  for (const [i, { dataId }] of (Array.isArray(result) ? result : [result]).entries())
    held[outputs[i] as Slot] = dataId;
}
