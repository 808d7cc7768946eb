import * as tf from '@tensorflow/tfjs-core';
import { resolveOptions } from '../../src/config/resolve';
import { planBatches } from '../../src/dataset/batches';
import type { Model } from '../../src/models/family';
import { findFamily } from '../../src/models/index';
import { Parameters } from '../../src/models/parameters';
import { stopGradient, straightThrough } from '../../src/models/stop-gradient';
import { codeCrossEntropy, createCodePrior } from '../../src/models/vae/code-prior';
import { oneHot, perplexity } from '../../src/models/vae/one-hot';
import { codeAt, middleOf, normalCdf, normalQuantile } from '../../src/models/vae/quantile';
import { createCodebook, nearestCodes } from '../../src/models/vae/quantisers/codebook';
import { stagesOf } from '../../src/models/vae/vq-networks';
import { wasm } from '../../src/tensor/wasm';
import { createEagerStepper, gatherInputs } from '../../src/training/stepper';
import { drawImages, latentsAt } from '../../src/use/draw';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

const rowsOf = (x: tf.Tensor) => x.arraySync() as number[][];
const picked = (chosen: tf.Tensor2D) => [...tf.argMax(chosen, 1).dataSync()];

describe('the quantiser', () => {
  it('picks the nearest code, and the first of two that are equally near', () => {
    const codebook = tf.tensor2d([
      [0, 0],
      [3, 0],
      [0, 1],
      [3, 0],
    ]);
    const vectors = tf.tensor2d([
      [0.2, 0.1],
      [2, 0.9],
      [-1, 5],
    ]);
    expect(picked(nearestCodes(vectors, codebook))).toEqual([0, 1, 2]);
  });

  it('gives the code, and passes its gradient straight through; a stopped gradient is none', () => {
    const weights = tf.tensor2d([[2, -3]]);
    const code = tf.tensor2d([[0.5, 4]]);
    const x = tf.tensor2d([[0.1, 3]]);
    expect([...straightThrough(x, code).dataSync()]).toEqual([...code.dataSync()]);
    const gradient = tf.grad((z: tf.Tensor) => tf.sum(tf.mul(straightThrough(z, tf.mul(z, 9)), weights)));
    expect([...gradient(x).dataSync()]).toEqual([2, -3]);
    // d/dx Σ x · sg(x) = sg(x)
    const half = tf.grad((z: tf.Tensor) => tf.sum(tf.mul(z, stopGradient(z))));
    expect([...half(x).dataSync()]).toEqual([...x.dataSync()]);
  });

  it('moves codes to the running mean of the vectors that chose them', () => {
    const parameters = new Parameters(1);
    const { codebook, follow } = createCodebook(parameters, 'c', { codes: 2, codeDim: 1, decay: 0.9 });
    parameters.variables.get('c.counts')?.assign(tf.tensor2d([[2], [4]]));
    parameters.variables.get('c.sums')?.assign(tf.tensor2d([[4], [20]]));
    expect(rowsOf(codebook())).toEqual([[2], [5]]);
    follow(tf.tensor2d([[1], [3], [10]]), oneHot(tf.tensor1d([0, 0, 1], 'int32'), 2));
    const [[first], [second]] = rowsOf(codebook()) as [[number], [number]];
    expect(first).toBeCloseTo((0.9 * 4 + 0.1 * (1 + 3)) / (0.9 * 2 + 0.1 * 2), 5);
    expect(second).toBeCloseTo((0.9 * 20 + 0.1 * 10) / (0.9 * 4 + 0.1 * 1), 5);
    parameters.dispose();
  });

  it('starts dead codes anew at vectors of the batch, and leaves the others', () => {
    const parameters = new Parameters(1);
    const { codebook, revive } = createCodebook(parameters, 'c', { codes: 3, codeDim: 1, decay: 0.9 });
    const [vectors, picks, still] = [tf.tensor2d([[1], [3], [7]]), [0.99, 0, 0.5], tf.zeros([3, 1])];
    revive(vectors, tf.tensor1d(picks), still as tf.Tensor2D);
    expect(rowsOf(codebook())).toEqual([[7], [1], [3]]); // the first batch places all
    parameters.variables.get('c.counts')?.assign(tf.tensor2d([[0.001], [0.5], [2]]));
    parameters.variables.get('c.sums')?.assign(tf.tensor2d([[0.1], [1], [6]]));
    revive(vectors, tf.tensor1d([0.4, 0, 0]), tf.ones([3, 1]));
    const [[revived], ...others] = rowsOf(codebook()) as [[number], ...number[][]];
    expect(revived).toBeCloseTo(3 + 0.01, 5); // jittered
    expect(others).toEqual([[2], [3]]);
    parameters.dispose();
  });

  it('counts the codes in use', () => {
    const use = (...codes: number[]) => perplexity(oneHot(tf.tensor1d(codes, 'int32'), 4)).dataSync()[0];
    expect(use(0, 1, 2, 3)).toBeCloseTo(4, 4);
    expect(use(2, 2, 2, 2)).toBeCloseTo(1, 4);
    expect(use(0, 0, 0, 1)).toBeCloseTo(Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)), 4);
  });
});

