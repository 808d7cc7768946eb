// Compiles a training step written in tfjs ops: one call of TensorFlow's runs it all, and the weights stay there.
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import { engineBackend } from '../native/addon';
import type { Binding, TensorFlowBackend, TensorMetadata } from '../native/binding';
import { type ByteRows, tableWords } from './byte-rows';
import { dataType } from './data-type';
import { buildGraph, buildLoop, type SessionGraph, type StepGraph } from './graph';
import { checkedValues, type InputSpec, type Values, withStandIns } from './inputs';
import { feedLoop } from './loop-feed';
import { canLoop } from './op-outputs';
import { record } from './record';
import type { GraphNode } from './saved-model';
import { openSession, type Session } from './session';
import { withSharedLoops } from './xla-flags';

export type { ByteImages, ByteRows, ByteScale } from './byte-rows';
export type { InputSpec, TensorInput, Values } from './inputs';

export interface StepRequest {
  /** What the step reads besides its variables; fed anew with each run. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** What the step reads and changes: weights, moving statistics, the optimizer's slots. All must exist already. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** Tensor code alone: it changes variables by `assign`, and returns tensors for the caller to dispose. */
  step(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
  /** `graph` runs TensorFlow's own kernels: the same bits as without compiling. With `xla` rounding differs: it makes one
   *  kernel of the whole step; of one with convolutions several, of what lies between, during the first run. */
  readonly compiler: Compiler;
  /** How many steps `runChain` takes; without it there is none. */
  readonly chained?: number;
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
  /** Which `runChain` takes: `whole` chains alone, or also shorter ones. */
  readonly chains: 'none' | 'whole' | 'any';
  /**
   * Runs so many steps as were to be chained, one after the other, in one call. Where a step leaves a core idle the next
   * begins already; the results are those of `run`.
   * @param values for each step, as `run` takes them
   * @returns the outputs of the last step when `read`
   */
  runChain(
    values: readonly Readonly<Record<string, Values>>[],
    read: boolean,
  ): Record<string, Float32Array> | undefined;
  /** Takes the values of the tf.Variables; `compileStep` begins with them. */
  load(): void;
  /** Puts the values into the tf.Variables. */
  store(): void;
  dispose(): void;
}

/**
 * Records the step by running it once, and compiles it. The variables are as before.
 * @throws RecordingError for a step that would run otherwise than it is written; BackendError without TensorFlow
 */
export function compileStep({ inputs, variables, step, compiler, chained = 1 }: StepRequest): CompiledStep {
  const backend = compilingBackend();
  const { binding } = backend;
  const recording = withStandIns(inputs, (standIns) => record(backend, standIns, variables, step));
  const types = [...variables.values()].map(({ dtype, shape }) => ({
    dtype: dataType(binding, dtype),
    shape,
  }));
  const sources = { inputs, variables: types };
  const held = () => backend.getInputTensorIds([...variables.values()]);
  // How a card fares with the loop was never seen.
  const wantsLoop = compiler === 'xla' && !backend.isUsingGpuDevice;
  const ops = recording.events.flatMap((event) => (event.kind === 'operation' ? event.op : []));
  const looped = wantsLoop && ops.every(canLoop) ? openLoop() : undefined;
  const chains = looped ? 'any' : compiler === 'graph' && chained > 1 ? 'whole' : 'none';
  let opened = looped ?? openGraph(buildGraph(recording, sources, binding), held());

  /** @returns undefined when XLA does not know one of the ops */
  function openLoop(): Opened | undefined {
    const graph = buildLoop(recording, sources, binding, chained);
    const { loop } = graph;
    const session = openSession(binding, graph.nodes, loop.functions);
    prepare(binding, session, graph, inputs, held());
    const feeds = [loop.count, ...[...loop.inputs.values()].map(({ feed }) => feed)];
    const run: Run = (values, read) => {
      if (values.length > chained)
        throw new RangeError(
          `Expected the values of at most ${chained} steps, got those of ${values.length}.`,
        );
      return fetchStep(binding, session, feeds, feedLoop(binding, inputs, loop, values), loop, read);
    };
    try {
      withSharedLoops(() => run([], false)); // which compiles it
    } catch {
      session.close();
      return undefined;
    }
    return { session, graph, run: (values, read) => run([values], read), runChain: run };
  }

  function openGraph(graph: StepGraph, values: readonly number[]): Opened {
    const session = openSession(binding, compiler === 'xla' ? withXla(graph) : graph.nodes);
    prepare(binding, session, graph, inputs, values);
    const runner = (each: readonly StepGraph['inputs'][], ends: Pick<StepGraph, 'outputs' | 'done'>): Run => {
      const feeds = each.flatMap((one) => [...one.values()].map(({ feed }) => feed));
      return (values, read) => {
        if (values.length !== each.length) {
          throw new RangeError(`Expected the values of ${each.length} steps, got those of ${values.length}.`);
        }
        const ids = feedSteps(binding, graph, values);
        return fetchStep(binding, session, feeds, ids, ends, read);
      };
    };
    const run = runner([graph.inputs], graph);
    return {
      session,
      graph,
      run: (values, read) => run([values], read),
      runChain: graph.chain && runner(graph.chain.inputs, graph.chain),
    };
  }

  /** The chain's graph is many times as large, so it is built for those who use it; the variables move there. */
  function addChain(): void {
    const { session, graph } = opened;
    const values = session.run([], [], graph.values);
    opened = openGraph(
      buildGraph(recording, sources, binding, chained),
      values.map(({ id }) => id),
    );
    forget(binding, values);
    session.close();
  }

  return {
    chains,
    run: (values, read) => opened.run(values, read),
    runChain: (values, read) => {
      if (!opened.runChain && chains === 'whole') addChain();
      if (opened.runChain) return opened.runChain(values, read);
      throw new Error('the step was compiled without a chain');
    },
    load: () => {
      const { session, graph } = opened;
      forget(binding, session.run(graph.initial, held(), [graph.initialised]));
    },
    store: () => {
      const fetched = opened.session.run([], [], opened.graph.values);
      for (const [i, variable] of [...variables.values()].entries()) {
        const value = backend.createOutputTensor(fetched[i] as TensorMetadata);
        variable.assign(value);
        value.dispose();
      }
    },
    dispose: () => opened.session.close(),
  };
}

type Run = CompiledStep['runChain'];

/** A graph in a session. */
interface Opened extends Pick<CompiledStep, 'run'> {
  readonly session: Session;
  readonly graph: SessionGraph;
  readonly runChain: Run | undefined;
}

/** Runs what was fed, and forgets that. */
function fetchStep(
  binding: Binding,
  session: Session,
  feeds: readonly string[],
  ids: readonly number[],
  { outputs, done }: Pick<StepGraph, 'outputs' | 'done'>,
  read: boolean,
): Record<string, Float32Array> | undefined {
  try {
    const fetched = session.run(feeds, ids, [...outputs.values(), done]);
    const result = read
      ? [...outputs.keys()].map((name, i) => [
          name,
          binding.tensorDataSync(fetched[i]?.id as number) as Float32Array,
        ])
      : undefined;
    forget(binding, fetched);
    return result && Object.fromEntries(result);
  } finally {
    for (const id of ids) binding.deleteTensor(id);
  }
}

/** @returns the tensors that steps are fed, one after the other, for the caller to delete */
function feedSteps(
  binding: Binding,
  { inputs }: StepGraph,
  values: readonly Readonly<Record<string, Values>>[],
): number[] {
  const checked = values.flatMap((one) =>
    [...inputs].map(([name, { type }]) => ({
      ...type,
      array: checkedValues(name, one[name], type.shape, 'compiled'),
    })),
  );
  return checked.map(({ shape, dtype, array }) => binding.createTensor([...shape], dtype, array));
}

/** Hands over the tables of bytes that inputs are picked from, and the variables' values. */
function prepare(
  binding: Binding,
  session: Session,
  { tables, initial, prepared }: SessionGraph,
  specs: StepRequest['inputs'],
  values: readonly number[],
): void {
  const feeds: string[] = [];
  const ids: number[] = [];
  for (const [name, { feed, type }] of tables) {
    feeds.push(feed);
    ids.push(binding.createTensor([...type.shape], type.dtype, tableWords(specs[name] as ByteRows)));
  }
  forget(binding, session.run([...feeds, ...initial], [...ids, ...values], [prepared]));
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
