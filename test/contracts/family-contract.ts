// What every model family must do, on every backend that people train on and that works here.
import * as tf from '@tensorflow/tfjs-core';
import { planBatches } from '../../src/dataset/batches';
import type { Family, Model } from '../../src/models/family';
import { families, familyOptions } from '../../src/models/index';
import { readCheckpoint, writeCheckpoint } from '../../src/run/checkpoint';
import { readVariables, restoreVariables } from '../../src/run/variables';
import { backends } from '../../src/tensor';
import { createEagerStepper, gatherInputs } from '../../src/training/stepper';
import { type Drawing, drawImages, latentsAt } from '../../src/use/draw';
import { scratchFolder } from '../scratch';
import { rectangles } from '../small-set';
import { variants } from '../variants';
import { weightsOf } from '../weights';

const folder = scratchFolder();
const batchSize = 4;
const seed = 5;
const classCount = 3;
/** All of them run compiled, in test/training/compiled-stepper.test.ts; a few on every backend. */
const tested = variants.filter(({ name }) => !/^(dcgan|cgan)/.test(name));

const shapes = [
  { height: 8, width: 8, channels: 1 },
  { height: 9, width: 7, channels: 3 },
] as const;

type Shape = (typeof shapes)[number];

function settingOf(family: Family, image: Shape) {
  const options = familyOptions(family, {}, { batchSize });
  return { image, classCount: family.conditional ? classCount : 0, pixelMean: 0.5, seed, options };
}

function sourceOf(family: Family, model: Model, image: Shape) {
  const set = rectangles(40, image.height, image.width, image.channels);
  const { options } = settingOf(family, image);
  const labels = Uint8Array.from({ length: set.count }, (_, i) => i % classCount);
  const labelled = family.conditional ? { ...set, labels, classCount } : set;
  const plan = planBatches(set.count, batchSize * (family.batchesPerStep?.(options) ?? 1), seed);
  return { model, set: labelled, plan, range: family.pixelRange, seed };
}

/** What a conditional family is told to draw. */
function drawing(family: Family, count: number): Drawing {
  return family.conditional ? { labels: Int32Array.from({ length: count }, (_, i) => i % classCount) } : {};
}

/** Trains `count` steps from the beginning and returns the losses of each. */
async function trainSteps(family: Family, model: Model, image: Shape, count: number) {
  const source = sourceOf(family, model, image);
  const stepper = createEagerStepper(model, source.set, source.plan.batchSize);
  const losses = [];
  for (let step = 0; step < count; step++) losses.push(await stepper.run(gatherInputs(source, step), true));
  return losses;
}

/** Plain JavaScript is left out: too slow to train on, and the backends' own suite holds the others to it. */
const trainedOn = backends.filter((backend) => backend.name !== 'cpu');

