// Runs a function once on any backend of TensorFlow.js and writes down the kernels that it calls, and on what.
import * as tf from '@tensorflow/tfjs-core';
import { spyOnHost } from '../../tensor/compile/host-spy';
import type { RecordingError } from '../../tensor/compile/recording-error';
import type { HostValues } from './graph';

/** What was seen of a tensor. */
export interface TapeValue {
  readonly kind: 'input' | 'weight' | 'constant' | 'result';
  /** Of an input or a weight. */
  readonly name?: string;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  /** Of a weight or a constant. */
  readonly values?: HostValues;
}

interface TapeCall {
  readonly kernel: string;
  readonly attributes: tf.NamedAttrMap;
  readonly inputs: Readonly<Record<string, TapeValue>>;
  readonly outputs: readonly TapeValue[];
}

export interface Tape {
  readonly calls: readonly TapeCall[];
  readonly outputs: Readonly<Record<string, TapeValue>>;
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What of tfjs's engine runs kernels and reads values: kernels of customGrad have no name. */
interface Engine {
  runKernelFunc?(call: {
    readonly kernelName?: string;
    readonly inputs: Readonly<Record<string, tf.Tensor | undefined>> | readonly tf.Tensor[];
    readonly attrs?: tf.NamedAttrMap;
  }): tf.Tensor | tf.Tensor[];
  readSync?(dataId: object): HostValues;
}

/**
 * What follows from no input and no weight is a constant of the tape.
 * @param refuse told of what would be frozen into it: random numbers, and values that are read on the way
 */
export function record(
  inputs: Tensors,
  weights: ReadonlyMap<string, tf.Variable>,
  run: (inputs: Tensors) => Tensors,
  refuse: (problem: string) => void,
): Tape {
  const engine = tf.engine() as unknown as Engine;
  const runKernelFunc = engine.runKernelFunc as NonNullable<Engine['runKernelFunc']>;
  const readSync = engine.readSync as NonNullable<Engine['readSync']>;
  const calls: TapeCall[] = [];
  const known = new Map<number, TapeValue>();
  const read = (tensor: tf.Tensor) => readSync.call(engine, tensor.dataId).slice() as HostValues;
  const declare = ({ id, shape, dtype }: tf.Tensor, rest: Pick<TapeValue, 'kind' | 'name' | 'values'>) => {
    const value = { shape: [...shape], dtype, ...rest };
    known.set(id, value);
    return value;
  };
  const resolve = (tensor: tf.Tensor) =>
    known.get(tensor.id) ?? declare(tensor, { kind: 'constant', values: read(tensor) });
  for (const [name, tensor] of Object.entries(inputs)) declare(tensor, { kind: 'input', name });
  for (const [name, variable] of weights) declare(variable, { kind: 'weight', name });

  let isInKernel = false;
  engine.runKernelFunc = (call) => {
    if (call.kernelName === undefined || isInKernel) return runKernelFunc.call(engine, call);
    const given = Object.entries(call.inputs).flatMap(([name, tensor]) =>
      tensor ? [[name, resolve(tensor)] as const] : [],
    );
    isInKernel = true;
    try {
      const result = runKernelFunc.call(engine, call);
      const results = Array.isArray(result) ? result : [result];
      const isConstant = given.every(([, { kind }]) => kind === 'constant');
      const outputs = results.map((tensor) =>
        declare(tensor, isConstant ? { kind: 'constant', values: read(tensor) } : { kind: 'result' }),
      );
      if (isConstant) return result;
      const { kernelName: kernel, attrs: attributes = {} } = call;
      calls.push({ kernel, attributes, inputs: Object.fromEntries(given), outputs });
      return result;
    } finally {
      isInKernel = false;
    }
  };
  engine.readSync = (dataId) => {
    if (!isInKernel) refuse('it reads the values of a tensor while it computes');
    return readSync.call(engine, dataId);
  };
  const spy = spyOnHost(tf.backend(), ({ problem }: RecordingError) => refuse(problem));
  const outputs: Record<string, TapeValue> = {};
  try {
    tf.tidy(() => {
      for (const [name, tensor] of Object.entries(run(inputs))) outputs[name] = resolve(tensor);
    });
    return { calls, outputs };
  } finally {
    spy.leave();
    delete engine.runKernelFunc; // The class's own are seen again.
    delete engine.readSync;
  }
}
