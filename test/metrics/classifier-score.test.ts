import { classifierScore, scoreWithSplits } from '../../src/metrics/classifier-score';
import type { FeatureSource } from '../../src/metrics/metric';

const score = (rows: number[][]) =>
  scoreWithSplits(Float32Array.from(rows.flat()), rows.length, rows[0]?.length as number);

it('is the number of classes when each is drawn as often, and surely', () => {
  expect(score([1, 2, 3, 4].map((_, i) => [0, 1, 2, 3].map((c) => (c === i ? 1 : 0)))).mean).toBeCloseTo(
    4,
    12,
  );
});

it('is 1 when the classifier says the same of all', () => {
  const { mean, standardError } = score(Array(30).fill([0.5, 0.25, 0.25]));
  expect(mean).toBeCloseTo(1, 12);
  expect(standardError).toBeCloseTo(0, 12);
});

it('equals the sum by hand', () => {
  // p(y) = (0.5, 0.5); KL of (0.75, 0.25) and (0.25, 0.75) from it are the same.
  const divergence = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  expect(
    score([
      [0.75, 0.25],
      [0.25, 0.75],
    ]).mean,
  ).toBeCloseTo(Math.exp(divergence), 12);
});

it('has the spread of ten splits for a standard error', () => {
  // Five splits with one class each (score 1), five with both (score 2).
  const rows = Array.from({ length: 20 }, (_, i) => (i < 10 || i % 2 === 0 ? [1, 0] : [0, 1]));
  const spread = Math.sqrt((10 * 0.25) / 9);
  expect(score(rows).standardError).toBeCloseTo(spread / Math.sqrt(10), 12);
});

it('refuses images without probabilities', () => {
  const refusal = (features: FeatureSource) =>
    classifierScore.refusal?.({
      sampleCount: 9,
      features,
      hasTraining: true,
      hasLabels: false,
      image: { height: 28, width: 28, channels: 1 },
    });
  expect(refusal('rotations')).toMatch('class probabilities, and a network that was trained without labels');
  expect(refusal('file')).toMatch('class probabilities, which features from a file');
  expect(refusal('labels')).toBeUndefined();
});
