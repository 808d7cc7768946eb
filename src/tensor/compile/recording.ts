// What a recorded step is: a list of events, each an op whose tensors are named by ids.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { OpAttribute } from '../native/binding';

/** A number that names a tensor. Those of the binding are positive, those of `Update` negative. */
export type TensorId = number;

/** Values that were on the host. */
export interface Constant {
  readonly kind: 'constant';
  readonly id: TensorId;
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly values: ArrayBufferView;
}

/** An op of tensors alone. */
export interface Operation {
  readonly kind: 'operation';
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
  /** Of the outputs. */
  readonly shapes: readonly (readonly number[])[];
}

/** An op that changes resource variables in place, such as ResourceApplyAdam. */
export interface Update {
  readonly kind: 'update';
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  /** What the variables held before, in the order of the op's first inputs. */
  readonly state: readonly TensorId[];
  /** The op's other inputs. */
  readonly inputs: readonly TensorId[];
  /** What the variables hold after. */
  readonly outputs: readonly TensorId[];
}

export type Event = Constant | Operation | Update;

export interface RecordedVariable {
  /** Its value before the step, and after. */
  readonly before: TensorId;
  readonly after: TensorId;
}

/** What the step returns by a name. */
export interface RecordedOutput {
  readonly id: TensorId;
  readonly dtype: number;
  readonly shape: readonly number[];
}

export interface Recording {
  /** In the order in which they ran. */
  readonly events: readonly Event[];
  readonly inputs: ReadonlyMap<string, TensorId>;
  /** In the order in which they were given. */
  readonly variables: readonly RecordedVariable[];
  readonly outputs: ReadonlyMap<string, RecordedOutput>;
}

export type Tensors = Readonly<Record<string, Tensor>>;
