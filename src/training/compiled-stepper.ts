// A stepper that runs each training step by one call of TensorFlow: src/tensor/compile.
import { util } from '@tensorflow/tfjs-core';
import { pixelScales } from '../dataset/batches';
import { type AnySet, isStored, type PixelRange } from '../dataset/image-set';
import type { Trainable } from '../models/family';
import {
  type ByteImages,
  type ByteRows,
  type Compiler,
  canCompile,
  compileStep,
  compilingBackend,
  type Values,
} from '../tensor/compile/compile';
import { canReplay } from '../tensor/replay/replay';
import { readRace, winnerOf } from './compiler-record';
import { figuresOf, recordedStep, stepValues } from './recorded-step';
import { createReplayedStepper } from './replayed-stepper';
import { createStagedStepper } from './staged-stepper';
import { createEagerStepper, type Stepper } from './stepper';

/** What `--compile` says. */
export type CompileChoice = 'auto' | 'off' | Compiler;

/** Of more rows TensorFlow's own products are faster than those in XLA's kernel: docs/compile.md. */
const mostRowsForXla = 256;

/** What `auto` takes on TensorFlow: on the CPU one kernel of XLA's for a step of small products, and for one with convolutions what
 *  was the faster when both were tried here. */
export function suitedCompiler(model: Trainable, batchSize: number): Compiler {
  if (compilingBackend().isUsingGpuDevice) return 'graph';
  const hasConvolutions = [...model.variables.values()].some(({ rank }) => rank > 2);
  if (hasConvolutions) return winnerOf(readRace());
  // Of its last steps, which read the most.
  const noise = Object.values(model.noise(batchSize, Number.POSITIVE_INFINITY)).map(({ shape }) =>
    shape.slice(0, -1),
  );
  const rows = noise.map((sides) => util.sizeFromShape(sides));
  return Math.max(batchSize, ...rows) > mostRowsForXla ? 'graph' : 'xla';
}

/**
 * How steps run on the backend in use; undefined is op by op.
 * @param suited what `auto` takes on TensorFlow
 * @throws BackendError when compiled steps were asked for and the backend has none
 */
export function chooseCompiler(
  asked: CompileChoice,
  suited: () => Compiler = () => 'graph',
): Compiler | undefined {
  if (asked === 'off' || (asked === 'auto' && !canCompile() && !canReplay())) return undefined;
  if (asked === 'xla' || !canReplay()) compilingBackend();
  if (asked !== 'auto') return asked;
  return canReplay() ? 'graph' : suited();
}

/** The stepper of the compiler that was chosen. @param first the step that it is to begin with */
export function createStepper(
  model: Trainable,
  set: AnySet,
  batchSize: number,
  range: PixelRange,
  compiler: Compiler | undefined,
  first = 0,
): Stepper {
  if (compiler === undefined) return createEagerStepper(model, set, batchSize);
  const create = canReplay()
    ? (at: number) => createReplayedStepper(model, set, batchSize, at)
    : (at: number) => createCompiledStepper(model, set, batchSize, range, compiler, { at });
  return createStagedStepper(model, batchSize, create, first);
}

/** When steps are chained, and how many. */
interface Chaining {
  /** In a chain: by default they fit between the steps whose losses are read. */
  readonly steps: number;
  /** Steps that run alone before, to see how long they are; and where a chain has to be built, shorter runs gain less by it
   *  than that takes. */
  readonly alone: number;
  /** Longer steps keep the cores busy by themselves, and a chain of them would keep signals and bars waiting. */
  readonly longStepMs: number;
}

/** XLA's kernel takes any number of steps, so none has to be built for more of them. */
const chainings: Readonly<Record<Compiler, Chaining>> = {
  graph: { steps: 5, alone: 50, longStepMs: 30 },
  xla: { steps: 10, alone: 5, longStepMs: 30 },
};

/**
 * Compiles the model's training step for one batch size. It starts from the present values of the model's variables,
 * and leaves them as they are until `settle`. Steps whose losses are not read may wait, and then run in one call.
 * @param setting at: a step; what is compiled is good for those of the same shapes
 */
export function createCompiledStepper(
  model: Trainable,
  set: AnySet,
  batchSize: number,
  range: PixelRange,
  compiler: Compiler,
  { at = 0, ...chaining }: Partial<Chaining> & { readonly at?: number } = {},
): Stepper {
  const { steps: chained, ...limits } = { ...chainings[compiler], ...chaining };
  const rows = {
    picked: batchSize,
    rowShape: [set.height, set.width, set.channels],
    scale: pixelScales[range],
  };
  // The set stays with TensorFlow, as bytes: a step is fed which images. Of one on disk it is fed the images.
  const stored = isStored(set);
  const images: ByteRows | ByteImages = stored
    ? { ...rows, fed: true }
    : { ...rows, bytes: set.pixels, rows: set.count };
  const step = compileStep({
    ...recordedStep(model, set, batchSize, images, at),
    variables: model.variables,
    compiler,
    chained,
  });
  const stopwatch = step.chains === 'none' ? undefined : createStopwatch(limits);
  let settled = true;
  let waiting: Record<string, Values>[] = [];

  /** Runs the steps that wait. @returns the losses of the last when `read` */
  function runWaiting(read: boolean) {
    const steps = waiting;
    waiting = [];
    const isChain = step.chains === 'any' || (step.chains === 'whole' && steps.length === chained);
    if (isChain && steps.length > 0) return step.runChain(steps, read);
    const last = steps.length - 1;
    return steps.map((values, i) => step.run(values, read && i === last)).at(-1);
  }

  return {
    run: async (host, read) => {
      settled = false;
      waiting.push(stepValues(host, stored ? host.bytes : Int32Array.from(host.indices)));
      if (stopwatch?.allowsChains() && !read && waiting.length < chained) return undefined;
      const start = performance.now();
      const losses = runWaiting(read);
      stopwatch?.note(performance.now() - start);
      return losses && figuresOf(losses);
    },
    settle: async () => {
      runWaiting(false);
      if (!settled) step.store();
      settled = true;
    },
    load: () => {
      waiting = [];
      step.load();
      settled = true;
    },
    dispose: () => step.dispose(),
  };
}

/** Whether steps are short enough for chains. What comes out does not depend on it: a chain's bits are those of its steps. */
function createStopwatch({ alone, longStepMs }: Omit<Chaining, 'steps'>) {
  const times: number[] = [];
  return {
    allowsChains: () => times.length === alone && Math.min(...times) < longStepMs,
    /** @param ms of a step that ran alone */
    note: (ms: number) => {
      if (times.length < alone) times.push(ms);
    },
  };
}
