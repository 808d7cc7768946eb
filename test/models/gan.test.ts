import * as tf from '@tensorflow/tfjs-core';
import type { Model, StepInputs } from '../../src/models/family';
import { objectives } from '../../src/models/gan/objectives';
import { families, familyOptions } from '../../src/models/index';
import { wasm } from '../../src/tensor/wasm';
import { difference, random } from '../tensor/finite-differences';

beforeAll(() => wasm.start());

const logits = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);

describe('the objectives, against numbers worked out by hand', () => {
  it('cross-entropy: at logits of 0 the discriminator pays 2 ln 2 and the generator ln 2', () => {
    expect(objectives.bce.discriminator(logits(0, 0), logits(0, 0)).dataSync()[0]).toBeCloseTo(
      2 * Math.LN2,
      6,
    );
    expect(objectives.bce.generator(logits(0, 0)).dataSync()[0]).toBeCloseTo(Math.LN2, 6);
  });

  it('cross-entropy: −log σ(2) − log(1 − σ(−1)), and the generator wants the fake called real', () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const expected = -Math.log(sigmoid(2)) - Math.log(1 - sigmoid(-1));
    expect(objectives.bce.discriminator(logits(2), logits(-1)).dataSync()[0]).toBeCloseTo(expected, 5);
    expect(objectives.bce.generator(logits(-1)).dataSync()[0]).toBeCloseTo(-Math.log(sigmoid(-1)), 5);
  });

  it('cross-entropy stays finite at logits where a probability would be 0', () => {
    expect(objectives.bce.discriminator(logits(-200), logits(200)).dataSync()[0]).toBeCloseTo(400, 3);
  });

  it('least squares: ½(0.5 − 1)² + ½·0.25², and ½(0.25 − 1)² for the generator', () => {
    expect(objectives.mse.discriminator(logits(0.5), logits(0.25)).dataSync()[0]).toBeCloseTo(
      0.125 + 0.03125,
      6,
    );
    expect(objectives.mse.generator(logits(0.25)).dataSync()[0]).toBeCloseTo(0.28125, 6);
  });
});

describe.each(
  families.filter(({ name }) => name.includes('gan')).map((family) => [family.name, family] as const),
)('the step of %s', (_, family) => {
  const image = { height: 8, width: 8, channels: 1 };
  const options = familyOptions(family, {}, { batchSize: 4 });
  const classCount = family.conditional ? 2 : 0;
  const build = () => family.create({ image, classCount, pixelMean: 0.5, seed: 1, options });
  const inputs = (model: Model, stepSizes: { generator: number; discriminator: number }): StepInputs => ({
    images: tf.tanh(random<tf.Rank.R4>([4, 8, 8, 1], 'images')),
    labels: family.conditional ? tf.tensor1d([0, 1, 0, 1], 'int32') : undefined,
    noise: { latents: random([4, model.latent.dimension], 'latents') },
    scalars: {
      generatorStepSize: tf.scalar(stepSizes.generator),
      discriminatorStepSize: tf.scalar(stepSizes.discriminator),
      averageRate: tf.scalar(0.1),
    },
  });
  const snapshot = (model: Model, prefix: string) =>
    [...model.variables]
      .filter(([name, variable]) => name.startsWith(prefix) && variable.trainable)
      .map(([, variable]) => Float32Array.from(variable.dataSync()));
  const moved = (before: Float32Array[], after: Float32Array[]) =>
    before.map((values, i) => difference(values, after[i] as Float32Array) > 0);

  it('trains the discriminator alone when the generator’s step size is 0, and the other way round', () => {
    for (const trained of ['generator', 'discriminator'] as const) {
      const model = build();
      const still = trained === 'generator' ? 'discriminator' : 'generator';
      const [before, stillBefore] = [snapshot(model, `${trained}.`), snapshot(model, `${still}.`)];
      model.step(inputs(model, { generator: 0, discriminator: 0, [trained]: 0.01 }));
      expect(moved(before, snapshot(model, `${trained}.`)).every(Boolean)).toBe(true);
      expect(moved(stillBefore, snapshot(model, `${still}.`)).some(Boolean)).toBe(false);
      model.dispose();
    }
  });

  it('drives the discriminator’s loss down when only it trains', () => {
    const model = build();
    const fed = inputs(model, { generator: 0, discriminator: 0.002 });
    // The class error is minimised beside it, which takes longer.
    const steps = family.name === 'acgan' ? 60 : 20;
    const losses = Array.from(
      { length: steps },
      () => model.step(fed).discriminator?.dataSync()[0] as number,
    );
    // What a target below 1 leaves even to a perfect discriminator.
    const least = family.name === 'acgan' ? 0.2 : 0;
    expect((losses[steps - 1] as number) - least).toBeLessThan(0.5 * ((losses[0] as number) - least));
    model.dispose();
  });

  it('drives the generator’s loss down when only it trains', () => {
    const model = build();
    const fed = inputs(model, { generator: 0.002, discriminator: 0 });
    const losses = Array.from({ length: 20 }, () => model.step(fed).generator?.dataSync()[0] as number);
    expect(losses[19]).toBeLessThan(losses[0] as number);
    model.dispose();
  });
});
