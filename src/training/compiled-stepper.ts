// A stepper that runs each training step by one call of TensorFlow: src/tensor/compile.
import { pixelScales } from '../dataset/batches';
import type { ImageSet, PixelRange } from '../dataset/image-set';
import type { Trainable } from '../models/family';
import {
  type Compiler,
  canCompile,
  compileStep,
  compilingBackend,
  type InputSpec,
  type Values,
} from '../tensor/compile/compile';
import { createEagerStepper, type HostInputs, type Stepper } from './stepper';

/** What `--compile` says. */
export type CompileChoice = 'auto' | 'off' | Compiler;

/**
 * How steps run on the backend in use; undefined is op by op. XLA is never the automatic choice: docs/compile.md.
 * @throws BackendError when compiled steps were asked for and the backend has none
 */
export function chooseCompiler(asked: CompileChoice): Compiler | undefined {
  if (asked === 'off' || (asked === 'auto' && !canCompile())) return undefined;
  compilingBackend();
  return asked === 'auto' ? 'graph' : asked;
}

/** The stepper of the compiler that was chosen. */
export function createStepper(
  model: Trainable,
  set: ImageSet,
  batchSize: number,
  range: PixelRange,
  compiler: Compiler | undefined,
): Stepper {
  if (compiler === undefined) return createEagerStepper(model, set, batchSize);
  return createCompiledStepper(model, set, batchSize, range, compiler);
}

/** Names of the compiled step's inputs: those of noise and scalars may be anything, so they get a prefix. */
const noiseName = (name: string) => `noise.${name}`;
const scalarName = (name: string) => `scalar.${name}`;

/**
 * Compiles the model's training step for one batch size. It starts from the present values of the model's variables,
 * and leaves them as they are until `settle`.
 */
export function createCompiledStepper(
  model: Trainable,
  set: ImageSet,
  batchSize: number,
  range: PixelRange,
  compiler: Compiler,
): Stepper {
  const noise = model.noise(batchSize);
  const scalars = Object.keys(model.scalars(0));
  const inputs: Record<string, InputSpec> = {
    // The set stays with TensorFlow, as bytes: a step is fed which images.
    images: {
      bytes: set.pixels,
      rows: set.count,
      picked: batchSize,
      rowShape: [set.height, set.width, set.channels],
      scale: pixelScales[range],
    },
    ...(set.labels && { labels: { shape: [batchSize], dtype: 'int32' } }),
  };
  for (const [name, { shape }] of Object.entries(noise))
    inputs[noiseName(name)] = { shape, dtype: 'float32' };
  for (const name of scalars) inputs[scalarName(name)] = { shape: [], dtype: 'float32' };

  const step = compileStep({
    inputs,
    variables: model.variables,
    compiler,
    step: (tensors) =>
      model.step({
        images: tensors.images as never,
        labels: tensors.labels as never,
        noise: Object.fromEntries(
          Object.keys(noise).map((name) => [name, tensors[noiseName(name)] as never]),
        ),
        scalars: Object.fromEntries(scalars.map((name) => [name, tensors[scalarName(name)] as never])),
      }),
  });
  let settled = true;
  return {
    run: async (host, read) => {
      settled = false;
      const losses = step.run(toValues(host), read);
      return (
        losses && Object.fromEntries(Object.entries(losses).map(([name, [value]]) => [name, value as number]))
      );
    },
    settle: async () => {
      if (!settled) step.store();
      settled = true;
    },
    load: () => {
      step.load();
      settled = true;
    },
    dispose: () => step.dispose(),
  };
}

function toValues({ indices, labels, noise, scalars }: HostInputs): Record<string, Values> {
  const values: Record<string, Values> = { images: Int32Array.from(indices), ...(labels && { labels }) };
  for (const [name, numbers] of Object.entries(noise)) values[noiseName(name)] = numbers;
  for (const [name, number] of Object.entries(scalars)) values[scalarName(name)] = Float32Array.of(number);
  return values;
}
