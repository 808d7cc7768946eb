import * as tf from '@tensorflow/tfjs-core';
import { planBatches } from '../../src/dataset/batches';
import { familyOptions, findFamily } from '../../src/models';
import type { Model } from '../../src/models/family';
import { native } from '../../src/tensor/native';
import { findInstallation } from '../../src/tensor/native/location';
import { wasm } from '../../src/tensor/wasm';
import { createStepper } from '../../src/training/compiled-stepper';
import { gatherInputs, type Stepper } from '../../src/training/stepper';
import { rectangles } from '../small-set';
import { weightsOf } from '../weights';

const [batchSize, seed] = [4, 5];
const set = rectangles(24, 8, 8, 1);
const family = findFamily('iwae');
/** 1 sample in steps 0 to 3, 2 in 4 to 8, and 20 from then on. */
const growing = { importanceSamples: 20, sampleSchedule: 'growing', growSteps: 10 };
const last = 12;

function createModel(): Model {
  const options = familyOptions(family, { hiddenUnits: 32, ...growing }, { batchSize });
  return family.create({ image: set, classCount: 0, pixelMean: 0.5, seed, options });
}

const stepperOf = (model: Model, compiler: 'graph' | 'xla' | undefined, first = 0) =>
  createStepper(model, set, batchSize, family.pixelRange, compiler, first);

async function train(model: Model, stepper: Stepper, from: number, to: number) {
  const source = {
    model,
    set,
    plan: planBatches(set.count, batchSize, seed),
    range: family.pixelRange,
    seed,
  };
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    // Some are not read, so that some wait when the shapes change.
    const figures = await stepper.run(gatherInputs(source, step), step % 3 === 1);
    if (figures) losses.push(figures.bound as number);
  }
  await stepper.settle();
  return losses;
}

test('samples grow from 1 over a tenth to all of them', async () => {
  await wasm.start();
  const model = createModel();
  const samples = Array.from({ length: last }, (_, step) => model.noise(3, step).posterior?.shape[1]);
  expect(samples).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 2, 20, 20, 20]);
  expect(model.losses[0]?.label).toBe('bound');
  model.dispose();
});

describe.each([
  ['wasm', wasm, ['graph']],
  ['native', native, ['graph', 'xla']],
] as const)('steps that change their shapes on %s', (name, backend, compilers) => {
  const testHere = name === 'wasm' || findInstallation() ? test : test.skip;

  testHere.each(compilers)('by %s: as op by op, and the same bits from wherever one goes on', async (how) => {
    await backend.start();
    const [eager, whole, parted] = [createModel(), createModel(), createModel()];
    const losses = await train(eager, stepperOf(eager, undefined), 0, last);

    const before = tf.memory().numTensors;
    const stepper = stepperOf(whole, how);
    const compiled = await train(whole, stepper, 0, last);
    expect(compiled).toHaveLength(losses.length);
    // What the compilers may do with the last bits: compiled-stepper.test.ts.
    const digits = name === 'wasm' ? 12 : 2;
    for (const [i, loss] of compiled.entries()) expect(loss).toBeCloseTo(losses[i] as number, digits);
    stepper.dispose();
    expect(tf.memory().numTensors).toBe(before);

    for (const [from, to] of [
      [0, 6],
      [6, last],
    ] as const) {
      const part = stepperOf(parted, how, from);
      await train(parted, part, from, to);
      part.dispose();
    }
    expect(await weightsOf(parted)).toEqual(await weightsOf(whole));
    for (const model of [eager, whole, parted]) model.dispose();
  });

  testHere('goes back over a change of shape, as a roll-back does', async () => {
    await backend.start();
    const [straight, returned] = [createModel(), createModel()];
    const one = stepperOf(straight, 'graph');
    await train(straight, one, 0, 6);
    const two = stepperOf(returned, 'graph');
    await train(returned, two, 0, 3);
    const kept = [...returned.variables].map(([key, variable]) => [key, variable.clone()] as const);
    await train(returned, two, 3, last);
    for (const [key, values] of kept) {
      (returned.variables.get(key) as tf.Variable).assign(values);
      values.dispose();
    }
    two.load();
    await train(returned, two, 3, 6);
    expect(await weightsOf(returned)).toEqual(await weightsOf(straight));
    for (const each of [one, two, straight, returned]) each.dispose();
  });
});
