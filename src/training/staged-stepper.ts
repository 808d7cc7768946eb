// A stepper for runs whose steps change their shapes: what is compiled is good for one shape of each input.
import type { Trainable } from '../models/family';
import type { Stepper } from './stepper';

/**
 * Makes a stepper for the shapes of each step, when they are others than those of the step before.
 * @param create makes one for the shapes of a step, from the present values of the model's variables
 * @param first the step that it is to begin with: its stepper is made at once
 */
export function createStagedStepper(
  model: Pick<Trainable, 'noise'>,
  batchSize: number,
  create: (step: number) => Stepper,
  first: number,
): Stepper {
  const stageOf = (step: number) =>
    Object.values(model.noise(batchSize, step))
      .map(({ shape }) => shape.join())
      .join(';');
  let stage = stageOf(first);
  let stepper = create(first);
  return {
    run: async (inputs, read) => {
      const next = stageOf(inputs.step);
      if (next !== stage) {
        await stepper.settle();
        stepper.dispose();
        stepper = create(inputs.step);
        stage = next;
      }
      return stepper.run(inputs, read);
    },
    settle: () => stepper.settle(),
    load: () => stepper.load(),
    dispose: () => stepper.dispose(),
  };
}