describe('the prior', () => {
  const [height, width, codes] = [4, 3, 5];
  const positions = height * width;
  const setting = { height, width, codes, channels: 6, layers: 2 };
  const create = () => {
    const parameters = new Parameters(7);
    const prior = createCodePrior(parameters, 'prior', setting);
    // Biases and places start at zero: give them values, so that none can hide.
    for (const [name, variable] of parameters.variables)
      if (/bias|place/.test(name))
        variable.assign(tf.sin(tf.reshape(tf.range(1, variable.size + 1), variable.shape)));
    return { prior, dispose: () => parameters.dispose() };
  };
  const grid = Array.from({ length: positions }, (_, i) => (i * 7) % codes);
  const chosenFrom = (...grids: number[][]) => oneHot(tf.tensor1d(grids.flat(), 'int32'), codes);

  it('sees the codes before a position, all of them, and no other', () => {
    const { prior, dispose } = create();
    const before = rowsOf(prior.logits(chosenFrom(grid)));
    for (let changed = 0; changed < positions; changed++) {
      const other = grid.map((code, i) => (i === changed ? (code + 1) % codes : code));
      const after = rowsOf(prior.logits(chosenFrom(other)));
      const moved = before.map((logits, i) => logits.some((value, k) => value !== after[i]?.[k]));
      expect(moved).toEqual(grid.map((_, i) => i > changed));
    }
    dispose();
  });

  it('draws, cell by cell, the codes that its logits for the whole grid give', () => {
    const { prior, dispose } = create();
    const batch = 6;
    const uniforms = tf.randomUniform([batch, positions], 0, 1, 'float32', 3) as tf.Tensor2D;
    const drawn = prior.draw(uniforms);
    const whole = tf.softmax(prior.logits(drawn)) as tf.Tensor2D;
    const expected = codeAt(whole, tf.reshape(uniforms, [batch * positions, 1]));
    expect(picked(drawn)).toEqual([...expected.dataSync()]);
    expect(new Set(picked(drawn)).size).toBeGreaterThan(2);
    dispose();
  });

  it('loses −log p of the codes', () => {
    const logits = tf.tensor2d([
      [1, 2, 3],
      [1000, 0, -1000],
    ]);
    const [first, second] = codeCrossEntropy(logits, oneHot(tf.tensor1d([1, 1], 'int32'), 3)).dataSync();
    expect(first).toBeCloseTo(Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 2, 5);
    expect(second).toBeCloseTo(1000, 3);
  });

  it('has the gradient softmax − chosen', () => {
    const logits = tf.tensor2d([[0.3, -1, 2]]);
    const chosen = oneHot(tf.tensor1d([2], 'int32'), 3);
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(codeCrossEntropy(x as tf.Tensor2D, chosen)));
    const expected = tf.sub(tf.softmax(logits), chosen).dataSync();
    for (const [i, value] of gradient(logits).dataSync().entries())
      expect(value).toBeCloseTo(expected[i] as number, 6);
  });
});

