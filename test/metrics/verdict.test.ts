import { drawDigits } from '../../src/dataset/digits/digits';
import type { ImageSet } from '../../src/dataset/image-set';
import type { Estimates } from '../../src/metrics/metric';
import { sharpness } from '../../src/metrics/sharpness';
import { verdictOf } from '../../src/metrics/verdict';
import { randomStream } from '../../src/rng';

const [real, unseen] = [drawDigits(200, 31), drawDigits(200, 32)];
const stream = randomStream(1, 'verdict');
const noisy = { ...unseen, pixels: unseen.pixels.map((byte) => byte ^ stream.integer(64)) };

/** Each pixel the mean of itself and its neighbours to the right and below. */
function smeared(set: ImageSet): ImageSet {
  const { pixels, width } = set;
  const at = (i: number) => pixels[i] ?? 0;
  return {
    ...set,
    pixels: pixels.map((_, i) => (at(i) + at(i + 1) + at(i + width) + at(i + width + 1)) / 4),
  };
}

const estimates = (means: Readonly<Record<string, number>>): Estimates =>
  Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, { mean, standardError: 0.005 }]));
const good = {
  clippedDensity: 0.9,
  clippedCoverage: 0.85,
  missingClasses: 0,
  labelDistance: 0.01,
  copies: 0.01,
  cT: 1,
};

const judge = (samples: ImageSet, means: Readonly<Record<string, number>>) => {
  const images = (set: ImageSet) => ({
    ...set,
    features: new Float32Array(),
    featureCount: 0,
    classCount: 10,
  });
  const verdict = verdictOf(
    { samples: images(samples), test: images(real) },
    estimates(means),
    estimates(good),
  );
  return { ...verdict, words: verdict?.sentences.join(' ') };
};

it.each([
  [
    'real images',
    unseen,
    {},
    [],
    /^As good as real images.*: 100 % would pass .* 100 % by .*\. Nothing is found/,
  ],
  ['blurred ones', smeared(unseen), {}, ['blur'], /wanting: sharpness: \d+ % of the detail/],
  ['noisy ones', noisy, {}, ['noise'], /wanting: cleanness: \d+ % of the detail/],
  ['fewer classes', unseen, { missingClasses: 2 }, ['missing-classes'], /wanting: 2 of 10 classes\.$/],
  ['uneven classes', unseen, { labelDistance: 0.2 }, ['uneven-classes'], /wanting: balance: 20 % would have/],
  [
    'little variety',
    unseen,
    { clippedCoverage: 0.5 },
    ['variety'],
    /^Some way from real images: .* variety, 59 %/,
  ],
  [
    'poor looks',
    unseen,
    { clippedDensity: 0.75 },
    [],
    /^Near to real images: 83 % would pass by their looks/,
  ],
  ['rubbish', unseen, { clippedDensity: 0 }, [], /^Far from real images: 0 % would/],
  ['copies', unseen, { copies: 0.4, cT: -9 }, ['copies'], /wanting: newness: 40 % are as near/],
  ['near ones that are no copies', unseen, { copies: 0.02, cT: -9 }, [], /Nothing is found wanting/],
])('%s', (_, samples, means, lacking, words) => {
  expect(judge(samples, { ...good, ...means })).toMatchObject({
    lacking,
    words: expect.stringMatching(words),
  });
});

it('says nothing without clipped density and coverage', () => {
  expect(judge(unseen, { fid: 3 }).words).toBeUndefined();
});

it('sharpness is exact for a single pixel, and 0 for one colour', () => {
  const image = (pixels: readonly number[]) => ({
    count: 1,
    height: 3,
    width: 3,
    channels: 1,
    pixels: Uint8Array.from(pixels),
  });
  // 4² + 4 · 1², over 8/9: a 9 amid zeros, halved by 9.
  expect(sharpness(image([0, 0, 0, 0, 9, 0, 0, 0, 0]))).toBeCloseTo((20 * 81) / (72 * 1), 12);
  expect(sharpness(image(Array(9).fill(7)))).toBe(0);
});
