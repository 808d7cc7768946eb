// Watches what a step does on JavaScript's side while it is recorded: the numbers that it draws, the tensors it makes.
import * as tf from '@tensorflow/tfjs-core';
import { RecordingError } from './recording-error';

/** Told of the first thing that cannot be recorded, and of those that follow from it. */
export type Refuse = (error: RecordingError) => void;

export interface HostSpy {
  /** Whether a tensor's values became a tensor while the spy was watching. */
  saw(values: object): boolean;
  /** The values that a tensor was made of while the spy was watching. */
  valuesOf(dataId: object): object | undefined;
  /** Stops watching. */
  leave(): void;
}

export const declareIt = 'Declare it as an input, and feed it with each step.';

/** The ops of tfjs that draw; a scope bears the op's name while it runs. */
const randomScope = /^(rand|random\w*|truncatedNormal|multinomial|dropout)__op$/;

type Move = (dataId: object, values: object | null, ...rest: never[]) => void;

/** @param backend a backend of tfjs's */
export function spyOnHost(backend: object, refuse: Refuse): HostSpy {
  const seen = new WeakSet<object>();
  const made = new WeakMap<object, object>();
  const spied: { move?: Move } = backend;
  const { move } = spied;
  const { random } = Math;
  // tfjs hands the backend every array that becomes a tensor, long before an op needs it.
  spied.move = (id, values, ...rest) => {
    const op = randomOp();
    if (op) refuse(new RecordingError(`${op} draws random numbers`, declareIt));
    // Results of kernels have no values yet on some backends.
    if (values) {
      seen.add(values);
      made.set(id, values);
    }
    move?.call(backend, id, values, ...rest);
  };
  Math.random = () => {
    const op = randomOp();
    refuse(new RecordingError(op ? `${op} draws random numbers` : 'it calls Math.random', declareIt));
    return random();
  };
  return {
    saw: (values) => seen.has(values),
    valuesOf: (dataId) => made.get(dataId),
    leave: () => {
      delete spied.move; // The class's own is seen again.
      Math.random = random;
    },
  };
}

function randomOp(): string | undefined {
  return scopeNames()
    .find((name) => randomScope.test(name))
    ?.replace('__op', '');
}

/** The op of tfjs that runs now. */
export function currentOp(): string {
  return scopeNames().at(-1)?.replace('__op', '') ?? 'it';
}

/** From the outermost to the innermost. */
function scopeNames(): string[] {
  const { state } = tf.engine() as unknown as { state: { scopeStack: readonly { name: string }[] } };
  return state.scopeStack.map(({ name }) => name);
}
