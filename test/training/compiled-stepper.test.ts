import * as tf from '@tensorflow/tfjs-core';
import { gatherBatch, pixelScales, planBatches } from '../../src/dataset/batches';
import type { ImageSet, PixelRange } from '../../src/dataset/image-set';
import { families } from '../../src/models';
import type { Family, Model } from '../../src/models/family';
import { cpu } from '../../src/tensor/cpu';
import { native } from '../../src/tensor/native';
import { findInstallation } from '../../src/tensor/native/location';
import { chooseCompiler, createCompiledStepper, suitedCompiler } from '../../src/training/compiled-stepper';
import { readRace, winnerOf } from '../../src/training/compiler-record';
import { createEagerStepper, gatherInputs, type Stepper } from '../../src/training/stepper';
import { rectangles } from '../small-set';
import { narrowOptions, variants } from '../variants';
import { weightsOf } from '../weights';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const batchSize = 4;
const seed = 5;

function createModel(family: Family, { height, width, channels, classCount }: ImageSet): Model {
  const options = optionsOf(family);
  return family.create({ image: { height, width, channels }, classCount, pixelMean: 0.5, seed, options });
}

const optionsOf = (family: Family) => narrowOptions(family, batchSize);

/** All the images that a step reads. */
const imagesPerStep = (family: Family) => batchSize * (family.batchesPerStep?.(optionsOf(family)) ?? 1);

/** TensorFlow's graph optimiser reorders sums of several terms and divisions of these steps, which moves last bits
 *  (docs/compile.md); their losses are held to 0.005 instead. */
const lastBitsVary = ({ name }: Family) => /^iwae|sngan|relativistic|color-translation-cutout/.test(name);

/** Three classes, of no meaning. */
function labelled(set: ImageSet): ImageSet {
  return { ...set, classCount: 3, labels: Uint8Array.from({ length: set.count }, (_, i) => i % 3) };
}

/** Trains steps `from` to `to` and returns the losses of each. */
async function train(
  { family, model, set }: Trained,
  stepper: Stepper,
  from: number,
  to: number,
  isRead: (step: number) => boolean = () => true,
) {
  const plan = planBatches(set.count, imagesPerStep(family), seed);
  const source = { model, set, plan, range: family.pixelRange, seed };
  const losses = [];
  for (let step = from; step < to; step++) {
    losses.push(await stepper.run(gatherInputs(source, step), isRead(step)));
  }
  return losses;
}

interface Trained {
  readonly family: Family;
  readonly model: Model;
  readonly set: ImageSet;
}

const eagerOf = ({ family, model, set }: Trained) => createEagerStepper(model, set, imagesPerStep(family));

/** @param steps in a chain: TensorFlow looks at each of them when it opens a graph */
const compiledOf = ({ family, model, set }: Trained, steps = 1) =>
  createCompiledStepper(model, set, imagesPerStep(family), family.pixelRange, 'graph', {
    steps,
    alone: aloneSteps,
    longStepMs: Number.POSITIVE_INFINITY,
  });

/** Steps that run alone; of the others three and three are chained, the last of the second three is read, and two are
 *  left for `settle`. Before all of them one runs op by op. */
const [aloneSteps, chained] = [2, 3];
const alone = 1 + aloneSteps;
const readInChain = alone + 2 * chained - 1;
const last = readInChain + 1 + 2;

/** What came of a model whose steps first ran op by op, then alone and then in chains: opening a graph is what costs, so all
 *  tests of a family look at the same. */
async function trainAloneAndChained(trained: Trained) {
  const { model } = trained;
  const losses = await train(trained, eagerOf(trained), 0, 1);
  const stepper = compiledOf(trained, chained);
  losses.push(...(await train(trained, stepper, 1, 2)));
  await stepper.settle();
  const tensorsBefore = countTensors();
  const idsBefore = dataIds(model);
  await stepper.settle();
  const idsAfter = dataIds(model);
  losses.push(...(await train(trained, stepper, 2, alone)));
  await stepper.settle();
  const weights = await weightsOf(model);
  const later = await train(trained, stepper, alone, last, (step) => step === readInChain);
  await stepper.settle(); // which runs the last two
  const tensorsAfter = countTensors();
  stepper.dispose();
  return {
    losses,
    weights,
    lossesInChain: later[readInChain - alone],
    weightsAtEnd: await weightsOf(model),
    tensors: [tensorsBefore, tensorsAfter],
    ids: [idsBefore, idsAfter],
  };
}

