// The accuracy of a classifier that was trained on samples: of images whose right answer is known.
import type { ImageSet } from '../../src/dataset/image-set';
import { accuracyScore } from '../../src/metrics/accuracy-score';
import type { MeasuredImages, SampleEvaluation } from '../../src/metrics/metric';
import { randomStream } from '../../src/rng';
import { wasm } from '../../src/tensor/wasm';

/** Noisy images of 8×8, in which the quarter that bears the number of the class is brighter. */
function quarters(count: number, seed: number): ImageSet {
  const stream = randomStream(seed, 'noise');
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 4);
  const pixels = Uint8Array.from({ length: count * 64 }, (_, at) => {
    const [row, column] = [Math.floor(at / 8) % 8, at % 8];
    const quarter = 2 * Math.floor(row / 4) + Math.floor(column / 4);
    return stream.integer(120) + (quarter === labels[Math.floor(at / 64)] ? 120 : 0);
  });
  return { count, height: 8, width: 8, channels: 1, pixels, labels, classCount: 4 };
}

const real = quarters(60, 1);
const testSet = quarters(40, 2);

const measured = (set: ImageSet, labels: ArrayLike<number> | undefined): MeasuredImages => ({
  ...set,
  features: new Float32Array(0),
  featureCount: 0,
  classCount: 0,
  labels,
});

const scoreOf = async (samples: MeasuredImages, test = measured(testSet, testSet.labels)) => {
  const evaluation: SampleEvaluation = { samples, test, train: real, seed: 1 };
  const { accuracyScore: score } = await accuracyScore.measure(evaluation);
  return score;
};

beforeAll(() => wasm.start());

test('is high for real images, and the same each time', async () => {
  const score = await scoreOf(measured(real, real.labels));
  expect(score?.mean).toBeGreaterThan(0.8);
  // The mean and its error are those of as many right and wrong answers.
  const { mean, standardError } = score as { mean: number; standardError: number };
  expect(mean * 40).toBeCloseTo(Math.round(mean * 40), 9);
  expect(standardError).toBeCloseTo(Math.sqrt((mean * (1 - mean)) / 39), 12);
  expect(await scoreOf(measured(real, real.labels))).toEqual(score);
});

test('falls with what is of another class than was asked for', async () => {
  const shifted = Array.from(real.labels as Uint8Array, (label) => (label + 1) % 4);
  expect((await scoreOf(measured(real, shifted)))?.mean).toBeLessThan(0.2);
});

test('refuses images without classes, and classes that the data has not', async () => {
  const image = { height: 28, width: 28, channels: 1 };
  const prospect = { sampleCount: 10, features: 'labels', hasTraining: true, image } as const;
  expect(accuracyScore.refusal?.({ ...prospect, hasLabels: true })).toBeUndefined();
  expect(accuracyScore.refusal?.({ ...prospect, hasLabels: false })).toContain('needs the classes');
  const strange = Array.from(real.labels as Uint8Array, (label) => label + 3);
  await expect(scoreOf(measured(real, strange))).rejects.toThrow(
    /is of class [456], but the data has classes 0 to 3/,
  );
});
