import * as tf from '@tensorflow/tfjs-core';
import { planBatches } from '../../src/dataset/batches';
import type { ImageSet } from '../../src/dataset/image-set';
import { families, familyOptions } from '../../src/models';
import type { Family, Model } from '../../src/models/family';
import { wasm } from '../../src/tensor/wasm';
import { chooseCompiler, createStepper } from '../../src/training/compiled-stepper';
import { createEagerStepper, gatherInputs, type Stepper } from '../../src/training/stepper';
import { rectangles } from '../small-set';
import { variants } from '../variants';
import { weightsOf } from '../weights';

const batchSize = 4;
const seed = 5;
const small = rectangles(24, 8, 8, 1);
/** Three classes, of no meaning. */
const set: ImageSet = {
  ...small,
  classCount: 3,
  labels: Uint8Array.from({ length: small.count }, (_, i) => i % 3),
};

beforeAll(() => wasm.start());

function createModel(family: Family): Model {
  const { height, width, channels, classCount } = set;
  const options = familyOptions(family, {}, { batchSize });
  return family.create({ image: { height, width, channels }, classCount, pixelMean: 0.5, seed, options });
}

test('is what --compile takes by itself on wasm', () => {
  expect(['auto', 'off', 'graph'].map((asked) => chooseCompiler(asked as 'auto'))).toEqual([
    'graph',
    undefined,
    'graph',
  ]);
  expect(() => chooseCompiler('xla')).toThrow('the backend is wasm');
});

test.each([...families, ...variants].map((family) => [family.name, family] as const))(
  'a replayed step of %s gives the bits of the eager one, in memory that does not grow, and goes on from where either is',
  async (_, family) => {
    const count = batchSize * (family.batchesPerStep?.(familyOptions(family, {}, { batchSize })) ?? 1);
    const [eager, replayed] = [createModel(family), createModel(family)];
    const one = createEagerStepper(eager, set, count);
    const two = createStepper(replayed, set, count, family.pixelRange, 'graph');
    const train = async (model: Model, stepper: Stepper, steps: readonly number[]) => {
      const plan = planBatches(set.count, count, seed);
      const source = { model, set, plan, range: family.pixelRange, seed };
      const losses = [];
      for (const step of steps) losses.push(await stepper.run(gatherInputs(source, step), step !== 1));
      return losses;
    };
    expect(await train(replayed, two, [0, 1, 2])).toEqual([
      ...(await train(eager, one, [0])),
      ...(await train(eager, one, [1])).map(() => undefined),
      ...(await train(eager, one, [2])),
    ]);
    const before = [tf.memory().numTensors, tf.backend().numDataIds()];
    await two.settle();
    expect(await weightsOf(replayed)).toEqual(await weightsOf(eager));
    // Weights set from outside are taken up, and what was recorded is good for them.
    expect(await train(eager, one, [3])).toEqual(await train(replayed, two, [3]));
    await two.settle();
    for (const [name, variable] of replayed.variables)
      variable.assign(eager.variables.get(name) as tf.Variable);
    two.load();
    expect(await train(eager, one, [4])).toEqual(await train(replayed, two, [4]));
    await two.settle();
    expect(await weightsOf(replayed)).toEqual(await weightsOf(eager));
    expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before);
    for (const each of [two, one, eager, replayed]) each.dispose();
  },
);
