// A roll-back scales every family's step sizes, and nothing else.
import { planBatches } from '../../src/dataset/batches';
import { families, familyOptions } from '../../src/models';
import type { StoredTensor } from '../../src/run/safetensors';
import { readVariables } from '../../src/run/variables';
import { wasm } from '../../src/tensor/wasm';
import { createEagerStepper, gatherInputs, scalarsAt } from '../../src/training/stepper';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

const [batchSize, seed, classCount] = [2, 5, 3];

it.each(families.map((family) => [family.name, family] as const))(
  '%s trains nothing at a learning rate scaled to 0',
  async (_, family) => {
    const labels = Uint8Array.from({ length: 20 }, (_label, i) => i % classCount);
    const set = { ...rectangles(20, 8, 8, 1), labels, classCount };
    const options = familyOptions(family, {}, { batchSize });
    const model = family.create({ image: set, classCount, pixelMean: 0.5, seed, options });
    const plan = planBatches(set.count, batchSize * (family.batchesPerStep?.(options) ?? 1), seed);
    const source = { model, set, plan, range: family.pixelRange, seed, learningRateScale: 0 };
    const before = await readVariables(model);
    const stepper = createEagerStepper(model, set, plan.batchSize);
    await stepper.run(gatherInputs(source, 0), false);
    const after = await readVariables(model);
    const trained = [...after.keys()].filter((name) => after.has(`adam.${name}.first`));
    expect(trained.length).toBeGreaterThan(0);
    const bytes = (tensors: typeof after, name: string) =>
      Buffer.from((tensors.get(name) as StoredTensor).values.buffer);
    expect(trained.filter((name) => !bytes(after, name).equals(bytes(before, name)))).toEqual([]);
    model.dispose();
  },
);

it('scales step sizes, whatever their names, and no other number', () => {
  const model = {
    stepSizes: (step: number) => ({ fast: 1 + step, slow: 0.5 }),
    scalars: () => ({ klWeight: 7, stepSizeMost: 9 }),
  };
  expect(scalarsAt(model, 2, 0.5)).toEqual({ fast: 1.5, slow: 0.25, klWeight: 7, stepSizeMost: 9 });
  expect(scalarsAt(model, 2)).toEqual({ fast: 3, slow: 0.5, klWeight: 7, stepSizeMost: 9 });
  expect(scalarsAt({ stepSizes: () => ({ rate: 1 }) }, 0)).toEqual({ rate: 1 });
});
