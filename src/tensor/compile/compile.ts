// Compiles a training step written in tfjs ops: one call of TensorFlow's runs it all, and the weights stay there.
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import { engineBackend } from '../native/addon';
import type { Binding, TensorFlowBackend, TensorMetadata } from '../native/binding';
import { dataType } from './data-type';
import { buildGraph, type StepGraph } from './graph';
import { type InputSpec, standIn } from './inputs';
import { record } from './record';
import type { Recording } from './recording';
import type { GraphNode } from './saved-model';
import { openSession, type Session } from './session';

export type { ByteRows, ByteScale } from './byte-rows';
export type { InputSpec, TensorInput } from './inputs';

export type Values = Float32Array | Int32Array;

export interface StepRequest {
  /** What the step reads besides its variables; fed anew with each run. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** What the step reads and changes: weights, moving statistics, the optimizer's slots. All must exist already. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Tensor code alone: it changes variables by `assign`, and returns tensors for the caller to dispose. */
  step(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
  /** `graph` runs TensorFlow's own kernels: the same bits as without compiling. `xla` fuses them into new ones during
   *  the first run, which takes seconds; rounding differs. Which is faster depends on the step. */
  readonly compiler: Compiler;
}

export type Compiler = 'graph' | 'xla';

/** A step inside TensorFlow. It has its own copy of the variables. */
export interface CompiledStep {
  /**
   * Runs the step once.
   * @param values for each input; new arrays each time, because TensorFlow may keep them
   * @returns the outputs when `read`
   * @throws RangeError when an array does not have the declared size
   */
  run(values: Readonly<Record<string, Values>>, read: boolean): Record<string, Float32Array> | undefined;
  /** Takes the values of the tf.Variables. Done once by `compileStep`. */
  load(): void;
  /** Puts the values into the tf.Variables. */
  store(): void;
  dispose(): void;
}

/**
 * Records the step by running it once, and compiles it. The variables are as before.
 * @throws RecordingError for a step that would run otherwise than it is written; BackendError without TensorFlow
 */
export function compileStep({ inputs, variables, step, compiler }: StepRequest): CompiledStep {
  const backend = compilingBackend();
  const { binding } = backend;
  const recording = recordOnce(backend, { inputs, variables, step });
  const types = [...variables.values()].map(({ dtype, shape }) => ({
    dtype: dataType(binding, dtype),
    shape,
  }));
  const graph = buildGraph(recording, { inputs, variables: types }, binding);
  const session = openSession(binding, compiler === 'xla' ? withXla(graph) : graph.nodes);
  storeTables(binding, session, graph, inputs);
  const outputs = [...graph.outputs.keys()];
  const feeds = [...graph.inputs.values()].map(({ feed }) => feed);
  const fetches = [...graph.outputs.values(), graph.done];

  function feed(values: Readonly<Record<string, Values>>): number[] {
    return [...graph.inputs].map(([name, { type }]) => {
      const array = values[name];
      const size = tf.util.sizeFromShape([...type.shape]);
      if (array?.length !== size) {
        const got = array ? `${array.length}` : 'none';
        throw new RangeError(
          `The step is compiled for ${size} values [${type.shape}] of ${name}, got ${got}.`,
        );
      }
      return binding.createTensor([...type.shape], type.dtype, array);
    });
  }

  function load(): void {
    const ids = backend.getInputTensorIds([...variables.values()]);
    forget(binding, session.run(graph.initial, ids, [graph.initialised]));
  }

  load();
  return {
    run: (values, read) => {
      const ids = feed(values);
      const fetched = session.run(feeds, ids, fetches);
      const result = read
        ? outputs.map((name, i) => [name, binding.tensorDataSync(fetched[i]?.id as number) as Float32Array])
        : undefined;
      for (const id of ids) binding.deleteTensor(id);
      forget(binding, fetched);
      return result && Object.fromEntries(result);
    },
    load,
    store: () => {
      const fetched = session.run([], [], graph.values);
      for (const [i, variable] of [...variables.values()].entries()) {
        const value = backend.createOutputTensor(fetched[i] as TensorMetadata);
        variable.assign(value);
        value.dispose();
      }
    },
    dispose: () => session.close(),
  };
}

function recordOnce(
  backend: TensorFlowBackend,
  { inputs, variables, step }: Omit<StepRequest, 'compiler'>,
): Recording {
  const standIns = Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, standIn(spec)]));
  try {
    return record(backend, standIns, variables, step);
  } finally {
    tf.dispose(standIns);
  }
}

/** Hands over the tables of bytes that inputs are picked from. */
function storeTables(
  binding: Binding,
  session: Session,
  { inputs, stored }: StepGraph,
  specs: StepRequest['inputs'],
): void {
  const feeds: string[] = [];
  const ids: number[] = [];
  for (const [name, { table }] of inputs) {
    const spec = specs[name];
    if (!table || !spec || !('bytes' in spec)) continue;
    feeds.push(table.feed);
    ids.push(binding.createTensor([...table.type.shape], table.type.dtype, spec.bytes));
  }
  if (ids.length > 0) forget(binding, session.run(feeds, ids, [stored]));
  for (const id of ids) binding.deleteTensor(id);
}

function forget(binding: Binding, tensors: readonly TensorMetadata[]): void {
  for (const { id } of tensors) binding.deleteTensor(id);
}

/** These two attributes have XLA compile a node together with its neighbours, whatever TF_XLA_FLAGS says. */
function withXla({ nodes, step }: StepGraph): GraphNode[] {
  const marks = {
    _XlaCompile: { kind: 'bool', value: true },
    _XlaScope: { kind: 'text', value: 'step' },
  } as const;
  return nodes.map((node) =>
    step.has(node.name) ? { ...node, attributes: { ...node.attributes, ...marks } } : node,
  );
}

/** Whether the backend in use can compile steps. */
export function canCompile(): boolean {
  return tf.getBackend() === engineBackend;
}

/** @throws BackendError when the backend in use cannot compile steps */
export function compilingBackend(): TensorFlowBackend {
  if (canCompile()) return tf.backend() as unknown as TensorFlowBackend;
  throw new BackendError(`Only TensorFlow compiles steps; the backend is ${tf.getBackend()}.`, {
    hint: 'Use --backend native or cuda, or --compile off.',
  });
}