describe('normal numbers as draws', () => {
  it('finds the code whose part of the cumulative distribution holds the number', () => {
    const uniforms = [0, 0.24, 0.25, 0.74, 0.76, 1];
    const probabilities = tf.tensor2d(uniforms.map(() => [0.25, 0.5, 0.25]));
    expect([...codeAt(probabilities, tf.tensor2d(uniforms, [6, 1])).dataSync()]).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('maps the middle of a code’s part back to the code', () => {
    const probabilities = tf.tensor2d(Array(3).fill([0.1, 0.0005, 0.8995]));
    const chosen = oneHot(tf.tensor1d([0, 1, 2], 'int32'), 3);
    const middle = middleOf(probabilities, chosen);
    for (const [i, value] of [0.05, 0.10025, 0.55025].entries())
      expect(middle.dataSync()[i]).toBeCloseTo(value, 5);
    const again = normalCdf(normalQuantile(middle));
    expect([...codeAt(probabilities, tf.reshape(again, [3, 1])).dataSync()]).toEqual([0, 1, 2]);
  });

  it('has Φ and its inverse right', () => {
    const z = [-4, -2, -1, 0, 0.5, 1.959964, 3];
    const known = [3.167e-5, 0.02275013, 0.15865525, 0.5, 0.69146246, 0.975, 0.9986501];
    const u = normalCdf(tf.tensor1d(z));
    for (const [i, value] of u.dataSync().entries()) expect(value).toBeCloseTo(known[i] as number, 6);
    for (const [i, value] of normalQuantile(tf.tensor1d(known)).dataSync().entries())
      expect(value).toBeCloseTo(z[i] as number, 3);
  });
});

it.each([
  [28, 28, 2, [7, 7]],
  [28, 28, 3, [4, 4]],
  [28, 28, 4, [4, 4]],
  [32, 32, 3, [4, 4]],
  [64, 64, 3, [8, 8]],
  [64, 64, 4, [4, 4]],
  [16, 16, 3, [4, 4]],
  [8, 8, 3, [2, 2]],
  [9, 40, 2, [2, 5]],
])(
  'an image of %i × %i, halved %i times where a grid is left, has a small one',
  (height, width, halvings, grid) => {
    expect(stagesOf(height, width, halvings).at(-1)).toEqual(grid);
  },
);

describe('the model', () => {
  const [height, width] = [12, 16];
  const set = rectangles(16, height, width, 1);
  let model: Model;
  let images: tf.Tensor4D;
  const family = findFamily('vq-vae');
  const created = (given = {}) =>
    family.create({
      image: { height, width, channels: 1 },
      classCount: 0,
      pixelMean: 0.5,
      seed: 5,
      options: resolveOptions(
        family.options,
        {},
        { batchSize: 8, hiddenChannels: 8, priorChannels: 8, ...given },
      ),
    });
  beforeAll(async () => {
    model = created();
    const stepper = createEagerStepper(model, set, 8);
    const source = { model, set, plan: planBatches(set.count, 8, 5), range: family.pixelRange, seed: 5 };
    for (let step = 0; step < 5; step++) await stepper.run(gatherInputs(source, step), true);
    images = tf.div(tf.tensor4d(Float32Array.from(set.pixels), [16, height, width, 1]), 255);
  });
  afterAll(() => model.dispose());

  it('lets both learning rates fall by the schedule', () => {
    const falling = created({ schedule: 'cosine', decaySteps: 4 });
    for (const [step, factor] of [1, (1 + Math.SQRT1_2) / 2, 1 / 2, (1 - Math.SQRT1_2) / 2, 0].entries()) {
      const { stepSize, priorStepSize } = model.stepSizes(step) as Record<string, number>;
      const fallen = falling.stepSizes(step);
      expect(fallen.stepSize).toBeCloseTo((stepSize as number) * factor, 12);
      expect(fallen.priorStepSize).toBeCloseTo((priorStepSize as number) * factor, 12);
    }
    falling.dispose();
  });

  it('draws the same images from the same latents', async () => {
    const latents = latentsAt(model, 3, 0, 4);
    expect(await drawImages(model, latents)).toEqual(await drawImages(model, latents));
  });

  it('draws what it reconstructs from what it encodes', () => {
    const latents = model.encode?.(images) as tf.Tensor2D;
    expect(latents.shape).toEqual([16, model.latent.dimension]);
    const p = model.sample(latents);
    const terms = tf.add(tf.mul(images, tf.log(p)), tf.mul(tf.sub(1, images), tf.log(tf.sub(1, p))));
    const errors = tf.neg(tf.sum(terms, [1, 2, 3])).dataSync();
    const measured = model.heldOut?.measure(images, {}).reconstruction?.dataSync() as Float32Array;
    for (const [i, error] of errors.entries()) expect(error).toBeCloseTo(measured[i] as number, 2);
  });
});
