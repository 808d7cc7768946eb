// What every model family must do, on every backend that people train on and that works here.
import * as tf from '@tensorflow/tfjs-core';
import { planBatches } from '../../src/dataset/batches';
import type { Family, Model } from '../../src/models/family';
import { families } from '../../src/models/index';
import { readCheckpoint, writeCheckpoint } from '../../src/run/checkpoint';
import { readVariables, restoreVariables } from '../../src/run/variables';
import { backends } from '../../src/tensor';
import { createEagerStepper, gatherInputs } from '../../src/training/stepper';
import { type Drawing, drawImages, latentsAt } from '../../src/use/draw';
import { scratchFolder } from '../scratch';
import { rectangles } from '../small-set';
import { narrowOptions, variants } from '../variants';
import { weightsOf } from '../weights';

const folder = scratchFolder();
const batchSize = 4;
const seed = 5;
const classCount = 3;
const trainedSteps = 2;
/** All of them run compiled, in test/training/compiled-stepper.test.ts; a few on every backend. */
const tested = variants.filter(({ name }) => !/^(dcgan|cgan)/.test(name));

const shapes = [
  { height: 8, width: 8, channels: 1 },
  { height: 9, width: 7, channels: 3 },
] as const;

type Shape = (typeof shapes)[number];

function settingOf(family: Family, image: Shape) {
  const options = narrowOptions(family, batchSize);
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

/** A model that was trained for a few steps, beside another that began as it did and went the same way after it.
 *  Steps are most of this suite's time: all tests of a family and shape look at the same. */
async function trainPair(family: Family, image: Shape) {
  const setting = settingOf(family, image);
  const [model, other] = [family.create(setting), family.create(setting)];
  const [before, otherBefore] = [await weightsOf(model), await weightsOf(other)];
  const losses = await trainSteps(family, model, image, trainedSteps);
  const [after, otherBeside] = [await weightsOf(model), await weightsOf(other)];
  const otherLosses = await trainSteps(family, other, image, trainedSteps);
  const otherAfter = await weightsOf(other);
  other.dispose();
  return {
    model,
    losses,
    before,
    after,
    other: { before: otherBefore, beside: otherBeside, losses: otherLosses, after: otherAfter },
  };
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
      if (found.available) {
        await backend.start();
      } else {
        missing = found.reason;
        console.warn(`SKIPPED: every family on ${name}: ${found.reason}`);
      }
    });

    const kinds = [...families, ...tested].flatMap((family) =>
      // Other options do not change how an image's shape is dealt with.
      (variants.includes(family) ? shapes.slice(0, 1) : shapes).map((image) => {
        const shape = `${image.height}×${image.width}×${image.channels}`;
        return [family.name, shape, family, image] as const;
      }),
    );

    describe.each(kinds)('%s, %s', (_name, _shape, family, image) => {
      let seen: Awaited<ReturnType<typeof trainPair>>;
      beforeAll(async () => {
        if (missing === undefined) seen = await trainPair(family, image);
      });
      afterAll(() => seen?.model.dispose());

      /** A test that passes over a backend that is not here; the warning above says so. */
      const holds = (what: string, check: () => Promise<void>) =>
        test(what, async () => {
          if (missing === undefined) await check();
        });

      holds('draws images of the right shape, in [0, 1]', async () => {
        const { model } = seen;
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
      });

      holds('encodes images, and weighs samples, when it does either', async () => {
        const { model } = seen;
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
      });

      holds('gives each of its losses as a finite number, and no other', async () => {
        for (const losses of seen.losses) {
          expect(Object.keys(losses ?? {}).sort()).toEqual(seen.model.losses.map(({ name }) => name).sort());
          for (const loss of Object.values(losses ?? {})) expect(Number.isFinite(loss)).toBe(true);
        }
      });

      holds('says of each variable what it is, and judges itself by figures that it gives', async () => {
        const { model } = seen;
        expect([...model.kinds.keys()]).toEqual([...model.variables.keys()]);
        for (const [name, variable] of model.variables) {
          const kind = model.kinds.get(name);
          expect([name, kind?.kind === 'weight']).toEqual([name, variable.trainable]);
          // These names stand in checkpoints.
          expect([name, kind?.kind === 'optimizer']).toEqual([
            name,
            /^(adam|muon|schedule-free)\./.test(name),
          ]);
          expect([name, kind?.kind === 'average']).toEqual([name, name.startsWith('ema.')]);
          if (kind?.kind === 'average') expect(model.variables.get(kind.of)?.shape).toEqual(variable.shape);
        }
        expect(model.goal === undefined).toBe(model.heldOut === undefined);
        if (model.goal) {
          expect(model.losses).toContainEqual(model.goal.training);
          expect(model.heldOut?.figures).toContainEqual(model.goal.heldOut);
        }
      });

      holds('moves every variable of its own, and no other model’s', async () => {
        const { before, after, other } = seen;
        const still = Object.keys(after).filter((variable) => after[variable] === before[variable]);
        // A loss of differences between logits is the same whatever is added to all of them.
        const moving = variants.includes(family)
          ? still.filter((variable) => !/discriminator\.(output|classes|dense3)\.bias/.test(variable))
          : still;
        expect(moving).toEqual([]);
        expect(other.beside).toEqual(other.before);
      });

      holds('starts the same and steps the same from the same seed', async () => {
        const { before, losses, after, other } = seen;
        expect(other.before).toEqual(before);
        expect(other.losses).toEqual(losses);
        expect(other.after).toEqual(after);
        const third = family.create({ ...settingOf(family, image), seed: seed + 1 });
        expect(await trainSteps(family, third, image, 1)).not.toEqual(losses.slice(0, 1));
        third.dispose();
      });

      holds('leaks no tensor', async () => {
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
      });

      holds('is the same model after a checkpoint was written and read', async () => {
        const { model } = seen;
        const setting = settingOf(family, image);
        const again = family.create({ ...setting, seed: 99 });
        const head = {
          family: family.name,
          step: trainedSteps,
          setting,
          dataset: { name: 'test', fingerprint: 'f' },
        };
        const written = await writeCheckpoint(folder(), head, { tensors: await readVariables(model) });
        restoreVariables(again, await readCheckpoint(written));
        expect(await weightsOf(again)).toEqual(await weightsOf(model));
        const latents = latentsAt(model, 1, 0, 3);
        const how = drawing(family, 3);
        expect(await drawImages(again, latents, how)).toEqual(await drawImages(model, latents, how));
        again.dispose();
      });
    });
  });
}