function countTensors(): number[] {
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  return [tf.memory().numTensors, binding.getNumOfTensors()];
}

const dataIds = (model: Model) => [...model.variables.values()].map(({ dataId }) => dataId);

type Losses = Awaited<ReturnType<typeof train>>;
type Weights = Awaited<ReturnType<typeof weightsOf>>;

function expectClose(losses: Losses, expected: Losses): void {
  const all = (each: Losses) => each.flatMap((loss) => Object.values(loss ?? {}));
  expect(all(losses)).toEqual(all(expected).map((loss) => expect.closeTo(loss, 2)));
}

describeNative.each([...families, ...variants].map((family) => [family.name, family] as const))(
  'a compiled step of %s',
  (_, family) => {
    const create = (set: ImageSet): Trained => ({ family, model: createModel(family, set), set });
    const small = labelled(rectangles(40, 8, 8, 1));
    let compiled: Trained;
    let seen: Awaited<ReturnType<typeof trainAloneAndChained>>;

    beforeAll(async () => {
      await native.start();
      compiled = create(small);
      seen = await trainAloneAndChained(compiled);
    });

    afterAll(() => compiled.model.dispose());

    test('gives the bits of the eager step for images of 8×8×1, in chains too, and either goes on from where the other is', async () => {
      const eager = create(small);
      const stepper = eagerOf(eager);
      const losses = await train(eager, stepper, 0, alone);
      if (lastBitsVary(family)) {
        expectClose(seen.losses, losses);
      } else {
        expect(seen.losses).toEqual(losses);
        expect(seen.weights).toEqual(await weightsOf(eager.model));
        expectChained(await train(eager, stepper, alone, last), await weightsOf(eager.model));
        const goesOn = (trained: Trained) => train(trained, eagerOf(trained), last, last + 2);
        expect(await goesOn(compiled)).toEqual(await goesOn(eager));
        expect(await weightsOf(compiled.model)).toEqual(await weightsOf(eager.model));
      }
      eager.model.dispose();
    });

    /** That steps alone came to the same. @param losses of the steps from `alone` on */
    function expectChained(losses: Losses, weights: Weights): void {
      expect(seen.lossesInChain).toEqual(losses[readInChain - alone]);
      expect(seen.weightsAtEnd).toEqual(weights);
    }

    // Where the bits are those of the eager step, the test above has run them one by one.
    if (lastBitsVary(family))
      test('gives the same whether steps run one by one or in chains', async () => {
        const other = create(small);
        const first = await train(other, eagerOf(other), 0, 1);
        const stepper = compiledOf(other);
        expect([...first, ...(await train(other, stepper, 1, alone))]).toEqual(seen.losses);
        const losses = await train(other, stepper, alone, last);
        await stepper.settle();
        expectChained(losses, await weightsOf(other.model));
        stepper.dispose();
        other.model.dispose();
      });

    test('keeps the number of tensors constant, and settles only when something changed', () => {
      expect(seen.ids[1]).toEqual(seen.ids[0]);
      expect(seen.tensors[1]).toEqual(seen.tensors[0]);
    });

    // Other options do not change how an image's shape is dealt with.
    if (variants.includes(family)) return;
    test('gives the bits of the eager step for images of 9×7×3, and goes on from where it is', async () => {
      const set = labelled(rectangles(40, 9, 7, 3));
      const [eager, other] = [create(set), create(set)];
      const stepper = compiledOf(other);
      const losses = await train(other, stepper, 0, alone);
      await stepper.settle();
      stepper.dispose();
      const one = eagerOf(eager);
      const expected = await train(eager, one, 0, alone);
      if (lastBitsVary(family)) {
        expectClose(losses, expected);
      } else {
        expect(losses).toEqual(expected);
        expect(await weightsOf(other.model)).toEqual(await weightsOf(eager.model));
        expect(await train(other, eagerOf(other), alone, alone + 2)).toEqual(
          await train(eager, one, alone, alone + 2),
        );
        expect(await weightsOf(other.model)).toEqual(await weightsOf(eager.model));
      }
      eager.model.dispose();
      other.model.dispose();
    });
  },
);