/** @param isHeld which backends: a test file for each, so that they run side by side */
export function holdFamilies(isHeld: (backend: string) => boolean): void {
  describe.each(
    trainedOn.filter(({ name }) => isHeld(name)).map((backend) => [backend.name, backend] as const),
  )('on %s', (name, backend) => {
    let missing: string | undefined;
    beforeAll(async () => {
      const found = await backend.check();
      if (!found.available) {
        missing = found.reason;
        console.warn(`SKIPPED: every family on ${name}: ${found.reason}`);
      }
    });
    beforeEach(async () => {
      if (missing === undefined) await backend.start();
    });

    describe.each([...families, ...tested].map((family) => [family.name, family] as const))(
      '%s',
      (_, family) => {
        // Other options do not change how an image's shape is dealt with.
        const tried = variants.includes(family) ? shapes.slice(0, 1) : shapes;

        /** A test that passes over a backend that is not here; the warning above says so.
         *  @param on one shape for what depends on none: the steps are most of this suite's time */
        const holds = (what: string, check: (image: Shape) => Promise<void>, on: readonly Shape[] = tried) =>
          it.each(on.map((shape) => [`${shape.height}×${shape.width}×${shape.channels}`, shape] as const))(
            `${what}, %s`,
            async (_words, image) => {
              if (missing === undefined) await check(image);
            },
          );

        holds('draws images of the right shape, in [0, 1]', async (image) => {
          const model = family.create(settingOf(family, image));
          await trainSteps(family, model, image, 2);
          const latents = tf.randomNormal([3, model.latent.dimension], 0, 1, 'float32', 1) as tf.Tensor2D;
          const { labels } = drawing(family, 3);
          const classes = labels && tf.tensor1d(labels, 'int32');
          const images = model.sample(latents, classes && { labels: classes });
          expect(images.shape).toEqual([3, image.height, image.width, image.channels]);
          const values = [...(await images.data())];
          expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
          expect(Math.max(...values)).toBeLessThanOrEqual(1);
          expect(new Set(values.map((value) => value.toFixed(4))).size).toBeGreaterThan(10);
          tf.dispose(classes ? [latents, images, classes] : [latents, images]);
          model.dispose();
        });

        holds('encodes images, and weighs samples, when it does either', async (image) => {
          const model = family.create(settingOf(family, image));
          const count = 3;
          const pixels = tf.zeros<tf.Rank.R4>([count, image.height, image.width, image.channels]);
          const { labels } = drawing(family, count);
          const classes = labels && tf.tensor1d(labels, 'int32');
          const latents = model.encode?.(pixels, classes);
          if (latents) expect(latents.shape).toEqual([count, model.latent.dimension]);
          const epsilon = tf.ones<tf.Rank.R3>([count, 2, model.latent.dimension]);
          const weights = model.density?.logWeights(pixels, epsilon, classes);
          if (weights) {
            expect(weights.shape).toEqual([count, 2]);
            expect([...(await weights.data())].every(Number.isFinite)).toBe(true);
          }
          tf.dispose([pixels, epsilon]);
          for (const tensor of [classes, latents, weights]) tensor?.dispose();
          model.dispose();
        });

        holds('gives each of its losses as a finite number, and no other', async (image) => {
          const model = family.create(settingOf(family, image));
          for (const losses of await trainSteps(family, model, image, 3)) {
            expect(Object.keys(losses ?? {}).sort()).toEqual(model.losses.map((loss) => loss.name).sort());
            for (const loss of Object.values(losses ?? {})) expect(Number.isFinite(loss)).toBe(true);
          }
          model.dispose();
        });

        holds(
          'says of each variable what it is, and judges itself by figures that it gives',
          async (image) => {
            const model = family.create(settingOf(family, image));
            expect([...model.kinds.keys()]).toEqual([...model.variables.keys()]);
            for (const [name, variable] of model.variables) {
              const kind = model.kinds.get(name);
              expect([name, kind?.kind === 'weight']).toEqual([name, variable.trainable]);
              // These names stand in checkpoints.
              expect([name, kind?.kind === 'optimizer']).toEqual([name, name.startsWith('adam.')]);
              expect([name, kind?.kind === 'average']).toEqual([name, name.startsWith('ema.')]);
              if (kind?.kind === 'average')
                expect(model.variables.get(kind.of)?.shape).toEqual(variable.shape);
            }
            expect(model.goal === undefined).toBe(model.heldOut === undefined);
            if (model.goal) {
              expect(model.losses).toContainEqual(model.goal.training);
              expect(model.heldOut?.figures).toContainEqual(model.goal.heldOut);
            }
            model.dispose();
          },
          shapes.slice(0, 1),
        );

        holds('moves every variable of its own, and no other model’s', async (image) => {
          const model = family.create(settingOf(family, image));
          const other = family.create(settingOf(family, image));
          const [before, otherBefore] = [await weightsOf(model), await weightsOf(other)];
          await trainSteps(family, model, image, 2);
          const after = await weightsOf(model);
          const still = Object.keys(after).filter((variable) => after[variable] === before[variable]);
          // A loss of differences between logits is the same whatever is added to all of them.
          const moving = variants.includes(family)
            ? still.filter((variable) => !/discriminator\.(output|classes|dense3)\.bias/.test(variable))
            : still;
          expect(moving).toEqual([]);
          expect(await weightsOf(other)).toEqual(otherBefore);
          model.dispose();
          other.dispose();
        });

        holds(
          'starts the same and steps the same from the same seed',
          async (image) => {
            const [one, two] = [
              family.create(settingOf(family, image)),
              family.create(settingOf(family, image)),
            ];
            const losses = [await trainSteps(family, one, image, 3), await trainSteps(family, two, image, 3)];
            expect(losses[0]).toEqual(losses[1]);
            expect(await weightsOf(one)).toEqual(await weightsOf(two));
            const third = family.create({ ...settingOf(family, image), seed: seed + 1 });
            expect(await trainSteps(family, third, image, 1)).not.toEqual(losses[0]?.slice(0, 1));
            for (const model of [one, two, third]) model.dispose();
          },
          shapes.slice(0, 1),
        );

        holds(
          'leaks no tensor',
          async (image) => {
            const before = tf.memory().numTensors;
            const model = family.create(settingOf(family, image));
            const source = sourceOf(family, model, image);
            const stepper = createEagerStepper(model, source.set, source.plan.batchSize);
            await stepper.run(gatherInputs(source, 0), false);
            await stepper.run(gatherInputs(source, 1), true);
            const second = tf.memory().numTensors;
            await stepper.run(gatherInputs(source, 2), true);
            await drawImages(model, latentsAt(model, 1, 0, 2), drawing(family, 2));
            expect(tf.memory().numTensors).toBe(second);
            model.dispose();
            expect(tf.memory().numTensors).toBe(before);
          },
          shapes.slice(0, 1),
        );

        holds('is the same model after a checkpoint was written and read', async (image) => {
          const setting = settingOf(family, image);
          const [model, again] = [family.create(setting), family.create({ ...setting, seed: 99 })];
          await trainSteps(family, model, image, 2);
          const head = { family: family.name, step: 2, setting, dataset: { name: 'test', fingerprint: 'f' } };
          const written = await writeCheckpoint(folder(), head, { tensors: await readVariables(model) });
          restoreVariables(again, await readCheckpoint(written));
          expect(await weightsOf(again)).toEqual(await weightsOf(model));
          const latents = latentsAt(model, 1, 0, 3);
          const how = drawing(family, 3);
          expect(await drawImages(again, latents, how)).toEqual(await drawImages(model, latents, how));
          model.dispose();
          again.dispose();
        });
      },
    );
  });
}
