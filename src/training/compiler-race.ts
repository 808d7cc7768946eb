// Has both of TensorFlow's compilers train a `dcgan` for some steps, to see which is the faster on this machine.
import { planBatches } from '../dataset/batches';
import type { ImageSet } from '../dataset/image-set';
import { familyOptions, findFamily } from '../models';
import type { Compiler } from '../tensor/compile/compile';
import { createCompiledStepper } from './compiled-stepper';
import type { CompilerRace } from './compiler-record';
import { gatherInputs } from './stepper';

const [untimed, timed] = [2, 6];

/** Takes some ten seconds. @throws BackendError when the backend in use has no compilers */
export async function raceCompilers(): Promise<CompilerRace> {
  return { graphMs: await stepMs('graph'), xlaMs: await stepMs('xla') };
}

/** @returns the fastest of some steps */
async function stepMs(compiler: Compiler): Promise<number> {
  const family = findFamily('dcgan');
  const options = familyOptions(family, {}, {});
  const batchSize = options.batchSize as number;
  const set = waves(batchSize);
  const { height, width, channels } = set;
  const image = { height, width, channels };
  const model = family.create({ image, classCount: 0, pixelMean: 0.5, seed: 1, options });
  const stepper = createCompiledStepper(model, set, batchSize, family.pixelRange, compiler);
  const plan = planBatches(set.count, batchSize, 1);
  const run = async (step: number) => {
    const inputs = gatherInputs({ model, set, plan, range: family.pixelRange, seed: 1 }, step);
    const began = performance.now();
    await stepper.run(inputs, true);
    return performance.now() - began;
  };
  try {
    let best = Number.POSITIVE_INFINITY;
    for (let step = 0; step < untimed + timed; step++) {
      const ms = await run(step);
      if (step >= untimed) best = Math.min(best, ms);
    }
    return best;
  } finally {
    stepper.dispose();
    model.dispose();
  }
}

/** So many images that hold nothing in particular. */
function waves(count: number): ImageSet {
  const [height, width, channels] = [28, 28, 1];
  const pixels = Uint8Array.from(
    { length: count * height * width },
    (_, i) => 127 + 120 * Math.sin(i * 0.37),
  );
  return { count, height, width, channels, pixels, labels: undefined, classCount: 0 };
}
