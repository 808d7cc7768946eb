// A stepper that runs the kernel calls of a recorded training step again: src/tensor/replay.
import type { AnySet } from '../dataset/image-set';
import type { Trainable } from '../models/family';
import type { TensorInput } from '../tensor/compile/inputs';
import { createReplay } from '../tensor/replay/replay';
import { figuresOf, recordedStep, stepValues } from './recorded-step';
import type { Stepper } from './stepper';

/**
 * Records the model's training step for one batch size. It starts from the present values of the model's variables, and
 * leaves them as they are until `settle`.
 * @param at a step: it is good for those of the same shapes
 */
export function createReplayedStepper(model: Trainable, set: AnySet, batchSize: number, at: number): Stepper {
  const images: TensorInput = {
    shape: [batchSize, set.height, set.width, set.channels],
    dtype: 'float32',
  };
  const recorded = recordedStep(model, set, batchSize, images, at);
  const replay = createReplay({ ...recorded, variables: model.variables });
  let settled = true;
  return {
    run: async (host, read) => {
      settled = false;
      const losses = replay.run(stepValues(host, host.images), read);
      return losses && figuresOf(losses);
    },
    settle: async () => {
      if (!settled) replay.store();
      settled = true;
    },
    load: () => {
      replay.load();
      settled = true;
    },
    dispose: () => replay.dispose(),
  };
}
