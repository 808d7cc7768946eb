// The resource variables through which eager kernels carry values in and out of TensorFlow's ops. In the recording
// they are dissolved: what counts is the tensor that each holds at the time.
import type { TensorId } from './recording';

export interface Carriers {
  /** Whether the id is of a variable's handle. */
  has(id: TensorId): boolean;
  assign(handle: TensorId, value: TensorId): void;
  value(handle: TensorId): TensorId;
  /** An op changes some of them. @returns what each held before, and the new ids of what each holds after */
  change(handles: readonly TensorId[]): { before: readonly TensorId[]; after: readonly TensorId[] };
}

export function createCarriers(): Carriers {
  const held = new Map<TensorId, TensorId>();
  let changes = 0;
  return {
    has: (id) => held.has(id),
    assign: (handle, value) => {
      held.set(handle, value);
    },
    value: (handle) => held.get(handle) as TensorId,
    change: (handles) => {
      const before = handles.map((handle) => held.get(handle) as TensorId);
      const after = handles.map(() => -++changes);
      for (const [i, handle] of handles.entries()) held.set(handle, after[i] as TensorId);
      return { before, after };
    },
  };
}