describeNative.each(['vae', 'gan', 'gan (relativistic)', 'iwae (2)', 'conv-vae'])(
  "XLA's step of %s",
  (name) => {
    test('gives the same bits one by one and in calls of many, close to those of the eager step', async () => {
      await native.start();
      const family = [...families, ...variants].find((each) => each.name === name) as Family;
      const set = labelled(rectangles(40, 8, 8, 1));
      const [eager, one, many] = Array.from({ length: 3 }, () => ({
        family,
        model: createModel(family, set),
        set,
      })) as [Trained, Trained, Trained];
      const steps = 9;
      const runs = [one, many].map(async (trained, i) => {
        const { model } = trained;
        const stepper = createCompiledStepper(model, set, imagesPerStep(family), family.pixelRange, 'xla', {
          steps: i === 0 ? 1 : 4,
          alone: 1,
          longStepMs: Number.POSITIVE_INFINITY,
        });
        const losses = await train(trained, stepper, 0, steps, (step) => i === 0 || step === 6);
        await stepper.settle();
        stepper.dispose();
        return losses;
      });
      const [alone, together] = await Promise.all(runs);
      expectClose(alone as Losses, await train(eager, eagerOf(eager), 0, steps));
      expect(together?.[6]).toEqual(alone?.[6]);
      expect(await weightsOf(many.model)).toEqual(await weightsOf(one.model));
      for (const { model } of [eager, one, many]) model.dispose();
    });
  },
);

describe('--compile', () => {
  test('takes a graph by itself where there is TensorFlow, and refuses one elsewhere', async () => {
    await cpu.start();
    expect(chooseCompiler('auto')).toBeUndefined();
    expect(chooseCompiler('off')).toBeUndefined();
    expect(() => chooseCompiler('xla')).toThrow('the backend is cpu');
    if (!findInstallation()) return;
    await native.start();
    expect(['auto', 'off', 'graph', 'xla'].map((asked) => chooseCompiler(asked as 'auto'))).toEqual([
      'graph',
      undefined,
      'graph',
      'xla',
    ]);
    expect(chooseCompiler('auto', () => 'xla')).toBe('xla');
    expect(chooseCompiler('graph', () => 'xla')).toBe('graph');
  });

  test('suits XLA to small products', async () => {
    if (!findInstallation()) return;
    await native.start();
    const set = labelled(rectangles(40, 8, 8, 1));
    const suited = (name: string, images: number) => {
      const model = createModel(families.find((family) => family.name === name) as Family, set);
      const compiler = suitedCompiler(model, images);
      model.dispose();
      return compiler;
    };
    expect([suited('gan', 128), suited('vae', 256), suited('vae', 257)]).toEqual(['xla', 'xla', 'graph']);
    // Convolutions, of which it is up to the machine, and 50 samples of each image.
    expect([suited('dcgan', 8), suited('iwae', 8)]).toEqual([winnerOf(readRace()), 'graph']);
  });
});

test.each(Object.entries(pixelScales))(
  'bytes in the range %s are scaled to the bits of gatherBatch',
  (range, scale) => {
    const pixels = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const set = { count: 1, height: 16, width: 16, channels: 1, pixels, labels: undefined, classCount: 0 };
    const { multiply, add, divide } = scale;
    const scaled = Float32Array.from(pixels, (byte) => Math.fround(byte * multiply + add) / divide);
    expect(scaled).toEqual(gatherBatch(set, Uint32Array.of(0), range as PixelRange));
  },
);
